"""What is stored of cases. A case holds where it stands now, for searching; its thread (:class:`CaseStep`) is the
truth, only grows, and leads to the same standing when it is replayed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.labels import Labelled
from shishi.core.limits import PauseKind
from shishi.core.materials import MaterialState
from shishi.core.tasks import TaskKind, TaskState

_FREE, _OPEN = Q(state="open", assignee__isnull=True, applicant=False), Q(state="open")
_ANYBODY = Q(state="open", assignee__isnull=True, applicant=False, body="")
_OWED = Q(due_at__isnull=False, watched=False)
_HELD, _WORKED = Q(state="open", assignee__isnull=False), Q(kind="work", state="open")


def _choices(words: type[Labelled]) -> list[tuple[str, str]]:
    return [(word.value, word.label) for word in words]


class CaseNumber(models.Model):
    """The last number given out of a series (mark, official division, year); locked while the next is taken."""

    series = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="case_series")]

    def __str__(self) -> str:
        return f"{self.series} {self.year} {self.last}"


class CaseRow(models.Model):
    """One case. ``process`` with ``digest`` names the definition that it runs under; ``marking`` is the engine's,
    opaque; ``facts`` are the answers of all forms and steps in their stored form, encrypted ones sealed. ``bodies``:
    the codes of the bodies that had a task. ``standing``: what ``state`` alone does not tell of it. ``watch_at``: when
    the clock next has something to say. ``once``: what makes opening it twice one case. ``applicant_digest`` finds the
    same person again without knowing who it is."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    number = models.CharField(max_length=60, unique=True)
    once = models.CharField(max_length=200, unique=True, null=True, blank=True)
    process = models.CharField(max_length=160)
    digest = models.CharField(max_length=64)
    programme = models.CharField(max_length=120)
    item = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    division = models.CharField(max_length=12)
    channel = models.CharField(max_length=20, default="online")
    applicant = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    applicant_name = models.CharField(max_length=80)
    applicant_kind = models.CharField(max_length=10, default="natural")
    applicant_digest = models.CharField(max_length=64, blank=True)
    phone_digest = models.CharField(max_length=64, blank=True)
    contact = models.JSONField(default=dict)
    state = models.CharField(max_length=14, choices=_choices(CaseState), default=CaseState.SUBMITTED)
    standing = models.JSONField(default=dict)
    outcome = models.CharField(max_length=80, blank=True)
    facts = models.JSONField(default=dict)
    marking = models.BinaryField(default=b"")
    ended = models.BooleanField(default=False)
    bodies = models.JSONField(default=list)
    clock_from = models.DateTimeField(null=True)
    legal_due = models.DateTimeField(null=True)
    promised_due = models.DateTimeField(null=True)
    extended = models.PositiveSmallIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    watch_at = models.DateTimeField(null=True)
    watched = models.CharField(max_length=10, blank=True)
    steps_count = models.PositiveIntegerField(default=0)
    last_digest = models.CharField(max_length=64, blank=True)
    last_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    demonstration = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["programme", "division", "state", "-id"], name="case_by_place"),
            models.Index(fields=["process", "state", "-id"], name="case_by_process"),
            models.Index(fields=["opened_by", "-id"], name="case_by_opener"),
            models.Index(fields=["applicant", "-id"], name="case_by_applicant"),
            models.Index(fields=["applicant_digest"], name="case_by_identity", condition=~Q(applicant_digest="")),
            models.Index(fields=["phone_digest"], name="case_by_phone", condition=~Q(phone_digest="")),
            models.Index(fields=["watch_at"], name="case_watched", condition=Q(watch_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class TaskRow(models.Model):
    """What somebody is to do. Done by many, a step is many rows of one ``token``. ``body`` ``""``: of any body;
    ``assignee``: who has it, ``None``: whoever holds the post may take it. ``programme``, ``division`` (significant
    code) and ``title`` are those of the case: the list of what waits asks nothing else."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="tasks")
    token = models.CharField(max_length=400)
    element = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=_choices(TaskKind), default=TaskKind.WORK)
    state = models.CharField(max_length=6, choices=_choices(TaskState), default=TaskState.OPEN)
    step = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    process = models.CharField(max_length=160)
    programme = models.CharField(max_length=120)
    division = models.CharField(max_length=12)
    body = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=30, blank=True)
    applicant = models.BooleanField(default=False)
    assignee = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    lent_by = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    legal_due = models.DateTimeField(null=True)
    watch_at = models.DateTimeField(null=True)
    watched = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=80, blank=True)
    text = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "token", "kind"], condition=_WORKED, name="task_once")]
        indexes = [
            models.Index(fields=["assignee", "due_at", "id"], condition=_HELD, name="task_of_person"),
            models.Index(fields=["body", "role", "due_at", "id"], condition=_FREE, name="task_of_post"),
            models.Index(fields=["role", "division", "due_at"], condition=_ANYBODY, name="task_of_role"),
            models.Index(fields=["due_at", "id"], condition=_FREE, name="task_of_everybody"),
            models.Index(fields=["case", "token"], name="task_of_case"),
            models.Index(fields=["done_by", "-done_at"], name="task_done_by", condition=~Q(done_by="")),
            models.Index(fields=["watch_at"], name="task_watched", condition=Q(state="open", watch_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class CaseStep(models.Model):
    """One line of a thread; the store refuses to change it. ``batch``: of the many that were written under one event of
    the trail, ``""`` for one with an event of its own. ``facts``: what a form said with it, in the stored form;
    ``items``: what was asked for; ``told``: further things that programs read (deadlines, bodies, files)."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=16, choices=_choices(CaseAction))
    person = models.CharField(max_length=80)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    seen_by = models.CharField(max_length=10, choices=_choices(SeenBy))
    element = models.CharField(max_length=80, blank=True)
    token = models.CharField(max_length=400, blank=True)
    outcome = models.CharField(max_length=80, blank=True)
    items = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    told = models.JSONField(default=dict)
    batch = models.CharField(max_length=36, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="case_step_place")]
        indexes = [models.Index(fields=["batch"], condition=~Q(batch=""), name="case_step_batch")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.position} {self.action}"


class CaseLink(models.Model):
    """The other body. ``side``: ours; ``theirs``: its number; ``there``: where it said at ``heard_at`` to stand."""

    case = models.OneToOneField(CaseRow, on_delete=models.PROTECT, related_name="link")
    side = models.CharField(max_length=9, choices=[("accepting", "受理地"), ("handling", "办理地")])
    peer = models.CharField(max_length=40)
    conversation = models.CharField(max_length=120)
    turn = models.PositiveSmallIntegerField(default=1)
    theirs = models.CharField(max_length=60, blank=True)
    forwarded_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    there = models.JSONField(default=dict)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "side"], name="case_link_side")]

    def __str__(self) -> str:
        return f"{self.side} {self.peer}"


