"""What is stored of rows. Triggers of the store refuse to change or delete a revision."""

from __future__ import annotations

import uuid

from django.db import models


class LedgerSequence(models.Model):
    """One row: the last sequence given out, the last moment recorded, and the last moment about which a frozen answer
    was given. Locking it makes a writer the only one."""

    last = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.last)


class Batch(models.Model):
    """One hand-in that was accepted, found unchanged, or undid another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    table = models.CharField(max_length=160)
    as_of = models.DateField()
    mode = models.CharField(max_length=10)
    division = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=10)
    door = models.CharField(max_length=10)
    file_name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    posted = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    person = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True)
    recorded_at = models.DateTimeField()
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    reason = models.TextField(blank=True)
    table_version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["table", "sha256"], name="batch_by_content")]

    def __str__(self) -> str:
        return f"{self.table} {self.as_of} {self.file_name}"


class RevisionRow(models.Model):
    """One revision (``core.ledger.Revision``). ``cells`` holds the stored forms;
    encrypted ones as sealed text and digests. ``fingerprint`` is that of the cells: a hand-in that says
    the same is known without opening them."""

    sequence = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=160)
    entry = models.UUIDField()
    kind = models.CharField(max_length=10)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    key = models.CharField(max_length=300)
    division = models.CharField(max_length=12, blank=True)
    cells = models.JSONField(default=dict)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="revisions")
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField(null=True)
    voids = models.BigIntegerField(null=True)
    settled = models.JSONField(default=dict)
    explanation = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=32, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["table", "sequence"], name="revision_by_table"),
            models.Index(fields=["table", "key"], name="revision_by_key"),
            models.Index(fields=["entry", "effective_on", "sequence"], name="revision_by_entry"),
            models.Index(fields=["voids"], name="revision_by_void"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.key}"


class Link(models.Model):
    """A revision's reference to an entry of another table, so that both ends can be asked."""

    revision = models.ForeignKey(RevisionRow, on_delete=models.PROTECT, related_name="links")
    field = models.CharField(max_length=80)
    target = models.UUIDField(db_index=True)

    def __str__(self) -> str:
        return f"{self.field} → {self.target}"


class HeaderMapping(models.Model):
    """What a person said a header of a table's workbooks means. ``spelling`` is the header without marks and width."""

    person = models.CharField(max_length=80)
    table = models.CharField(max_length=160)
    spelling = models.CharField(max_length=200)
    header = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=80, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "table", "spelling"], name="mapping_said_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.table} {self.header} → {self.field}"


class Receipt(models.Model):
    """That a division reported a table as of a day: by rows, by an unchanged file, or by saying "no change"."""

    table = models.CharField(max_length=160)
    division = models.CharField(max_length=12)
    as_of = models.DateField()
    recorded_at = models.DateTimeField()
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="receipts")

    class Meta:
        indexes = [models.Index(fields=["table", "as_of", "division"], name="receipt_by_day")]

    def __str__(self) -> str:
        return f"{self.table} {self.division} {self.as_of}"


class Proposal(models.Model):
    """A hand-in that waits for a second person: the kept file, what it would change, and what became of it.

    ``digest`` is over the exact cells that would change (keyed digests for encrypted ones); ``shown`` the SHA-256 of
    the kept document with the same changes as people read them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    table = models.CharField(max_length=160)
    as_of = models.DateField()
    mode = models.CharField(max_length=10)
    division = models.CharField(max_length=12, blank=True)
    corrected = models.JSONField(default=dict)
    explained = models.JSONField(default=dict)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    posted = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    cells = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    shown = models.CharField(max_length=64)
    door = models.CharField(max_length=10, default="workbook")
    person = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="open")
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    faults = models.JSONField(default=list)
    batch = models.OneToOneField(Batch, null=True, on_delete=models.PROTECT, related_name="proposal")

    class Meta:
        indexes = [models.Index(fields=["table", "state"], name="proposal_by_state")]

    def __str__(self) -> str:
        return f"{self.table} {self.as_of} {self.file_name} {self.state}"


class ProposedDivision(models.Model):
    """A division (significant code) whose rows a proposal would change: who reaches all of them may decide on it."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="divisions")
    division = models.CharField(max_length=12)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.division}"


class Reopening(models.Model):
    """That a closed period was opened again for one division (significant code), by whom, why and until when."""

    table = models.CharField(max_length=160)
    division = models.CharField(max_length=12)
    start = models.DateField()
    end = models.DateField()
    reason = models.TextField()
    person = models.CharField(max_length=80)
    opened_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["table", "division", "start"], name="reopening_by_period")]

    def __str__(self) -> str:
        return f"{self.table} {self.division} {self.start} {self.until}"


class Comment(models.Model):
    """What somebody says about a row. ``mentioned``: user names of the people who were told."""

    entry = models.UUIDField(db_index=True)
    table = models.CharField(max_length=160)
    person = models.CharField(max_length=80)
    text = models.TextField()
    mentioned = models.JSONField(default=list)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person} {self.at:%Y-%m-%d %H:%M}"


class FillingRow(models.Model):
    """That something of a table was filled in, in which way and on which day, and how many seconds it took. Nobody's
    name."""

    table = models.CharField(max_length=160, db_index=True)
    way = models.CharField(max_length=10, default="form")
    on = models.DateField()
    seconds = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.table} {self.seconds}"
