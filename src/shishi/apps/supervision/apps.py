"""Django's entry for the supervision app."""

from __future__ import annotations

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Findings and notices."""

    name = "shishi.apps.supervision"
    label = "supervision"
