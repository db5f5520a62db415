"""Holidays that are told later 放假安排有变: the deadlines of open cases are reckoned anew, and each thread says so.

The worker notices that the working calendar is another one than the deadlines were reckoned by, and goes through the
open cases part by part: a case is locked only where a deadline of it moves. Doing it twice, or by two at once, is doing
it once; a worker that falls takes up where it left."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.cases.advancing import due_of
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.clocks import reckon_task, set_case_clock, with_clocks
from shishi.apps.cases.in_hand import InHand, Line, in_hand, taken
from shishi.apps.cases.models import CaseCalendar, CaseRating, CaseRow, MaterialRow, PauseRow, TaskRow, WaitRow
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.case_clocks import reckon_due
from shishi.core.case_states import CaseAction
from shishi.core.cases import UNFINISHED
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Refused, ShishiError
from shishi.core.materials import MaterialState
from shishi.core.moves import TokenKind
from shishi.core.tasks import TaskKind, TaskState
from shishi.core.typography import chinese_date

AT_ONCE = 500
"""Cases of one look: the worker has other things to do, too."""

log = logging.getLogger("shishi.cases")


@dataclass
class Dated:
    """What of a case has a deadline, or moves one."""

    tasks: list[TaskRow] = field(default_factory=list)
    pauses: list[PauseRow] = field(default_factory=list)
    waits: list[WaitRow] = field(default_factory=list)
    materials: list[MaterialRow] = field(default_factory=list)
    ratings: list[CaseRating] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shifted:
    """One deadline that is another one now: the row with its columns set, and what the thread says of it."""

    row: Model
    columns: Sequence[str]
    said: str


def follow_calendar(at: datetime) -> int:
    """What the worker does each time it looks: nothing while the calendar is the one that deadlines were reckoned by;
    else the next part of the open cases. Returns how many cases had a deadline that moved."""
    version = calendar(None, at).version
    kept = CaseCalendar.objects.first() or CaseCalendar(pk=1)
    if kept.version == version:
        return 0
    if kept.ahead != version:
        kept.ahead, kept.reached = version, 0
    rows = list(_dated().filter(pk__gt=kept.reached).order_by("pk")[:AT_ONCE])
    moved = _part(rows, at, None)
    if len(rows) < AT_ONCE:
        kept.version, kept.ahead, kept.reached, kept.at = version, "", 0, at
    else:
        kept.reached = rows[-1].pk
    kept.save()
    return moved


def reckon_again(at: datetime, *, by: Person | None = None, provisional_only: bool = True) -> int:
    """Reckon the deadlines of all open cases anew at once, as the worker does by itself; returns how many cases had one
    that moved. Safe to repeat. ``provisional_only``: those alone that reached a year whose holidays were not
    published. ``Misuse`` (out_of_reach)."""
    if by is not None:
        require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    found = _dated().filter(provisional=True) if provisional_only else _dated()
    moved, reached = 0, 0
    while rows := list(found.filter(pk__gt=reached).order_by("pk")[:AT_ONCE]):
        moved += _part(rows, at, by)
        reached = rows[-1].pk
    return moved


def _dated() -> QuerySet[CaseRow]:
    """Cases in which something is still due."""
    owed = CaseRating.objects.filter(case=OuterRef("pk"), bad=True, told_at__isnull=True)
    return CaseRow.objects.filter(Q(state__in=[state.value for state in UNFINISHED]) | Exists(owed))


def _part(rows: Sequence[CaseRow], at: datetime, by: Person | None) -> int:
    """Look at each without locking it; only where something moves is the case taken in hand, and looked at again."""
    held, moved = _held([row.pk for row in rows]), 0
    for row in rows:
        try:
            if not _shifted(taken(row, by=None, at=at), held[row.pk]):
                continue
            with in_hand(row.uuid, by=by, at=at) as case:
                moved += _reckoned(case)
        except ShishiError as refused:  # its version of the process is gone: it stands in nobody else's way
            log.warning("the deadlines of %s were not reckoned anew: %s", row.number, refused.code)
    return moved


def _reckoned(case: InHand) -> bool:
    """Under the lock: another worker may have done it since."""
    found = _shifted(case, _held([case.row.pk])[case.row.pk])
    for item in found:
        if item.row is not case.row:
            item.row.save(update_fields=list(item.columns))
    if found:
        case.say(
            Line(CaseAction.RECKON, "节假日或办公时间的安排有变，时限重新核定：" + "".join(item.said for item in found))
        )
    return bool(found)


def _held(cases: Sequence[int]) -> dict[int, Dated]:
    found: dict[int, Dated] = defaultdict(Dated)
    for task in TaskRow.objects.filter(case__in=cases, state__in=[TaskState.OPEN, TaskState.HELD]).order_by("pk"):
        found[task.case_id].tasks.append(task)
    for pause in PauseRow.objects.filter(case__in=cases).order_by("started_at", "pk"):
        found[pause.case_id].pauses.append(pause)
    for wait in WaitRow.objects.filter(
        case__in=cases, state="waiting", kind=TokenKind.TIMER, due_at__isnull=False, round=1
    ):
        found[wait.case_id].waits.append(wait)
    for paper in MaterialRow.objects.filter(case__in=cases, state=MaterialState.LATER, due_at__isnull=False):
        found[paper.case_id].materials.append(paper)
    for rating in CaseRating.objects.filter(case__in=cases, bad=True, told_at__isnull=True):
        found[rating.case_id].ratings.append(rating)
    return found


def _shifted(case: InHand, held: Dated) -> list[Shifted]:
    """Every deadline of the case that is another one by the calendar of now; its row is changed, not written."""
    case.know_pauses(held.pauses)
    found = [*_waits(case, held), *_papers(case, held), *_ratings(case, held)]
    if case.standing.open:
        found += [*_tasks(case, held), *_whole(case)]
    return found


def _tasks(case: InHand, held: Dated) -> Iterator[Shifted]:
    columns = ("due_at", "legal_due", "watch_at", "watched")
    for task, began in with_clocks(held.tasks):
        before = task.due_at
        if not reckon_task(case, task, began):
            continue
        if task.watched and task.due_at is not None and task.due_at > case.at:
            task.watched = ""  # it is not late any more, and is warned of once more
            reckon_task(case, task, began)
        moved = task.due_at != before
        yield Shifted(
            task,
            columns,
            _said(task.step if moved else f"{task.step}（法定）", task.due_at if moved else task.legal_due),
        )
    for task in held.tasks:
        asked = next((item for item in held.tasks if item.token == task.token and item.kind == TaskKind.WORK), None)
        if task.kind == TaskKind.CORRECTION and asked is not None and asked.due_at != task.due_at:
            task.due_at = task.watch_at = asked.due_at
            yield Shifted(task, columns, _said(task.step, task.due_at))


def _whole(case: InHand) -> Iterator[Shifted]:
    row = case.row
    before, provisional = (row.legal_due, row.promised_due), row.provisional
    set_case_clock(case)
    ends = [due for due in (row.legal_due, row.promised_due) if due is not None]
    if before != (row.legal_due, row.promised_due):
        if row.watched and ends and min(ends) > case.at:
            row.watched = ""
            set_case_clock(case)
        clock = clock_of(row, case.process, case.days)
        yield Shifted(row, (), "".join(due.sentence for due in (clock.promised, clock.legal) if due is not None))
    elif provisional != row.provisional:
        yield Shifted(
            row, (), "时限不变，所及年份的放假安排已经公布。" if provisional else "时限不变，暂按周一至周五计。"
        )


def _waits(case: InHand, held: Dated) -> Iterator[Shifted]:
    for wait in held.waits:
        timer, node = case.process.timer_at.get(wait.element), case.process.nodes.get(wait.element)
        try:
            due = due_of(case, timer, wait.armed_at) if timer else wait.due_at
        except Refused:
            continue
        if due != wait.due_at:
            wait.due_at = due
            yield Shifted(wait, ("due_at",), _said(node.title if node and node.title else wait.element, due))


def _papers(case: InHand, held: Dated) -> Iterator[Shifted]:
    for paper in held.materials:
        material = next((item for item in case.process.materials if item.code == paper.code), None)
        told = case.row.steps.filter(action=CaseAction.MATERIAL, told__material=paper.code, told__has_key="due")
        since = told.order_by("-position").values_list("at", flat=True).first()
        if material is None or material.later is None or since is None:
            continue
        due = reckon_due(case.days, material.later, since).moment
        if due != paper.due_at:
            paper.due_at = due
            yield Shifted(paper, ("due_at",), _said(f"{paper.title}（容缺）", due))


def _ratings(case: InHand, held: Dated) -> Iterator[Shifted]:
    plan = case.process.ratings
    for rating in held.ratings if plan else ():
        before = (rating.verify_due, rating.correct_due)
        if plan and rating.verified_at is None:
            rating.verify_due = reckon_due(case.days, plan.verify, rating.at).moment
        if plan and rating.corrected_at is None:
            rating.correct_due = reckon_due(case.days, plan.correct, rating.at).moment
        if before != (rating.verify_due, rating.correct_due):
            yield Shifted(rating, ("verify_due", "correct_due"), _said("差评整改", rating.correct_due))


def _said(what: str, until: datetime | None) -> str:
    if until is None:
        return f"“{what}”停止计时。"
    return f"“{what}”改为至{chinese_date(day_of(until))}{until.astimezone(SHANGHAI):%H:%M}届满。"
