"""What is stored of fieldwork."""

from __future__ import annotations

from django.db import models

from shishi.core.problems import ProblemAction, ProblemState
from shishi.core.visits import VisitKind, VisitState


class VisitRow(models.Model):
    """A visit. ``uuid`` was made by whoever wrote it first, a phone without network perhaps; ``division`` is that of
    the visiting body, ``place_division`` where it went; ``entry`` the row of a ledger that it is about, ``record`` its
    own row in the work record; ``sent`` the SHA-256 of what was sent, so that the same again changes nothing."""

    uuid = models.UUIDField(unique=True)
    programme = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.label) for kind in VisitKind])
    title = models.CharField(max_length=60)
    purpose = models.TextField(blank=True)
    body = models.ForeignKey("accounts.Body", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, db_index=True)
    place_division = models.CharField(max_length=12, db_index=True)
    entry = models.UUIDField(null=True, blank=True, db_index=True)
    planned_on = models.DateField(null=True, blank=True)
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()
    demonstration = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.label) for state in VisitState],
        default=VisitState.PLANNED,
        db_index=True,
    )
    held_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    longitude = models.DecimalField(max_digits=10, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    accuracy = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    people = models.CharField(max_length=200, blank=True)
    publish = models.BooleanField(default=True)
    done_by = models.CharField(max_length=80, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    record = models.UUIDField(null=True, blank=True)
    sent = models.CharField(max_length=64, blank=True)
    cancelled_by = models.CharField(max_length=80, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.title}"


class ProblemRow(models.Model):
    """A problem that a visit found; ``body`` has to rectify it within so many working days."""

    uuid = models.UUIDField(unique=True)
    visit = models.ForeignKey(VisitRow, on_delete=models.PROTECT, related_name="problems")
    text = models.TextField()
    body = models.ForeignKey("accounts.Body", on_delete=models.PROTECT, related_name="+")
    division = models.CharField(max_length=12, db_index=True)
    within = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=12, choices=[(state.value, state.label) for state in ProblemState], default=ProblemState.RECTIFYING
    )
    deadline = models.DateTimeField(db_index=True)
    provisional = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.pk} {self.text[:40]}"


class ProblemStep(models.Model):
    """One line of a problem's history. ``files``: pairs of a name and the hash of a stored file; ``digest`` a SHA-256
    over the line and the digest before it."""

    problem = models.ForeignKey(ProblemRow, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=12, choices=[(action.value, action.label) for action in ProblemAction])
    person = models.CharField(max_length=80)
    at = models.DateTimeField()
    text = models.TextField()
    deadline = models.DateTimeField(null=True, blank=True)
    files = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "position"], name="problem_step_place")]
        ordering = ["problem", "position"]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.position} {self.action}"


class VisitPhoto(models.Model):
    """A photo of a visit or of one of its problems: told of by the device with the hash of its bytes, arrived when
    ``arrived_at`` says so. ``taken_at`` is the device's own claim; ``view`` and ``thumb`` are the hashes of copies made
    anew, without metadata; ``evidence`` is its number as evidence of the row that the visit is about, ``ticket`` the
    leave with which it was taken."""

    uuid = models.UUIDField(unique=True)
    visit = models.ForeignKey(VisitRow, on_delete=models.PROTECT, related_name="photos")
    problem = models.ForeignKey(ProblemRow, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    view = models.CharField(max_length=64, blank=True)
    thumb = models.CharField(max_length=64, blank=True)
    evidence = models.PositiveBigIntegerField(null=True, blank=True)
    ticket = models.UUIDField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.sha256[:16]}"


class Device(models.Model):
    """A collecting app that may hand in for one post until a day. Only a SHA-256 of its token is kept."""

    post = models.ForeignKey("accounts.Post", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=80)
    token_digest = models.CharField(max_length=64, unique=True)
    until = models.DateField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.title}"


class SubmissionRow(models.Model):
    """What a device sent, kept whatever came of it. ``instance`` is the form's own identity; ``replaces`` the instance
    that it corrects; ``faults``: code, message and field of each fault that refused it."""

    instance = models.CharField(max_length=255, unique=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="submissions")
    person = models.CharField(max_length=80, db_index=True)
    table = models.CharField(max_length=160)
    version = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64)
    expected = models.JSONField(default=list)
    received_at = models.DateTimeField(db_index=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="received", db_index=True)
    faults = models.JSONField(default=list)
    batch = models.CharField(max_length=36, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.instance} {self.state}"


class SubmissionFile(models.Model):
    """A file that came with a submission."""

    submission = models.ForeignKey(SubmissionRow, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "name"], name="submission_file_once")]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.name}"
