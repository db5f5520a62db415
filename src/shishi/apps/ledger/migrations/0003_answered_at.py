"""The last moment about which a frozen answer was given."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="ledgersequence",
            name="answered_at",
            field=models.DateTimeField(null=True),
        ),
    ]
