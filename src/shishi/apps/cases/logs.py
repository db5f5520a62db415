"""The log of cases for their statistics: what each went through and when, of tasks, pauses and threads at once."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import lying_in, reaches
from shishi.apps.cases.models import CaseRow, CaseStep, PauseRow, TaskRow
from shishi.apps.cases.reach import inside
from shishi.core.calendars import day_of, moment_of
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.case_statistics import Course, Leg, Rework

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

MOST = 20_000
"""So many cases are looked at, the newest."""
APPLICANT = "applicant"
"""The body of a leg that the applicant went."""
A = CaseAction
_REWORK = {A.RETURN: Rework.RETURNED, A.ASK_SUPPLEMENT: Rework.SUPPLEMENTED, A.REOPEN: Rework.REOPENED}
_ENDS = (A.DECIDE, A.REFUSE, A.DELIVER)
_FEW, _AT_ONCE, _REMEMBERED = 4_000, 800, 40_000
_over: dict[Hashable, Course] = {}
"""What is known of cases that are over, by the states of their threads."""
_remembering = threading.Lock()
_COLUMNS = (
    "uuid",
    "number",
    "title",
    "division",
    "process",
    "state",
    "ended",
    "clock_from",
    "opened_at",
    "ended_at",
    "legal_due",
    "promised_due",
    "last_digest",
)
_DECIDED = (CaseState.DECIDED, CaseState.DELIVERED, CaseState.RATED, CaseState.REFUSED, CaseState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Logged:
    """Which case a course belongs to."""

    uuid: UUID
    number: str
    title: str
    division: str
    process: str
    state: str


@dataclass(frozen=True, slots=True)
class Log:
    """What was read. ``cases`` by number; ``steps``: element → title; ``withdrawn``: cases of the span that their
    applicants took back and that are not measured; ``left_out``: how many older ones there are beyond :data:`MOST`."""

    courses: tuple[Course, ...]
    cases: Mapping[str, Logged]
    steps: Mapping[str, str]
    withdrawn: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which cases were opened, both counted; cases that are open still belong to every span."""

    since: date | None = None
    until: date | None = None

    @property
    def condition(self) -> Q:
        """Rows of the span."""
        until = Q(opened_at__lte=moment_of(self.until, time.max)) if self.until else Q()
        if self.since is None:
            return until
        return until & (Q(opened_at__gte=moment_of(self.since, time.min)) | Q(ended=False))


