"""Django's entry for the fieldwork app."""

from __future__ import annotations

from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    """Visits, problems, devices."""

    name = "shishi.apps.fieldwork"
    label = "fieldwork"
