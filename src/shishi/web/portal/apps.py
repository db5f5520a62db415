"""Django's entry for the portal."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public pages."""

    name = "shishi.web.portal"
    label = "portal"
