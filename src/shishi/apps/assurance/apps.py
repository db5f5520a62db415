"""Django's entry for the assurance app."""

from __future__ import annotations

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    """Three truths kept apart."""

    name = "shishi.apps.assurance"
    label = "assurance"
