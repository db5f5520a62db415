"""Django's entry for the files app."""

from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Originals as they came."""

    name = "shishi.apps.files"
    label = "files"
