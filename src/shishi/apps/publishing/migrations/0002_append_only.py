"""What was published is never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("publishing", "0001_initial")]
    operations = [append_only("publishing_edition"), append_only("publishing_editionplace")]
