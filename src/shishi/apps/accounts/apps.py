"""Django's entry for the accounts app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their reach."""

    name = "shishi.apps.accounts"
    label = "accounts"
