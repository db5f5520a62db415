"""Visits, their problems and photos; devices and what they send."""

from __future__ import annotations

import django.db.models.deletion
import shishi.core.problems
import shishi.core.visits
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_delegations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("until", models.DateField()),
                ("made_by", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=80)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.post"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProblemRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("text", models.TextField()),
                ("division", models.CharField(db_index=True, max_length=12)),
                ("within", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("rectifying", "整改中"),
                            ("replied", "待复查"),
                            ("returned", "复查未过"),
                            ("closed", "已销号"),
                            ("withdrawn", "已撤销"),
                        ],
                        default=shishi.core.problems.ProblemState["RECTIFYING"],
                        max_length=12,
                    ),
                ),
                ("deadline", models.DateTimeField(db_index=True)),
                ("provisional", models.BooleanField(default=False)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.body"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SubmissionRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("instance", models.CharField(max_length=255, unique=True)),
                ("person", models.CharField(db_index=True, max_length=80)),
                ("table", models.CharField(max_length=160)),
                ("version", models.CharField(blank=True, max_length=80)),
                ("sha256", models.CharField(max_length=64)),
                ("expected", models.JSONField(default=list)),
                ("received_at", models.DateTimeField(db_index=True)),
                ("digest", models.CharField(max_length=64)),
                ("state", models.CharField(db_index=True, default="received", max_length=12)),
                ("faults", models.JSONField(default=list)),
                ("batch", models.CharField(blank=True, max_length=36)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="fieldwork.device"
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="fieldwork.submissionrow",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VisitRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("programme", models.CharField(db_index=True, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("research", "调研"), ("patrol", "巡查"), ("inspection", "检查")], max_length=12
                    ),
                ),
                ("title", models.CharField(max_length=60)),
                ("purpose", models.TextField(blank=True)),
                ("division", models.CharField(db_index=True, max_length=12)),
                ("place_division", models.CharField(db_index=True, max_length=12)),
                ("entry", models.UUIDField(blank=True, db_index=True, null=True)),
                ("planned_on", models.DateField(blank=True, null=True)),
                ("written_by", models.CharField(max_length=80)),
                ("written_at", models.DateTimeField()),
                ("demonstration", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "待走访"), ("done", "已走访"), ("cancelled", "已取消")],
                        db_index=True,
                        default=shishi.core.visits.VisitState["PLANNED"],
                        max_length=12,
                    ),
                ),
                ("held_on", models.DateField(blank=True, null=True)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("longitude", models.DecimalField(blank=True, decimal_places=6, max_digits=10, null=True)),
                ("latitude", models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ("accuracy", models.PositiveIntegerField(blank=True, null=True)),
                ("text", models.TextField(blank=True)),
                ("people", models.CharField(blank=True, max_length=200)),
                ("publish", models.BooleanField(default=True)),
                ("done_by", models.CharField(blank=True, max_length=80)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("record", models.UUIDField(blank=True, null=True)),
                ("sent", models.CharField(blank=True, max_length=64)),
                ("cancelled_by", models.CharField(blank=True, max_length=80)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.body"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("arrived_at", models.DateTimeField(blank=True, null=True)),
                ("media_type", models.CharField(blank=True, max_length=40)),
                ("evidence", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="fieldwork.problemrow",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="fieldwork.visitrow"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="problemrow",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="problems", to="fieldwork.visitrow"
            ),
        ),
        migrations.CreateModel(
            name="ProblemStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("raise", "交办整改"),
                            ("reply", "报整改结果"),
                            ("return", "复查不通过"),
                            ("close", "复查通过，销号"),
                            ("extend", "改时限"),
                            ("withdraw", "撤销"),
                        ],
                        max_length=12,
                    ),
                ),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("deadline", models.DateTimeField(blank=True, null=True)),
                ("files", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="fieldwork.problemrow"
                    ),
                ),
            ],
            options={
                "ordering": ["problem", "position"],
                "constraints": [models.UniqueConstraint(fields=("problem", "position"), name="problem_step_place")],
            },
        ),
        migrations.CreateModel(
            name="SubmissionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="fieldwork.submissionrow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("submission", "name"), name="submission_file_once")],
            },
        ),
    ]
