"""What was done about matters, meetings and circulars is never changed or deleted either."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("supervision", "0004_matters")]
    operations = [
        append_only("supervision_noticewording"),
        append_only("supervision_dismissal"),
        append_only("supervision_meetingrecord"),
        append_only("supervision_matterbody"),
        append_only("supervision_mattermilestone"),
        append_only("supervision_matterstep"),
        append_only("supervision_circularstep"),
        append_only("supervision_circularpaper"),
    ]
