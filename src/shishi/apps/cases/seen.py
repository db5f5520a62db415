"""Cases that somebody may look at: officials by their posts, the applicant as who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import one_look
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.in_hand import unknown_case
from shishi.apps.cases.models import CaseParty, CaseRow, CaseStep, TaskRow
from shishi.apps.cases.reach import hands, manages, within_reach
from shishi.apps.cases.thread import standing_of
from shishi.apps.cases.views import CaseView, StepView, case_view, step_views
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, CaseState, Taker
from shishi.core.cases import UNFINISHED, ways_on
from shishi.core.divisions import normalise
from shishi.core.tasks import TaskState

PAGE = 50
COUNTED_TO = 1000
"""Further than that nobody counts on a page: there are "more than a thousand"."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases: ``text`` is part of a number, a title or an applicant's name; ``division`` official or significant;
    ``open`` only those that are not done; ``overdue`` only those past a deadline."""

    text: str = ""
    process: str = ""
    programme: str = ""
    division: str = ""
    state: str = ""
    open: bool = False
    overdue: bool = False
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list."""

    uuid: UUID
    number: str
    title: str
    process: str
    programme: str
    division: str
    state: CaseState
    outcome: str
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list. ``count`` is exact up to ``COUNTED_TO``; above that ``many`` is true."""

    lines: tuple[CaseLine, ...]
    page: int
    count: int
    many: bool
    more: bool


def access_cases(person: Person, at: datetime, asked: CaseQuery | None = None) -> CasePage:
    """The cases within the person's reach, the newest first."""
    asked = asked or CaseQuery()
    with one_look():
        return _page(CaseRow.objects.filter(within_reach(person, day_of(at))), asked, at)


def started_by(person: Person, at: datetime, asked: CaseQuery | None = None) -> CasePage:
    """Cases that the person opened or applied for 我发起的, the newest first."""
    own = CaseRow.objects.filter(Q(opened_by=person.username) | Q(applicant=person))
    return _page(own, asked or CaseQuery(), at)


def copied_to(person: Person, at: datetime, asked: CaseQuery | None = None) -> CasePage:
    """Cases that were copied or raised to the person or to a body of theirs 抄送我的, the newest first."""
    with one_look():
        bodies = sorted({hand.body for hand in hands(person, day_of(at))})
    held = CaseParty.objects.filter(Q(person=person) | Q(body__in=bodies), part__in=["copied", "raised"])
    return _page(CaseRow.objects.filter(pk__in=held.values("case")), asked or CaseQuery(), at)


def cases_of_applicant(person: Person, at: datetime) -> tuple[CaseLine, ...]:
    """The citizen's own cases, the newest first."""
    return tuple(_line(row, at) for row in CaseRow.objects.filter(applicant=person).order_by("-pk")[:200])


def case_of(person: Person, case: UUID | str, at: datetime) -> CaseView:
    """One case by its lasting id or its number, as an official sees it. ``Misuse`` (unknown_case) for one out of
    reach."""
    with one_look():
        row = _reached(person, case, at)
        return case_view(row, at, officials=True, may=_may(person, row, at))


def thread_of(person: Person, case: UUID | str, at: datetime) -> tuple[StepView, ...]:
    """The whole thread, as an official reads it."""
    with one_look():
        row = _reached(person, case, at)
        return step_views(_steps(row), row, process_of(row), officials=True)


def case_for_applicant(person: Person, number: str, at: datetime) -> tuple[CaseView, tuple[StepView, ...]]:
    """The citizen's own case with the lines that they may read. ``Misuse`` (unknown_case) for anybody else's."""
    row = _named(CaseRow.objects.filter(applicant=person), number)
    if row is None:
        raise unknown_case(number)
    view = case_view(row, at, officials=False, may=_ways(row, Taker.APPLICANT))
    return view, step_views(_steps(row), row, process_of(row), officials=False)


def drawn_way(person: Person, case: UUID | str, at: datetime) -> tuple[str, ...]:
    """The elements at which the case stands now, to be marked in its drawing."""
    row = _reached(person, case, at)
    open_rows = row.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD])
    waiting = row.waits.filter(state="waiting").exclude(due_at__isnull=True, signal="")
    return tuple(sorted({*open_rows.values_list("element", flat=True), *waiting.values_list("element", flat=True)}))


