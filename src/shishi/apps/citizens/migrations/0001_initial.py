"""Accounts of citizens, codes, outside systems and keys."""

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
            name="PhoneCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("challenge", models.CharField(max_length=64, unique=True)),
                ("purpose", models.CharField(max_length=20)),
                ("about", models.CharField(blank=True, max_length=64)),
                ("phone", models.TextField(verbose_name="手机号（密文）")),
                ("phone_digest", models.CharField(db_index=True, max_length=64)),
                ("code_digest", models.CharField(max_length=64)),
                ("real", models.BooleanField(default=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField(db_index=True)),
                ("runs_out_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pem", models.TextField(verbose_name="私钥（密文）")),
                ("made_at", models.DateTimeField()),
                ("runs_out_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="System",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=80, verbose_name="名称")),
                ("client", models.CharField(max_length=100, unique=True)),
                ("starts_at", models.URLField(max_length=300, verbose_name="进入地址")),
                ("alive_at", models.URLField(blank=True, max_length=300, verbose_name="健康检查地址")),
                ("logout_at", models.URLField(blank=True, max_length=300, verbose_name="退出通知地址")),
                ("trust", models.CharField(max_length=20, verbose_name="身份要求")),
                ("stand_in", models.BooleanField(default=False, verbose_name="演示替身")),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Citizen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="姓名")),
                ("number", models.TextField(blank=True, verbose_name="证件号码（密文）")),
                ("number_digest", models.CharField(blank=True, db_index=True, max_length=64)),
                ("phone", models.TextField(blank=True, verbose_name="手机号（密文）")),
                ("phone_digest", models.CharField(blank=True, max_length=64)),
                ("phone_tail", models.CharField(blank=True, max_length=4)),
                ("trust", models.CharField(max_length=20)),
                ("made_at", models.DateTimeField()),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="citizen_account",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "citizen",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="logins", to="citizens.citizen"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.CharField(db_index=True, max_length=64)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("told", models.CharField(blank=True, max_length=20, verbose_name="退出通知")),
                (
                    "citizen",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="citizens.citizen"
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="citizens.system"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="citizen",
            constraint=models.UniqueConstraint(
                condition=models.Q(("phone_digest", ""), _negated=True), fields=("phone_digest",), name="phone_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="login",
            constraint=models.UniqueConstraint(fields=("issuer", "subject"), name="login_once"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("session", "system"), name="visit_once"),
        ),
    ]
