"""That an edition is not shown any more."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """A table that only grows."""

    dependencies = [("publishing", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="TakenDown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("person", models.CharField(max_length=80)),
                ("taken_at", models.DateTimeField()),
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="taken_down", to="publishing.edition"
                    ),
                ),
            ],
        ),
        append_only("publishing_takendown"),
    ]
