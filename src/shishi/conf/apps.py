"""Wiring: handlers through which something low tells something high are registered when the program starts."""

from __future__ import annotations

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Registers every handler once."""

    name = "shishi.conf"
    label = "conf"

    def ready(self) -> None:
        """Called by Django after all apps are loaded."""
        from shishi.conf.wiring import wire

        wire()
