"""What was done about a problem, and what came with a submission, is never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("fieldwork", "0001_initial")]
    operations = [append_only("fieldwork_problemstep"), append_only("fieldwork_submissionfile")]
