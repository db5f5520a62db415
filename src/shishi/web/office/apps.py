"""Django's entry for the office."""

from __future__ import annotations

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The officials' pages."""

    name = "shishi.web.office"
    label = "office"
