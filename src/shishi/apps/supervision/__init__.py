"""Supervision 督办: what stocktakes found, the notices that followed, and every step that was taken with them."""
