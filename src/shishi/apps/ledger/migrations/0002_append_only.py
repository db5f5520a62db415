"""Rows of this app are never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("ledger", "0001_initial")]
    operations = [
        append_only("ledger_revisionrow"),
        append_only("ledger_link"),
        append_only("ledger_receipt"),
    ]
