"""Photos that were taken with a ticket fetched before."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that may be empty."""

    dependencies = [("fieldwork", "0003_copies")]

    operations = [migrations.AddField("visitphoto", "ticket", models.UUIDField(null=True, blank=True))]
