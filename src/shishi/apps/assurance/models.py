"""What is stored: marks, in the ledger's one sequence and two times."""

from __future__ import annotations

from django.db import models


class MarkRow(models.Model):
    """One mark (``core.assurance.Mark``)."""

    sequence = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=160)
    entry = models.UUIDField(db_index=True)
    group = models.CharField(max_length=80)
    state = models.CharField(max_length=10)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["table", "sequence"], name="mark_by_table")]

    def __str__(self) -> str:
        return f"{self.entry} {self.group} {self.state}"
