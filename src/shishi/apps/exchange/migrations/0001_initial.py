"""Our keys, peers and theirs, messages of both sides, receipts."""

from __future__ import annotations

import django.db.models.deletion
import shishi.apps.exchange.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="InMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("conversation", models.CharField(max_length=120)),
                ("sequence", models.PositiveIntegerField()),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("purpose", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64)),
                ("signed", models.TextField()),
                ("kid", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
                ("position", models.PositiveIntegerField(unique=True)),
                ("received_at", models.DateTimeField()),
                ("receipt", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="OutMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("conversation", models.CharField(max_length=120)),
                ("sequence", models.PositiveIntegerField()),
                ("purpose", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64)),
                ("signed", models.TextField()),
                ("body", models.BinaryField()),
                ("written_at", models.DateTimeField()),
                ("written_by", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="OwnKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kid", models.CharField(max_length=64, unique=True)),
                ("signing", models.TextField()),
                ("sealing", models.TextField()),
                ("fingerprint", models.CharField(max_length=60)),
                ("starts", models.DateTimeField()),
                ("person", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Peer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                ("title", models.CharField(max_length=80, verbose_name="名称")),
                ("address", models.CharField(max_length=300, verbose_name="地址")),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=80)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=80)),
                ("heard_at", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("silent_since", models.DateTimeField(blank=True, null=True)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Handling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待办理"), ("done", "已办理"), ("aside", "已搁置")],
                        db_index=True,
                        default=shishi.apps.exchange.models.HandlingState["WAITING"],
                        max_length=10,
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=80)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handling", to="exchange.inmessage"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "待发送"),
                            ("laid", "已写入文件夹，待回执"),
                            ("taken", "对方已收"),
                            ("refused", "对方拒收"),
                        ],
                        db_index=True,
                        default=shishi.apps.exchange.models.DispatchState["QUEUED"],
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("owner", models.CharField(max_length=80)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="dispatch", to="exchange.outmessage"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="outmessage",
            name="peer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="sent", to="exchange.peer"
            ),
        ),
        migrations.AddField(
            model_name="inmessage",
            name="peer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="received", to="exchange.peer"
            ),
        ),
        migrations.CreateModel(
            name="PeerKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kid", models.CharField(max_length=64, unique=True)),
                ("signing", models.TextField()),
                ("sealing", models.TextField()),
                ("fingerprint", models.CharField(max_length=60, verbose_name="指纹")),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField(blank=True, null=True)),
                ("learnt_from", models.CharField(blank=True, max_length=36)),
                ("learnt_by", models.CharField(blank=True, max_length=80)),
                (
                    "peer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="exchange.peer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceivedReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signed", models.TextField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("kid", models.CharField(max_length=64)),
                ("refused", models.CharField(blank=True, max_length=40)),
                ("position", models.PositiveIntegerField()),
                ("received_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="exchange.outmessage"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="outmessage",
            constraint=models.UniqueConstraint(fields=("peer", "conversation", "sequence"), name="exchange_out_place"),
        ),
        migrations.AddConstraint(
            model_name="inmessage",
            constraint=models.UniqueConstraint(fields=("peer", "conversation", "sequence"), name="exchange_in_place"),
        ),
    ]
