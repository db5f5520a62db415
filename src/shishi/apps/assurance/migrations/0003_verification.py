"""Verifications: plans, draws, checks on the spot. They only grow."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    """Tables, and the triggers that keep them."""

    dependencies = [
        ("assurance", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("programme", models.CharField(db_index=True, max_length=120)),
                ("table", models.CharField(max_length=160)),
                ("indicator", models.CharField(max_length=80)),
                ("group", models.CharField(max_length=80)),
                ("division", models.CharField(max_length=12)),
                ("title", models.CharField(max_length=200)),
                ("as_of", models.DateField()),
                ("known_at", models.DateTimeField()),
                ("last_sequence", models.BigIntegerField()),
                ("confidence", models.CharField(max_length=8)),
                ("margin", models.CharField(max_length=8)),
                ("share", models.CharField(max_length=8)),
                ("minimum", models.PositiveSmallIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("population", models.CharField(max_length=64)),
                ("seed_source", models.CharField(blank=True, max_length=200)),
                ("seed_on", models.DateField(blank=True, null=True)),
                ("verifiers", models.JSONField(default=list)),
                ("person", models.CharField(max_length=80)),
                ("body", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="VerificationDraw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "verification",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draw", to="assurance.verification"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VerificationStratum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(db_index=True, max_length=12)),
                ("name", models.CharField(max_length=100)),
                ("rows", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                (
                    "verification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="strata", to="assurance.verification"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DrawnRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("entry", models.UUIDField(db_index=True)),
                ("key", models.CharField(max_length=300)),
                ("division", models.CharField(db_index=True, max_length=12)),
                (
                    "verification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drawn", to="assurance.verification"
                    ),
                ),
                (
                    "stratum",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn",
                        to="assurance.verificationstratum",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FieldCheckRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("verdict", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("text", models.TextField(blank=True)),
                ("visited_on", models.DateField()),
                ("person", models.CharField(db_index=True, max_length=80)),
                ("bodies", models.JSONField(default=list)),
                ("marked", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="assurance.drawnrow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("drawn", "round", "person"), name="checked_once")],
            },
        ),
        migrations.CreateModel(
            name="Recheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("last_sequence", models.BigIntegerField()),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rechecks", to="assurance.drawnrow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("drawn", "round"), name="recheck_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="verificationstratum",
            constraint=models.UniqueConstraint(fields=("verification", "code"), name="stratum_once"),
        ),
        migrations.AddConstraint(
            model_name="drawnrow",
            constraint=models.UniqueConstraint(fields=("verification", "entry"), name="drawn_once"),
        ),
        append_only("assurance_verification"),
        append_only("assurance_verificationstratum"),
        append_only("assurance_verificationdraw"),
        append_only("assurance_drawnrow"),
        append_only("assurance_fieldcheckrow"),
        append_only("assurance_recheck"),
    ]
