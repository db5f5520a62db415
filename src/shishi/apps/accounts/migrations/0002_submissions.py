from __future__ import annotations

from django.core.management import call_command
from django.db import migrations, models


def make_attempts(apps, schema_editor):
    """The table in which attempts to sign in are counted: Django's own, made by its own command; safe to repeat."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=80, unique=True)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunPython(make_attempts, migrations.RunPython.noop),
    ]
