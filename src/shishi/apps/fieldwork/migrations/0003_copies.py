"""Copies of photos to look at."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fieldwork", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="visitphoto",
            name="thumb",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="visitphoto",
            name="view",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
