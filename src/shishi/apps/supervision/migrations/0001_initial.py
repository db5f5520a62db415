"""Looks, findings, notices, their steps and papers."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import shishi.core.notices


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("programme", models.CharField(max_length=120)),
                ("as_of", models.DateField()),
                ("known_at", models.DateTimeField()),
                ("digest", models.CharField(max_length=64)),
                ("recorded_at", models.DateTimeField()),
                ("person", models.CharField(max_length=80)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "as_of", "known_at", "digest"), name="look_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FindingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("behind", "进度滞后"),
                            ("silent", "到期未报"),
                            ("over_whole", "比例超百"),
                            ("parts_differ", "上下不符"),
                            ("falling", "数据回落"),
                            ("last_day_jump", "期末突增"),
                            ("round_number", "整数存疑"),
                        ],
                        max_length=20,
                    ),
                ),
                ("table", models.CharField(blank=True, max_length=160)),
                ("indicator", models.CharField(blank=True, max_length=80)),
                ("division", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=100)),
                ("message", models.TextField()),
                ("clears", models.TextField()),
                ("facts", models.JSONField(default=dict)),
                (
                    "look",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="supervision.look"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("programme", models.CharField(db_index=True, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminder", "工作提醒"),
                            ("prompt_notice", "工作提示单"),
                            ("supervision_order", "督办单"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "拟稿"),
                            ("approved", "已审批"),
                            ("issued", "已签发"),
                            ("acknowledged", "已签收"),
                            ("returned", "已退回"),
                            ("replied", "已反馈"),
                            ("verified", "已核验"),
                            ("closed", "已销号"),
                            ("escalated", "已升级"),
                            ("withdrawn", "已撤回"),
                        ],
                        default=shishi.core.notices.NoticeState["DRAFT"],
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("series", models.CharField(max_length=40)),
                ("number", models.CharField(blank=True, db_index=True, max_length=80)),
                ("issuer", models.CharField(max_length=200)),
                ("issuer_division", models.CharField(max_length=12)),
                ("reply_within", models.PositiveSmallIntegerField()),
                ("requirement", models.TextField(blank=True)),
                ("demonstration", models.BooleanField(default=False)),
                ("drafted_by", models.CharField(max_length=80)),
                ("drafted_at", models.DateTimeField()),
                (
                    "follows",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="supervision.notice",
                    ),
                ),
                (
                    "look",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="supervision.look"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeGround",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grounds_of",
                        to="supervision.findingrow",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grounds", to="supervision.notice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=40)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "year"), name="notice_series")],
            },
        ),
        migrations.CreateModel(
            name="NoticePaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("docx", models.CharField(max_length=64)),
                ("pdf", models.CharField(max_length=64)),
                ("citations", models.JSONField()),
                ("written_at", models.DateTimeField()),
                ("person", models.CharField(max_length=80)),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="paper", to="supervision.notice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeRecipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("division", models.CharField(db_index=True, max_length=12)),
                ("state", models.CharField(default=shishi.core.notices.NoticeState["DRAFT"], max_length=12)),
                ("deadline", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("first_deadline", models.DateTimeField(blank=True, null=True)),
                ("provisional", models.BooleanField(default=False)),
                (
                    "extension",
                    models.CharField(
                        choices=[("none", "none"), ("asked", "asked"), ("granted", "granted"), ("refused", "refused")],
                        default="none",
                        max_length=10,
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.body"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recipients", to="supervision.notice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("approve", "审批"),
                            ("issue", "签发"),
                            ("acknowledge", "签收"),
                            ("reply", "反馈"),
                            ("return", "退回"),
                            ("verify", "核验"),
                            ("close", "销号"),
                            ("extend", "申请延期"),
                            ("approve_extension", "同意延期"),
                            ("refuse_extension", "不同意延期"),
                            ("escalate", "升级"),
                            ("withdraw", "撤回"),
                        ],
                        max_length=20,
                    ),
                ),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("body", models.CharField(blank=True, max_length=80)),
                ("old_deadline", models.DateTimeField(blank=True, null=True)),
                ("deadline", models.DateTimeField(blank=True, null=True)),
                ("digest", models.CharField(max_length=64)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="supervision.notice"
                    ),
                ),
            ],
            options={
                "ordering": ["notice", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="findingrow",
            index=models.Index(fields=["division", "kind", "indicator"], name="finding_key"),
        ),
        migrations.AddConstraint(
            model_name="findingrow",
            constraint=models.UniqueConstraint(fields=("look", "position"), name="finding_place"),
        ),
        migrations.AddConstraint(
            model_name="noticeground",
            constraint=models.UniqueConstraint(fields=("notice", "finding"), name="ground_once"),
        ),
        migrations.AddConstraint(
            model_name="noticerecipient",
            constraint=models.UniqueConstraint(fields=("notice", "body"), name="recipient_once"),
        ),
        migrations.AddConstraint(
            model_name="noticestep",
            constraint=models.UniqueConstraint(fields=("notice", "position"), name="step_place"),
        ),
    ]
