"""What the worker does for the exchange each time it looks: send what is due, act on what came."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.exchange.handling import act_on_pending
from shishi.apps.exchange.sending import send_what_waits


def exchange_what_waits(at: datetime) -> None:
    """Both directions; an instance that takes no part reads two empty tables."""
    act_on_pending(at)
    send_what_waits(at)
