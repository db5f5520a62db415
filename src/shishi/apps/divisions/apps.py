"""Django's entry for the divisions app."""

from __future__ import annotations

from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    """The division tree."""

    name = "shishi.apps.divisions"
    label = "divisions"
