"""Django's entry for the decisions app."""

from __future__ import annotations

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """What owners decide together."""

    name = "shishi.apps.decisions"
    label = "decisions"
