"""The ledger 台账: batches, revisions and receipts. Nothing is changed or deleted; everything is a revision."""