class CaseDone(models.Model):
    """That something asked for with a key was done: asked again, it is done already."""

    key = models.CharField(max_length=200, unique=True)
    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key


class CaseParty(models.Model):
    """Who else a case concerns: a body to which it was copied or raised, a person to whom it was copied, a party, or
    somebody who must keep out of it 回避. ``part``: copied, raised, party, recused."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="parties")
    part = models.CharField(max_length=10)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    body = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=80, blank=True)
    identity = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    added_by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "part"], name="party_of_case"),
            models.Index(fields=["person", "part", "-id"], name="party_person"),
            models.Index(fields=["body", "part", "-id"], name="party_body"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.part}"


class MaterialRow(models.Model):
    """One material that a case asks for. ``receipt``: the number under which it was taken in; ``source``: the number of
    the case from which it is held; ``due_at``: until when what was promised or may follow must be there."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="materials")
    code = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    required = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=_choices(MaterialState), default=MaterialState.LACKING)
    file_name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    receipt = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=60, blank=True)
    remark = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    watched = models.BooleanField(default=False)
    given_by = models.CharField(max_length=80, blank=True)
    given_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "code"], name="material_once")]
        indexes = [models.Index(fields=["due_at"], name="material_owed", condition=_OWED)]

    def __str__(self) -> str:
        return f"{self.case_id} {self.title} {self.state}"


class PauseRow(models.Model):
    """A span that does not count. ``token``: of one task alone, ``""`` of the whole case."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="pauses")
    kind = models.CharField(max_length=12, choices=_choices(PauseKind))
    token = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["case"], name="pause_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class WaitRow(models.Model):
    """What the engine waits for: a time, a message, an error or escalation at a boundary. ``due_at``: of a time.
    ``state``: waiting, fired, dropped."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="waits")
    token = models.CharField(max_length=400)
    element = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    signal = models.CharField(max_length=120, blank=True)
    host = models.CharField(max_length=400, blank=True)
    armed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, default="waiting")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "token"], name="wait_once")]
        indexes = [models.Index(fields=["due_at"], name="wait_due", condition=Q(state="waiting", due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.element} {self.state}"


class CallRow(models.Model):
    """A verb that is to be run, was run, or will not run: one row for each token, so that none runs twice. ``state``:
    waiting, done, broken (an incident has it), dropped."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="calls")
    token = models.CharField(max_length=400)
    element = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    state = models.CharField(max_length=8, default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    said = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "token"], name="call_once")]
        indexes = [models.Index(fields=["next_at"], name="call_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.verb} {self.state}"


class IncidentRow(models.Model):
    """What failed three times 异常件, and who looks after it. ``what``: call, wait or move; ``token`` names which."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="incidents")
    what = models.CharField(max_length=8)
    token = models.CharField(max_length=400)
    element = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    failure = models.TextField()
    tries = models.PositiveSmallIntegerField()
    body = models.CharField(max_length=80, blank=True)
    owner = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, default="open")
    at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)
    mended_by = models.CharField(max_length=80, blank=True)
    measure = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "token"], condition=_OPEN, name="incident_once")]
        indexes = [models.Index(fields=["owner", "-id"], condition=_OPEN, name="incident_of_owner")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.title}"


class CaseRating(models.Model):
    """What the applicant thinks of it: ``code`` in the set of values ``code_set`` (in GB/T 39046 1 is the best). A bad
    one is looked into, put right and told back by its ``assignee``, and then rated ``again``. ``body``: of the case."""

    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, related_name="ratings")
    round = models.PositiveSmallIntegerField(default=0)
    code = models.PositiveSmallIntegerField()
    code_set = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    bad = models.BooleanField(default=False)
    person = models.CharField(max_length=80)
    at = models.DateTimeField()
    verify_due = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.CharField(max_length=80, blank=True)
    finding = models.TextField(blank=True)
    correct_due = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)
    corrected_by = models.CharField(max_length=80, blank=True)
    measure = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=80, blank=True)
    body = models.CharField(max_length=80, blank=True)
    assignee = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    again_code = models.PositiveSmallIntegerField(null=True)
    again_text = models.TextField(blank=True)
    again_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="rating_once")]
        indexes = [models.Index(fields=["case"], condition=Q(bad=True, told_at__isnull=True), name="rating_open")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.code}"


class CaseCalendar(models.Model):
    """By which version of the working calendar the open deadlines were reckoned; one row. ``ahead``: the version that
    they are being reckoned by now, ``reached``: the case up to which that is done."""

    version = models.CharField(max_length=64, blank=True)
    ahead = models.CharField(max_length=64, blank=True)
    reached = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.version
