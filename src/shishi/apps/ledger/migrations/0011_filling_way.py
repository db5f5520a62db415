"""In which way something was filled in: forms of pages were measured first."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [("ledger", "0010_filling")]

    operations = [
        migrations.AddField(model_name="fillingrow", name="way", field=models.CharField(default="form", max_length=10)),
    ]
