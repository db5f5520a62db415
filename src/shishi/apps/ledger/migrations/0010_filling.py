"""How long forms were open before they were taken."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("ledger", "0009_comment")]

    operations = [
        migrations.CreateModel(
            name="FillingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(db_index=True, max_length=160)),
                ("on", models.DateField()),
                ("seconds", models.PositiveIntegerField()),
            ],
        ),
    ]
