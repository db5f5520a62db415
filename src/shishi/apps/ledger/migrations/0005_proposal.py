"""Hand-ins that wait for a second person, and who approved a batch."""

from __future__ import annotations

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables and a column."""

    dependencies = [
        ("ledger", "0004_header_mapping"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="approved_by",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("table", models.CharField(max_length=160)),
                ("as_of", models.DateField()),
                ("mode", models.CharField(max_length=10)),
                ("division", models.CharField(blank=True, max_length=12)),
                ("corrected", models.JSONField(default=dict)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("posted", models.PositiveIntegerField(default=0)),
                ("revised", models.PositiveIntegerField(default=0)),
                ("withdrawn", models.PositiveIntegerField(default=0)),
                ("cells", models.PositiveIntegerField(default=0)),
                ("conflicts", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
                ("shown", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=80)),
                ("proposed_at", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=10)),
                ("decided_by", models.CharField(blank=True, max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("faults", models.JSONField(default=list)),
                (
                    "batch",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="ledger.batch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposedDivision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("division", models.CharField(max_length=12)),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="divisions", to="ledger.proposal"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["table", "state"], name="proposal_by_state"),
        ),
    ]
