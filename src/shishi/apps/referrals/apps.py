"""Django's entry for the referrals app."""

from __future__ import annotations

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """Matters that go to another city's system, and those that come from there."""

    name = "shishi.apps.referrals"
    label = "referrals"
