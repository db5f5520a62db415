"""Which handler answers for what."""

from __future__ import annotations

from shishi.apps.audit import services as audit


def wire() -> None:
    """Register the handlers. Safe to repeat."""
    from shishi.apps.ledger.selectors import digest_of_batch

    audit.register_digester("ledger.batch", digest_of_batch)
