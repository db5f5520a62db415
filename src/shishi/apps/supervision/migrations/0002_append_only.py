"""What was seen and done is never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("supervision", "0001_initial")]
    operations = [
        append_only("supervision_look"),
        append_only("supervision_findingrow"),
        append_only("supervision_noticeground"),
        append_only("supervision_noticestep"),
        append_only("supervision_noticepaper"),
    ]
