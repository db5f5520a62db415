"""Engines 引擎: what answers a question over the rows of a ledger. ``base`` is the port;
all engines agree to the last digit."""
