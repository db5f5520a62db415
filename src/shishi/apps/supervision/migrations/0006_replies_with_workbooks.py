"""A reply may come with a workbook: the step names its batch."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One column that may be empty; the triggers of the table stay."""

    dependencies = [
        ("ledger", "0001_initial"),
        ("supervision", "0005_matters_grow"),
    ]

    operations = [
        migrations.AddField(
            model_name="noticestep",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.batch",
            ),
        ),
    ]
