"""What is stored: marks in the ledger's one sequence and two times; verifications from plan to check; evidence, and
the tickets that it came with."""

from __future__ import annotations

import uuid

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


class Verification(models.Model):
    """A plan to check the rows of one indicator on the spot. The population is frozen by its moment and the last
    sequence then given out; ``population`` is the SHA-256 over it (``core.sampling``), known before the seed can be.
    ``seed_source`` says where the seed will come from on ``seed_on``; empty: the platform draws it. ``field``: the
    amount that the indicator sums, where it does; then strata and drawn rows carry amounts, as text."""

    programme = models.CharField(max_length=120, db_index=True)
    table = models.CharField(max_length=160)
    indicator = models.CharField(max_length=80)
    group = models.CharField(max_length=80)
    division = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    as_of = models.DateField()
    known_at = models.DateTimeField()
    last_sequence = models.BigIntegerField()
    confidence = models.CharField(max_length=8)
    margin = models.CharField(max_length=8)
    share = models.CharField(max_length=8)
    minimum = models.PositiveSmallIntegerField()
    rows = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    population = models.CharField(max_length=64)
    seed_source = models.CharField(max_length=200, blank=True)
    seed_on = models.DateField(null=True, blank=True)
    verifiers = models.JSONField(default=list)
    person = models.CharField(max_length=80)
    body = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    field = models.CharField(max_length=80, null=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.title}"


class VerificationStratum(models.Model):
    """A part of the population: the rows of one division, and how many of them are to be drawn. ``amount``: what they
    were reported to sum up to."""

    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="strata")
    code = models.CharField(max_length=12, db_index=True)
    name = models.CharField(max_length=100)
    rows = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    amount = models.CharField(max_length=40, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["verification", "code"], name="stratum_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.size}/{self.rows}"


class VerificationDraw(models.Model):
    """The draw of a plan: one, for ever. ``digest`` is a SHA-256 over the drawn rows in their order."""

    verification = models.OneToOneField(Verification, on_delete=models.PROTECT, related_name="draw")
    seed = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.verification_id} {self.seed}"


class DrawnRow(models.Model):
    """A row that is checked. ``position``: its place in its stratum's draw, from 1; ``division``: where it lies;
    ``amount``: what was reported of it."""

    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="drawn")
    stratum = models.ForeignKey(VerificationStratum, on_delete=models.PROTECT, related_name="drawn")
    position = models.PositiveIntegerField()
    entry = models.UUIDField(db_index=True)
    key = models.CharField(max_length=300)
    division = models.CharField(max_length=12, db_index=True)
    amount = models.CharField(max_length=40, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["verification", "entry"], name="drawn_once")]

    def __str__(self) -> str:
        return f"{self.verification_id} {self.key}"


class FieldCheckRow(models.Model):
    """What one person found about a drawn row in one round (1: the sample itself, 2 and on: rechecks).
    ``bodies``: those that the person then belonged to; ``marked``: the sequence of the mark that this check led to;
    ``amount``: how much there is."""

    drawn = models.ForeignKey(DrawnRow, on_delete=models.PROTECT, related_name="checks")
    round = models.PositiveSmallIntegerField(default=1)
    verdict = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    visited_on = models.DateField()
    person = models.CharField(max_length=80, db_index=True)
    bodies = models.JSONField(default=list)
    marked = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    amount = models.CharField(max_length=40, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drawn", "round", "person"], name="checked_once")]

    def __str__(self) -> str:
        return f"{self.drawn_id} {self.round} {self.verdict}"


class Recheck(models.Model):
    """That a refuted row was put right and is to be looked at again, as it stands at ``last_sequence``."""

    drawn = models.ForeignKey(DrawnRow, on_delete=models.PROTECT, related_name="rechecks")
    round = models.PositiveSmallIntegerField()
    text = models.TextField()
    last_sequence = models.BigIntegerField()
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drawn", "round"], name="recheck_once")]

    def __str__(self) -> str:
        return f"{self.drawn_id} {self.round}"


class TicketRow(models.Model):
    """Leave to take one photo: for whom, of what, until when its hash is in time and until when it is good at all.
    ``device``: the SHA-256 of a secret of the device that alone may use it, where it was given for work offline."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    table = models.CharField(max_length=160)
    entry = models.UUIDField()
    group = models.CharField(max_length=80, blank=True)
    side = models.CharField(max_length=10)
    person = models.CharField(max_length=80)
    issued_at = models.DateTimeField()
    in_time_until = models.DateTimeField()
    good_until = models.DateTimeField()
    device = models.CharField(max_length=64, null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.person}"


class CaptureRow(models.Model):
    """What was told at the shutter: the ticket is spent on this one picture. ``claim`` is what the device says."""

    ticket = models.OneToOneField(TicketRow, primary_key=True, on_delete=models.PROTECT, related_name="capture")
    sha256 = models.CharField(max_length=64)
    told_at = models.DateTimeField()
    claim = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.sha256[:16]}"


class EvidenceRow(models.Model):
    """A photo or paper of a row (``core.evidence.Evidence``). ``original``, ``view`` and ``thumb`` are SHA-256 of kept
    files; ``code`` is the name of the page where anybody can verify it; ``claim`` was told at the shutter, ``metadata``
    stood in the file; ``reaffirms`` is the evidence whose file is said to prove the row's new state, too."""

    sequence = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=160)
    entry = models.UUIDField(db_index=True)
    group = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10)
    side = models.CharField(max_length=10)
    caption = models.CharField(max_length=100, blank=True)
    file_name = models.CharField(max_length=120)
    media = models.CharField(max_length=10)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    original = models.CharField(max_length=64, db_index=True)
    view = models.CharField(max_length=64, blank=True)
    thumb = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=32, unique=True)
    level = models.CharField(max_length=1)
    reasons = models.JSONField(default=list)
    distance = models.PositiveIntegerField(null=True)
    ticket = models.OneToOneField(TicketRow, null=True, on_delete=models.PROTECT, related_name="evidence")
    claim = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    hints = models.JSONField(default=list)
    reaffirms = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reaffirmed_by")
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["table", "sequence"], name="evidence_by_table")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.entry} {self.file_name}"


class EvidenceWithdrawal(models.Model):
    """That evidence no longer counts, who says so and why. The file stays."""

    evidence = models.OneToOneField(EvidenceRow, primary_key=True, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=300)
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.reason}"


class LikenessRow(models.Model):
    """The mark by which a photo is known again (``adapters.images.likeness``)."""

    evidence = models.OneToOneField(EvidenceRow, primary_key=True, on_delete=models.PROTECT, related_name="likeness")
    few = models.BinaryField(max_length=8)
    many = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.evidence_id}"


class Upload(models.Model):
    """A file that comes in parts. ``held``: the bytes that are here, from the first one on."""

    person = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    held = models.PositiveBigIntegerField(default=0)
    parts = models.JSONField(default=list)
    began_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "sha256"], name="upload_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.sha256[:16]} {self.held}/{self.size}"
