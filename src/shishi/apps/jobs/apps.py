"""Django's entry for the jobs app."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background work."""

    name = "shishi.apps.jobs"
    label = "jobs"
