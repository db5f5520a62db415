"""Django's entry for the citizens app."""

from __future__ import annotations

from django.apps import AppConfig


class CitizensConfig(AppConfig):
    """Accounts of citizens, and one login for all systems."""

    name = "shishi.apps.citizens"
    label = "citizens"
