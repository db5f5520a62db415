"""What the worker does for referrals each time it looks: send, ask how things stand, read what is new."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.referrals.sending import send_what_waits
from shishi.apps.referrals.taking import take_what_came


def refer_what_waits(at: datetime) -> None:
    """Both directions; a store without endpoints reads two empty tables."""
    send_what_waits(at)
    take_what_came(at)
