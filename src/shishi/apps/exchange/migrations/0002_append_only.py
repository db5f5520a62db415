"""What was said, held and receipted is never changed or deleted."""

from __future__ import annotations

from django.db import migrations

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Triggers of the store."""

    dependencies = [("exchange", "0001_initial")]
    operations = [
        append_only("exchange_ownkey"),
        append_only("exchange_outmessage"),
        append_only("exchange_inmessage"),
        append_only("exchange_receivedreceipt"),
    ]
