"""Drafts of applications, hand-overs to outside systems, and their numbers."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=60)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "year"), name="counter_once")],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(db_index=True, max_length=60, verbose_name="办件号")),
                ("ticket", models.CharField(max_length=64, unique=True)),
                ("system", models.CharField(max_length=40, verbose_name="业务系统")),
                ("item", models.CharField(max_length=50, verbose_name="实施编码")),
                ("item_name", models.CharField(max_length=200, verbose_name="事项名称")),
                ("division", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=12)),
                ("reference", models.CharField(blank=True, max_length=100, verbose_name="对方编号")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="对方说明")),
                ("made_at", models.DateTimeField()),
                ("runs_out_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandoverStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=12)),
                ("text", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="hall.handover"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True)),
                ("process", models.CharField(max_length=160)),
                ("item", models.CharField(max_length=50)),
                ("item_table", models.CharField(max_length=160)),
                ("division", models.CharField(max_length=12)),
                ("answers", models.TextField(blank=True)),
                ("papers", models.TextField(blank=True)),
                ("began_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(db_index=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("case", models.CharField(blank=True, max_length=60, verbose_name="办件号")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "-changed_at"], name="drafts_of_owner")],
            },
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["owner", "-made_at"], name="handovers_of_owner"),
        ),
    ]
