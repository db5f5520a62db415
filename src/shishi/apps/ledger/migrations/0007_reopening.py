"""Periods that are opened again, and the door by which a proposal came."""

from __future__ import annotations

from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """One table and one column more."""

    dependencies = [("ledger", "0006_fingerprint")]
    operations = [
        migrations.AddField("proposal", "door", models.CharField(max_length=10, default="workbook")),
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=160)),
                ("division", models.CharField(max_length=12)),
                ("start", models.DateField()),
                ("end", models.DateField()),
                ("reason", models.TextField()),
                ("person", models.CharField(max_length=80)),
                ("opened_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["table", "division", "start"], name="reopening_by_period")],
            },
        ),
        append_only("ledger_reopening"),
    ]
