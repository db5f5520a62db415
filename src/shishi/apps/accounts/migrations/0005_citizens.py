from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_delegations"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="citizen",
            field=models.BooleanField(default=False, verbose_name="群众"),
        ),
    ]