def log_of(person: Person, process: str, span: Span, *, division: str = "", at: datetime) -> Log:
    """The cases of a process within the person's reach. ``division``: significant code."""
    within = _readable(person, at)
    place = lying_in("division", [division]) if division else Q()
    found = CaseRow.objects.filter(within & place & span.condition, process=process)
    kept = found.exclude(state=CaseState.WITHDRAWN)
    count = kept.count()
    newest = kept.order_by("-pk")[:MOST]
    rows = list(newest.only(*_COLUMNS))
    return Log(
        courses=_courses(rows, newest.values("pk")),
        cases={row.number: _logged(row) for row in rows},
        steps=_titles(newest.values("pk")),
        withdrawn=found.filter(state=CaseState.WITHDRAWN).count(),
        left_out=max(count - MOST, 0),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the cases of one process stand: all that were not taken back, those of them that are still open, and of these
    the overdue ones."""

    cases: int = 0
    open: int = 0
    overdue: int = 0


def standings(person: Person, *, at: datetime) -> dict[str, Standing]:
    """Process → how its cases within the person's reach stand."""
    within = _readable(person, at)
    rows = CaseRow.objects.filter(within).exclude(state=CaseState.WITHDRAWN)
    going = Q(ended=False)
    late = going & (Q(promised_due__lt=at) | Q(legal_due__lt=at))
    counted = rows.values_list("process").annotate(
        every=Count("pk"), going=Count("pk", filter=going), late=Count("pk", filter=late)
    )
    return {process: Standing(*numbers) for process, *numbers in counted.order_by("process")}


def _readable(person: Person, at: datetime) -> Q:
    within = Q(pk__in=[])
    for reach in reaches(person, Action.READ, day_of(at)):
        within |= inside(reach)
    return within


def _logged(row: CaseRow) -> Logged:
    return Logged(row.uuid, row.number, row.title, row.division, row.process, row.state)


def _courses(rows: Sequence[CaseRow], every: QuerySet[CaseRow, Any]) -> tuple[Course, ...]:
    """Of all rows in their order; ``every`` asks for their ids. The courses of cases that are over are remembered: a
    look at a process reads what has happened since the last one."""
    known = {row.pk: _over.get(_state(row)) for row in rows}
    news = [row for row in rows if known[row.pk] is None]
    read: dict[int, Course] = {}
    if len(news) > _FEW:
        read = _read(news, every)
    else:
        for start in range(0, len(news), _AT_ONCE):
            some = news[start : start + _AT_ONCE]
            read |= _read(some, [row.pk for row in some])
    _remember((_state(row), read[row.pk]) for row in news if row.ended and row.state in _DECIDED)
    return tuple(known.get(row.pk) or read[row.pk] for row in rows)


def _state(row: CaseRow) -> Hashable:
    """Another one for every line that is written to the thread of the case."""
    return row.uuid, row.last_digest, row.state, row.legal_due, row.promised_due


def _remember(courses: Iterable[tuple[Hashable, Course]]) -> None:
    with _remembering:
        _over.update(courses)
        for state in list(_over)[: max(len(_over) - _REMEMBERED, 0)]:
            del _over[state]


def _read(rows: Sequence[CaseRow], mine: _Mine) -> dict[int, Course]:
    told = _told(mine)
    legs, pauses = _legs(mine, told), _pauses(mine)
    return {
        row.pk: Course(
            case=row.number,
            opened=row.clock_from or row.opened_at,
            legs=tuple(legs[row.pk]),
            closed=_closed(row, told[row.pk]),
            pauses=tuple(pauses[row.pk]),
            due=row.legal_due,
            promised=row.promised_due,
            rework=tuple(_REWORK[action] for action, _at, _token in told[row.pk] if action in _REWORK),
        )
        for row in rows
    }


_Mine = QuerySet[CaseRow, Any] | Sequence[int]
_Told = tuple[CaseAction, datetime, str]
_ASKED = (A.CLAIM, *_REWORK, *_ENDS)


def _told(mine: _Mine) -> dict[int, list[_Told]]:
    """Of each case the lines of its thread that statistics read, oldest first."""
    found: dict[int, list[_Told]] = defaultdict(list)
    lines = CaseStep.objects.filter(case__in=mine, action__in=_ASKED).order_by("case_id", "position")
    for case, action, at, token in lines.values_list("case_id", "action", "at", "token").iterator():
        found[case].append((A(action), at, token))
    return found


def _closed(row: CaseRow, told: Iterable[_Told]) -> datetime | None:
    """When it was decided, after it was last opened; ``None`` while it is not."""
    if row.state not in _DECIDED:
        return None
    decided: datetime | None = None
    for action, at, _token in told:
        decided = None if action is A.REOPEN else decided or (at if action in _ENDS else None)
    return decided or row.ended_at


def _legs(mine: _Mine, told: Mapping[int, list[_Told]]) -> dict[int, list[Leg]]:
    """A leg for each token: what many people do at a step is one."""
    taken: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for case, lines in told.items():
        for action, at, token in lines:
            if action is A.CLAIM:
                taken[case, token].append(at)
    rows: dict[tuple[int, str], list[_Task]] = defaultdict(list)
    wanted = ("case_id", "token", "element", "state", "body", "applicant", "opened_at", "done_at", "due_at", "outcome")
    for told_task in TaskRow.objects.filter(case__in=mine).order_by("pk").values_list(*wanted).iterator(2000):
        task = _Task(*told_task)
        rows[task.case_id, task.token].append(task)
    found: dict[int, list[Leg]] = defaultdict(list)
    for (case, token), tasks in rows.items():
        leg = _leg(tasks, taken.get((case, _plain(token)), ()))
        if leg is not None:
            found[case].append(leg)
    return found


class _Task(NamedTuple):
    """What a leg is made of, of one task."""

    case_id: int
    token: str
    element: str
    state: str
    body: str
    applicant: bool
    opened_at: datetime
    done_at: datetime | None
    due_at: datetime | None
    outcome: str


def _plain(token: str) -> str:
    """A token as the thread has it: those of an earlier round of a reopened case are kept under ``@1:``."""
    return token.partition(":")[2] if token.startswith("@") else token


def _leg(tasks: list[_Task], taken: Sequence[datetime]) -> Leg | None:
    """``None`` for a step that was called off before anybody did it."""
    first = tasks[0]
    opened = min(task.opened_at for task in tasks)
    standing = any(task.state in ("open", "held") for task in tasks)
    closed = None if standing else max((task.done_at for task in tasks if task.done_at), default=None)
    if not standing and closed is None:
        return None
    begun = (moment for moment in taken if moment >= opened and (closed is None or moment <= closed))
    return Leg(
        step=first.element,
        body=APPLICANT if first.applicant else first.body,
        opened=opened,
        taken=min(begun, default=None),
        closed=closed,
        outcome=next((task.outcome for task in reversed(tasks) if task.outcome), ""),
        due=min((task.due_at for task in tasks if task.due_at), default=None),
    )


def _pauses(mine: _Mine) -> dict[int, list[tuple[datetime, datetime | None]]]:
    found: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    spans = PauseRow.objects.filter(case__in=mine, token="").order_by("case_id", "started_at")
    for case, start, end in spans.values_list("case_id", "started_at", "ended_at"):
        found[case].append((start, end))
    return found


def _titles(mine: _Mine) -> dict[str, str]:
    """What each step is called, as its newest task has it."""
    tasks = TaskRow.objects.filter(case__in=mine, kind__in=["work", "voice"]).order_by()
    newest = tasks.values("element").annotate(newest=Max("pk")).values_list("newest", flat=True)
    return dict(TaskRow.objects.filter(pk__in=list(newest)).values_list("element", "step"))
