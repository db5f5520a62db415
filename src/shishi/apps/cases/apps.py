"""Django's entry for the cases app."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases and what became of them."""

    name = "shishi.apps.cases"
    label = "cases"
