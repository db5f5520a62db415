"""Evidence: tickets, captures, photos and papers, their marks; only uploads that are not whole yet may change."""

from __future__ import annotations

import django.db.models.deletion
import uuid
from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0003_verification"),
    ]

    operations = [
        migrations.CreateModel(
            name="TicketRow",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("table", models.CharField(max_length=160)),
                ("entry", models.UUIDField()),
                ("group", models.CharField(blank=True, max_length=80)),
                ("side", models.CharField(max_length=10)),
                ("person", models.CharField(max_length=80)),
                ("issued_at", models.DateTimeField()),
                ("in_time_until", models.DateTimeField()),
                ("good_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EvidenceRow",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("table", models.CharField(max_length=160)),
                ("entry", models.UUIDField(db_index=True)),
                ("group", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(max_length=10)),
                ("side", models.CharField(max_length=10)),
                ("caption", models.CharField(blank=True, max_length=100)),
                ("file_name", models.CharField(max_length=120)),
                ("media", models.CharField(max_length=10)),
                ("size", models.PositiveBigIntegerField()),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                ("original", models.CharField(db_index=True, max_length=64)),
                ("view", models.CharField(blank=True, max_length=64)),
                ("thumb", models.CharField(blank=True, max_length=64)),
                ("code", models.CharField(max_length=32, unique=True)),
                ("level", models.CharField(max_length=1)),
                ("reasons", models.JSONField(default=list)),
                ("distance", models.PositiveIntegerField(null=True)),
                ("claim", models.JSONField(default=dict)),
                ("metadata", models.JSONField(default=dict)),
                ("hints", models.JSONField(default=list)),
                ("recorded_at", models.DateTimeField()),
                ("person", models.CharField(max_length=80)),
                (
                    "reaffirms",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reaffirmed_by",
                        to="assurance.evidencerow",
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="assurance.ticketrow",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaptureRow",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="capture",
                        serialize=False,
                        to="assurance.ticketrow",
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("told_at", models.DateTimeField()),
                ("claim", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="EvidenceWithdrawal",
            fields=[
                (
                    "evidence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="withdrawal",
                        serialize=False,
                        to="assurance.evidencerow",
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LikenessRow",
            fields=[
                (
                    "evidence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="likeness",
                        serialize=False,
                        to="assurance.evidencerow",
                    ),
                ),
                ("few", models.BinaryField(max_length=8)),
                ("many", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(max_length=80)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("held", models.PositiveBigIntegerField(default=0)),
                ("parts", models.JSONField(default=list)),
                ("began_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "sha256"), name="upload_once")],
            },
        ),
        migrations.AddIndex(
            model_name="evidencerow",
            index=models.Index(fields=["table", "sequence"], name="evidence_by_table"),
        ),
        append_only("assurance_ticketrow"),
        append_only("assurance_capturerow"),
        append_only("assurance_evidencerow"),
        append_only("assurance_evidencewithdrawal"),
        append_only("assurance_likenessrow"),
    ]
