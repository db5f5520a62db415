"""Amounts that are verified by sample: reported of strata and drawn rows, and found. Columns that may be empty, so that
no store rebuilds the tables, whose triggers stay."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Four columns."""

    dependencies = [("assurance", "0004_evidence")]

    operations = [
        migrations.AddField("verification", "field", models.CharField(max_length=80, null=True)),
        *(
            migrations.AddField(name, "amount", models.CharField(max_length=40, null=True))
            for name in ("verificationstratum", "drawnrow", "fieldcheckrow")
        ),
    ]
