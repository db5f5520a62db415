"""Django's entry for the exchange app."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Peers, outbox, inbox, receipts."""

    name = "shishi.apps.exchange"
    label = "exchange"
