"""Tickets that only one device may use."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that may be empty: no store rebuilds the table, whose trigger stays."""

    dependencies = [("assurance", "0005_amounts")]

    operations = [migrations.AddField("ticketrow", "device", models.CharField(max_length=64, null=True))]
