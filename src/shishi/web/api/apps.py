"""Django's entry for the API."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """What machines ask; its one page tells people how."""

    name = "shishi.web.api"
    label = "api"
