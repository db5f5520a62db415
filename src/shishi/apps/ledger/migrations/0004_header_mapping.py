"""What a person said a header means."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("ledger", "0003_answered_at")]
    operations = [
        migrations.CreateModel(
            name="HeaderMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(max_length=80)),
                ("table", models.CharField(max_length=160)),
                ("spelling", models.CharField(max_length=200)),
                ("header", models.CharField(blank=True, max_length=200)),
                ("field", models.CharField(blank=True, max_length=80)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "table", "spelling"), name="mapping_said_once")
                ],
            },
        ),
    ]
