"""Programme drafts and their steps, which are never changed or deleted."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Drafts."""

    dependencies = [("programmes", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="ProgrammeDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pack", models.CharField(db_index=True, max_length=120)),
                ("code", models.CharField(max_length=60)),
                ("division", models.CharField(max_length=12)),
                ("new", models.BooleanField()),
                ("origin", models.JSONField(default=dict)),
                ("person", models.CharField(max_length=80)),
                ("begun_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ProgrammeDraftStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("files", models.JSONField(default=dict)),
                ("base", models.CharField(blank=True, max_length=64)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("effective_on", models.DateField(null=True)),
                ("version", models.CharField(blank=True, max_length=64)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="programmes.programmedraft",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("draft", "position"), name="draft_step_once")],
            },
        ),
        append_only("programmes_programmedraft"),
        append_only("programmes_programmedraftstep"),
    ]
