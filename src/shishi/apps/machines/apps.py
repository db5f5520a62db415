"""Django's entry for the app of machines."""

from __future__ import annotations

from django.apps import AppConfig


class MachinesConfig(AppConfig):
    """Clients of the API, their kept answers, and their webhooks."""

    name = "shishi.apps.machines"
    label = "machines"
