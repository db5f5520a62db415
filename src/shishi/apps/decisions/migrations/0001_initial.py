"""Joint decisions: question, register, codes, lines; lines and the register are never changed or deleted."""

from __future__ import annotations

import django.db.models.deletion
import uuid
from django.db import migrations, models


from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """The tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DecisionRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("programme", models.CharField(db_index=True, max_length=120)),
                ("division", models.CharField(max_length=12)),
                ("title", models.CharField(max_length=120)),
                ("question", models.TextField()),
                ("rule", models.JSONField()),
                ("notice_days", models.PositiveSmallIntegerField()),
                ("terms", models.JSONField(default=dict)),
                ("case", models.UUIDField(null=True, unique=True)),
                ("state", models.CharField(default="drafted", max_length=10)),
                ("closes_on", models.DateField(null=True)),
                ("protocol", models.JSONField(null=True)),
                ("protocol_digest", models.CharField(blank=True, max_length=64)),
                ("person", models.CharField(max_length=80)),
                ("drafted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BallotCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voter", models.CharField(max_length=300)),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="decisions.decisionrow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HoldingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveIntegerField()),
                ("unit", models.CharField(max_length=40)),
                ("floor", models.SmallIntegerField()),
                ("area", models.DecimalField(decimal_places=2, max_digits=10)),
                ("kind", models.CharField(max_length=10)),
                ("owners", models.JSONField()),
                ("representative", models.CharField(blank=True, max_length=40)),
                ("since", models.DateField(null=True)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="decisions.decisionrow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DecisionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("voter", models.CharField(blank=True, max_length=300)),
                ("stand", models.CharField(blank=True, max_length=10)),
                ("way", models.CharField(blank=True, max_length=10)),
                ("text", models.TextField(blank=True)),
                ("evidence", models.CharField(blank=True, max_length=200)),
                ("evidence_sha256", models.CharField(blank=True, max_length=64)),
                ("about", models.PositiveIntegerField(null=True)),
                ("person", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="decisions.decisionrow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("decision", "position"), name="decision_line_once")],
            },
        ),
        append_only("decisions_decisionline"),
        append_only("decisions_holdingrow"),
    ]
