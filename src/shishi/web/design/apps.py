"""Django's entry for the design: templates, tags and the style sheet."""

from __future__ import annotations

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """What every part of the web shares."""

    name = "shishi.web.design"
    label = "design"
