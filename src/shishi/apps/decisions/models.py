"""What is stored of joint decisions: the question, the register in its states, codes of ballots, and every line."""

from __future__ import annotations

import uuid

from django.db import models


class DecisionRow(models.Model):
    """A question to the owners of a staircase. ``rule`` and ``terms`` (cost, subsidy, investment, coefficients) hold
    amounts and shares as texts; ``case``: the case that asked for it; ``protocol`` is what was frozen at the closing,
    ``protocol_digest`` its SHA-256."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    programme = models.CharField(max_length=120, db_index=True)
    division = models.CharField(max_length=12)
    title = models.CharField(max_length=120)
    question = models.TextField()
    rule = models.JSONField()
    notice_days = models.PositiveSmallIntegerField()
    terms = models.JSONField(default=dict)
    case = models.UUIDField(null=True, unique=True)
    state = models.CharField(max_length=10, default="drafted")
    closes_on = models.DateField(null=True)
    protocol = models.JSONField(null=True)
    protocol_digest = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=80)
    drafted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.title} {self.state}"


class HoldingRow(models.Model):
    """A home in the register as it is from ``since`` on, never changed: a sale is a new row with its day."""

    decision = models.ForeignKey(DecisionRow, on_delete=models.PROTECT, related_name="holdings")
    generation = models.PositiveIntegerField()
    unit = models.CharField(max_length=40)
    floor = models.SmallIntegerField()
    area = models.DecimalField(max_digits=10, decimal_places=2)
    kind = models.CharField(max_length=10)
    owners = models.JSONField()
    representative = models.CharField(max_length=40, blank=True)
    since = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.decision_id} {self.unit}"


class BallotCode(models.Model):
    """The code by which a voter votes online: its keyed digest, never the code."""

    decision = models.ForeignKey(DecisionRow, on_delete=models.PROTECT, related_name="codes")
    voter = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.decision_id} {self.voter}"


class DecisionLine(models.Model):
    """One line of what happened, never changed: a ballot, an objection, a mediation, a step. ``about``: the position of
    the line that it answers; ``digest`` stands on the line before. ``person``: empty for an owner with a code."""

    decision = models.ForeignKey(DecisionRow, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    voter = models.CharField(max_length=300, blank=True)
    stand = models.CharField(max_length=10, blank=True)
    way = models.CharField(max_length=10, blank=True)
    text = models.TextField(blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    about = models.PositiveIntegerField(null=True)
    person = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "position"], name="decision_line_once")]

    def __str__(self) -> str:
        return f"{self.decision_id}/{self.position} {self.kind}"
