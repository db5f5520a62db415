"""What is stored of looks, findings and notices. Looks, findings, grounds and steps only grow; the store refuses the
rest. A notice's ``state`` and its recipients' are kept for searching: where they stand is the history replayed."""

from __future__ import annotations

from django.db import models

from shishi.core.notices import Extension, NoticeAction, NoticeKind, NoticeState
from shishi.core.supervision import FindingKind


class Look(models.Model):
    """One stocktake of a programme: the findings as of a day, known at a moment. ``digest``: SHA-256 over its findings,
    so that looking again and seeing the same is the same look."""

    programme = models.CharField(max_length=120)
    as_of = models.DateField()
    known_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "as_of", "known_at", "digest"], name="look_once"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.as_of}"


class FindingRow(models.Model):
    """A finding of a look, in its order of gravity."""

    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="findings")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in FindingKind])
    table = models.CharField(max_length=160, blank=True)
    indicator = models.CharField(max_length=80, blank=True)
    division = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    message = models.TextField()
    clears = models.TextField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["look", "position"], name="finding_place")]
        indexes = [models.Index(fields=["division", "kind", "indicator"], name="finding_key")]

    def __str__(self) -> str:
        return self.message


class NoticeNumber(models.Model):
    """The last number given out in a series and year; locked while the next one is taken."""

    series = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="notice_series")]

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.last}号"


class Notice(models.Model):
    """An accountable document. ``number`` is given when it is issued;
    ``reply_within`` counts working days from then."""

    programme = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in NoticeKind])
    state = models.CharField(
        max_length=12, choices=[(state.value, state.label) for state in NoticeState], default=NoticeState.DRAFT
    )
    title = models.CharField(max_length=200)
    series = models.CharField(max_length=40)
    number = models.CharField(max_length=80, blank=True, db_index=True)
    issuer = models.CharField(max_length=200)
    issuer_division = models.CharField(max_length=12)
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="notices")
    reply_within = models.PositiveSmallIntegerField()
    requirement = models.TextField(blank=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")
    demonstration = models.BooleanField(default=False)
    drafted_by = models.CharField(max_length=80)
    drafted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number or self.pk} {self.title}"


class NoticeGround(models.Model):
    """A finding that a notice is about."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="grounds")
    finding = models.ForeignKey(FindingRow, on_delete=models.PROTECT, related_name="grounds_of")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "finding"], name="ground_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.finding_id}"


class NoticeRecipient(models.Model):
    """A body that answers, with its own state and deadline. ``provisional``: the deadline reaches a year
    whose holidays are not published."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="recipients")
    body = models.ForeignKey("accounts.Body", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, db_index=True)
    state = models.CharField(max_length=12, default=NoticeState.DRAFT)
    deadline = models.DateTimeField(null=True, blank=True, db_index=True)
    first_deadline = models.DateTimeField(null=True, blank=True)
    provisional = models.BooleanField(default=False)
    extension = models.CharField(
        max_length=10, choices=[(item.value, item.value) for item in Extension], default="none"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "body"], name="recipient_once")]

    def __str__(self) -> str:
        return f"{self.body} {self.state}"


class NoticeStep(models.Model):
    """One line of a notice's history. ``body`` is the code of the recipient that it concerns; ``old_deadline`` what its
    ``deadline`` replaced; ``digest`` a SHA-256 over the line and the digest before it."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=20, choices=[(action.value, action.label) for action in NoticeAction])
    person = models.CharField(max_length=80)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    body = models.CharField(max_length=80, blank=True)
    old_deadline = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="step_place")]
        ordering = ["notice", "position"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.position} {self.action}"


class NoticePaper(models.Model):
    """The notice as it went out, frozen once: hashes of the stored files, and the citations beside them."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="paper")
    docx = models.CharField(max_length=64)
    pdf = models.CharField(max_length=64)
    citations = models.JSONField()
    written_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.pdf[:16]}"
