"""Django's entry for the messages app."""

from __future__ import annotations

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Inbox and deliveries; its label keeps clear of Django's own messages."""

    name = "shishi.apps.messages"
    label = "shishi_messages"
