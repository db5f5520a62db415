"""The audit trail 审计: append-only, hash-chained per body and day, days chained into a daily root (DESIGN §4.14)."""
