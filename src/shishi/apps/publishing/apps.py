"""Django's entry for the publishing app."""

from __future__ import annotations

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Published figures and ratings."""

    name = "shishi.apps.publishing"
    label = "publishing"
