"""Rows of this app are never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("audit", "0001_initial")]
    operations = [
        append_only("audit_auditevent"),
        append_only("audit_auditroot"),
    ]
