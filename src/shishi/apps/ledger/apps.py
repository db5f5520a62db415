"""Django's entry for the ledger app."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Rows and their history."""

    name = "shishi.apps.ledger"
    label = "ledger"
