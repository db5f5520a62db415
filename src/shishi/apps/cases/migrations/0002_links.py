"""The other body of a case that two of them handle."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("accepting", "受理地"), ("handling", "办理地")], max_length=9)),
                ("peer", models.CharField(max_length=40)),
                ("conversation", models.CharField(max_length=120)),
                ("turn", models.PositiveSmallIntegerField(default=1)),
                ("theirs", models.CharField(blank=True, max_length=60)),
                ("forwarded_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="link", to="cases.caserow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("conversation", "side"), name="case_link_side")],
            },
        ),
    ]
