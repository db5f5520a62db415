"""A fingerprint beside the cells. Older revisions have none: they are opened when they are compared.

It may be null so that SQLite adds a column, instead of making the table again without its triggers.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column more."""

    dependencies = [("ledger", "0005_proposal")]
    operations = [migrations.AddField("revisionrow", "fingerprint", models.CharField(max_length=32, null=True))]
