"""Django's entry for the programmes app."""

from __future__ import annotations

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Definitions as revisions."""

    name = "shishi.apps.programmes"
    label = "programmes"
