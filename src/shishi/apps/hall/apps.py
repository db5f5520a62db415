"""Django's entry for the hall."""

from __future__ import annotations

from django.apps import AppConfig


class HallConfig(AppConfig):
    """The citizens' side of service items."""

    name = "shishi.apps.hall"
    label = "hall"
