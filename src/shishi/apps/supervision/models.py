"""What is stored of looks, findings, notices, meetings, matters and circulars. What was seen and what was done only
grows; the store refuses the rest. A ``state`` or deadline beside a history is kept for searching: where a notice or a
matter stands is its history replayed."""

from __future__ import annotations

from django.db import models

from shishi.core.circulars import CircularAction, CircularState
from shishi.core.matters import MatterAction, MatterSource, MatterState
from shishi.core.meetings import MeetingKind
from shishi.core.notices import Extension, NoticeAction, NoticeKind, NoticeState
from shishi.core.supervision import FindingKind


class StepRow(models.Model):
    """One line of a history: what was done (``action``, of each kind its own), by whom, when, with which words;
    ``digest`` a SHA-256 over the line and the digest before it."""

    position = models.PositiveIntegerField()
    person = models.CharField(max_length=80)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        abstract = True


class PaperRow(models.Model):
    """A document as it went out, frozen once: hashes of the stored files, and the citations beside them."""

    docx = models.CharField(max_length=64)
    pdf = models.CharField(max_length=64)
    citations = models.JSONField()
    written_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    class Meta:
        abstract = True


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


class NoticeStep(StepRow):
    """One line of a notice's history. ``body`` is the code of the recipient that it concerns; ``old_deadline`` what its
    ``deadline`` replaced; ``batch`` the hand-in that a reply came with."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=20, choices=[(action.value, action.label) for action in NoticeAction])
    body = models.CharField(max_length=80, blank=True)
    old_deadline = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey("ledger.Batch", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="step_place")]
        ordering = ["notice", "position"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.position} {self.action}"


class NoticePaper(PaperRow):
    """The notice as it went out, frozen once: hashes of the stored files, and the citations beside them."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="paper")

    def __str__(self) -> str:
        return f"{self.notice_id} {self.pdf[:16]}"


class NoticeWording(models.Model):
    """One rewording of a draft. ``before`` holds title, requirement and reply_within as they were."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="wordings")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    requirement = models.TextField(blank=True)
    reply_within = models.PositiveSmallIntegerField()
    before = models.JSONField()
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "position"], name="wording_place")]
        ordering = ["notice", "position"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.position}"


class Dismissal(models.Model):
    """A named person says why a finding needs no notice, up to and with a day."""

    finding = models.OneToOneField(FindingRow, on_delete=models.PROTECT, related_name="dismissal")
    until = models.DateField()
    reason = models.TextField()
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.finding_id} {self.until}"


class Meeting(models.Model):
    """A meeting of a stocktake 碰头会, 调度会; what it was is told by its last record. ``as_of``: the stocktake."""

    programme = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in MeetingKind])
    held_on = models.DateField()
    as_of = models.DateField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.programme} {self.held_on} {self.kind}"


class MeetingRecord(models.Model):
    """The record of a meeting as somebody wrote it down; a correction is a further one. ``decisions`` are texts in
    their order; a decision keeps its place for good."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="records")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    chair = models.CharField(max_length=80)
    place = models.CharField(max_length=200, blank=True)
    present = models.TextField(blank=True)
    text = models.TextField(blank=True)
    decisions = models.JSONField(default=list)
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "position"], name="record_place")]
        ordering = ["meeting", "position"]

    def __str__(self) -> str:
        return self.title


class MatterRow(models.Model):
    """A task with one body that leads. ``number`` is given when it is assigned; the deadline is ``within`` working days
    from then, or the closing hour of ``due``. ``decision`` counts the meeting's from 1."""

    programme = models.CharField(max_length=120, db_index=True)
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=20, choices=[(source.value, source.label) for source in MatterSource])
    source_text = models.TextField()
    source_on = models.DateField(null=True, blank=True)
    deliverable = models.TextField()
    indicators = models.JSONField(default=list)
    issuer = models.CharField(max_length=200)
    issuer_division = models.CharField(max_length=12)
    number = models.CharField(max_length=80, blank=True, db_index=True)
    within = models.PositiveSmallIntegerField(default=0)
    due = models.DateField(null=True, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, null=True, blank=True, related_name="matters")
    decision = models.PositiveSmallIntegerField(default=0)
    finding = models.ForeignKey(FindingRow, on_delete=models.PROTECT, null=True, blank=True, related_name="matters")
    state = models.CharField(
        max_length=12, choices=[(state.value, state.label) for state in MatterState], default=MatterState.DRAFT
    )
    deadline = models.DateTimeField(null=True, blank=True, db_index=True)
    provisional = models.BooleanField(default=False)
    demonstration = models.BooleanField(default=False)
    opened_by = models.CharField(max_length=80)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number or self.pk} {self.title}"


class MatterBody(models.Model):
    """A body's part in a matter: the first one leads, the others assist."""

    matter = models.ForeignKey(MatterRow, on_delete=models.PROTECT, related_name="bodies")
    body = models.ForeignKey("accounts.Body", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, db_index=True)
    leads = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "body"], name="matter_body_once")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.body_id}"


class MatterMilestone(models.Model):
    """A step on the way, with its day."""

    matter = models.ForeignKey(MatterRow, on_delete=models.PROTECT, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "position"], name="milestone_place")]
        ordering = ["matter", "position"]

    def __str__(self) -> str:
        return self.title


class MatterStep(StepRow):
    """One line of a matter's history. ``evidence``: pairs of a name and the hash of a stored file (blank: named
    only)."""

    matter = models.ForeignKey(MatterRow, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=20, choices=[(action.value, action.label) for action in MatterAction])
    body = models.CharField(max_length=80, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    milestone = models.PositiveSmallIntegerField(default=0)
    evidence = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "position"], name="matter_step_place")]
        ordering = ["matter", "position"]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.position} {self.action}"


class Circular(models.Model):
    """A circular 通报 with a ranking by one indicator, frozen at a day and a moment."""

    programme = models.CharField(max_length=120, db_index=True)
    indicator = models.CharField(max_length=80)
    as_of = models.DateField()
    known_at = models.DateTimeField()
    title = models.CharField(max_length=200)
    opening = models.TextField(blank=True)
    requirement = models.TextField(blank=True)
    issuer = models.CharField(max_length=200)
    issuer_division = models.CharField(max_length=12)
    series = models.CharField(max_length=40)
    number = models.CharField(max_length=80, blank=True, db_index=True)
    state = models.CharField(
        max_length=12, choices=[(state.value, state.label) for state in CircularState], default=CircularState.DRAFT
    )
    demonstration = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.number or self.pk} {self.title}"


class CircularStep(StepRow):
    """One line of a circular's history. ``wording``: title, opening and requirement after a step that set them."""

    circular = models.ForeignKey(Circular, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField(max_length=12, choices=[(action.value, action.label) for action in CircularAction])
    wording = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["circular", "position"], name="circular_step_place")]
        ordering = ["circular", "position"]

    def __str__(self) -> str:
        return f"{self.circular_id} {self.position} {self.action}"


class CircularPaper(PaperRow):
    """The circular as it went out, frozen once."""

    circular = models.OneToOneField(Circular, on_delete=models.PROTECT, related_name="paper")

    def __str__(self) -> str:
        return f"{self.circular_id} {self.pdf[:16]}"