def _reached(person: Person, case: UUID | str, at: datetime) -> CaseRow:
    row = _named(CaseRow.objects.filter(within_reach(person, day_of(at))), case)
    if row is None:
        raise unknown_case(str(case))
    return row


def _named(rows: QuerySet[CaseRow], case: UUID | str) -> CaseRow | None:
    held = rows.select_related("applicant", "follows")
    try:
        return held.filter(uuid=case if isinstance(case, UUID) else UUID(case)).first()
    except ValueError:
        return held.filter(number=case).first()


def _steps(row: CaseRow) -> list[CaseStep]:
    return list(row.steps.order_by("position"))


def _page(rows: QuerySet[CaseRow], asked: CaseQuery, at: datetime) -> CasePage:
    found = _asked(rows, asked, at)
    size = max(1, min(asked.size, 200))
    page = max(1, asked.page)
    start = (page - 1) * size
    rows_here = list(found.order_by("-pk")[start : start + size + 1])
    lines = tuple(_line(row, at) for row in rows_here[:size])
    counted = len(found.order_by().values_list("pk", flat=True)[: COUNTED_TO + 1])
    return CasePage(lines, page, min(counted, COUNTED_TO), counted > COUNTED_TO, len(rows_here) > size)


def _asked(rows: QuerySet[CaseRow], asked: CaseQuery, at: datetime) -> QuerySet[CaseRow]:
    if asked.text.strip():
        text = asked.text.strip()
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text) | Q(applicant_name=text))
    if asked.process:
        rows = rows.filter(Q(process=asked.process) | Q(process__endswith=f"/{asked.process}"))
    if asked.programme:
        rows = rows.filter(Q(programme=asked.programme) | Q(programme__endswith=f"/{asked.programme}"))
    if asked.division:
        rows = rows.filter(division__startswith=normalise(asked.division))
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.open or asked.overdue:
        rows = rows.filter(state__in=[state.value for state in UNFINISHED])
    if asked.overdue:
        rows = rows.filter(Q(legal_due__lt=at) | Q(promised_due__lt=at))
    return rows


def _line(row: CaseRow, at: datetime) -> CaseLine:
    dues = [due for due in (row.promised_due, row.legal_due) if due is not None]
    due = min(dues, default=None)
    return CaseLine(
        row.uuid,
        row.number,
        row.title,
        row.process,
        row.programme,
        row.division,
        CaseState(row.state),
        row.outcome,
        row.opened_at,
        due,
        row.ended_at,
        not row.ended and due is not None and due < at,
    )


def _ways(row: CaseRow, taker: Taker) -> set[str]:
    found = {action.value for action in ways_on(standing_of(row), taker)}
    if CaseAction.SUPPLEMENT in found and not row.tasks.filter(kind="supplement", state=TaskState.OPEN).exists():
        found.discard(CaseAction.SUPPLEMENT)
    return found


def _may(person: Person, row: CaseRow, at: datetime) -> set[str]:
    """The verbs of the case that this official may use now; what may be done with a task, the task says."""
    found: set[str] = set()
    open_rows = list(row.tasks.filter(state=TaskState.OPEN, applicant=False))
    own = hands(person, day_of(at))
    if any(task.assignee_id == person.pk or any(hand.fits(task) for hand in own) for task in open_rows):
        found |= _ways(row, Taker.HANDLER)
    if manages(person, row.division, row.programme, day_of(at)):
        found |= _ways(row, Taker.MANAGER) | ({"suspend", "resume"} & _ways(row, Taker.HANDLER))
    if row.applicant_id == person.pk or row.opened_by == person.username:
        found |= _ways(row, Taker.APPLICANT)
    return found


def tasks_of(person: Person, case: UUID | str, at: datetime) -> QuerySet[TaskRow]:
    """Every task that the case ever had, for who may look at it."""
    return _reached(person, case, at).tasks.select_related("assignee").order_by("pk")
