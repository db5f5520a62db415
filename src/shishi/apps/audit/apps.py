"""Django's entry for the audit app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Lowest of the apps: every other one records here."""

    name = "shishi.apps.audit"
    label = "audit"
