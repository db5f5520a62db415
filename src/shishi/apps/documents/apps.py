"""Django's entry for the documents app."""

from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Documents and what they cite."""

    name = "shishi.apps.documents"
    label = "documents"
