from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shishi_messages", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Short",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("channel", models.CharField(max_length=30, verbose_name="渠道")),
                ("to", models.TextField(verbose_name="号码（密文）")),
                ("text", models.TextField(verbose_name="内容（密文）")),
                ("state", models.CharField(db_index=True, default="queued", max_length=10)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("queued_at", models.DateTimeField()),
                ("too_late_at", models.DateTimeField(db_index=True)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
            ],
        ),
    ]
