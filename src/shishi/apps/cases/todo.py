"""What there is to do 待办: of a person, of the posts that they hold; quick among a million.

What somebody has and what their posts may take lie under partial indexes by the deadline. Each is asked by itself for
the first lines of the page, and the answers are merged: one question over all of them would have to sort everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import one_look
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.in_hand import unknown_task
from shishi.apps.cases.models import TaskRow
from shishi.apps.cases.reach import hands, inside
from shishi.apps.cases.views import TaskView, task_view
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.tasks import TaskState

PAGE = 50
FARTHEST = 2000
COUNTED_TO = 1000
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks: ``own`` only those that the person has; ``text`` part of a title or number; ``overdue`` only those
    past their deadline."""

    process: str = ""
    element: str = ""
    programme: str = ""
    text: str = ""
    own: bool = False
    overdue: bool = False
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page, the most urgent first. ``count`` is exact up to ``COUNTED_TO``; above that ``many`` is true."""

    lines: tuple[TaskView, ...]
    page: int
    count: int
    many: bool
    more: bool


def to_do(person: Person, at: datetime, asked: TaskQuery | None = None) -> TaskPage:
    """What the person has or may take, by deadline. ``Misuse`` (page_too_far) where a filter would help more than
    leafing on."""
    asked = asked or TaskQuery()
    size, page = max(1, min(asked.size, 200)), max(1, asked.page)
    end = page * size
    if end > FARTHEST:
        raise Misuse("page_too_far", f"待办只翻到前 {FARTHEST} 件。请用流程、项目或关键字缩小范围。")
    with one_look():
        parts = [_asked(part, asked, at) for part in _parts(person, at, asked.own)]
    firsts = [list(_first(part, end + 1)) for part in parts]
    found = sorted({line for first in firsts for line in first})
    wanted = [pk for _, pk in found[end - size : end]]
    rows = {row.pk: row for row in TaskRow.objects.filter(pk__in=wanted).select_related("case", "assignee")}
    days = calendar(None, at)
    count = sum(_counted(part, first, end) for part, first in zip(parts, firsts, strict=True))
    lines = tuple(task_view(rows[pk], at, days) for pk in wanted if pk in rows)
    return TaskPage(lines, page, min(count, COUNTED_TO), count > COUNTED_TO, len(found) > end)


def task_of(person: Person, task: int, at: datetime) -> TaskView:
    """One task that the person has, may take, or did; with how it may end. ``Misuse`` (unknown_task)."""
    row = TaskRow.objects.select_related("case", "assignee").filter(pk=task).first()
    if row is None:
        raise unknown_task(task)
    with one_look():
        own = row.assignee_id == person.pk or row.done_by == person.username or row.lent_by == person.username
        if not own and not any(hand.fits(row) for hand in hands(person, day_of(at))):
            raise unknown_task(task)
    return task_view(row, at, calendar(None, at), process_of(row.case))


def done_by(person: Person, at: datetime, page: int = 1, size: int = PAGE) -> TaskPage:
    """What the person has done 已办, the newest first."""
    rows = TaskRow.objects.filter(done_by=person.username).select_related("case", "assignee").order_by("-done_at")
    start = (max(1, page) - 1) * size
    found = list(rows[start : start + size + 1])
    counted = len(rows.order_by().values_list("pk", flat=True)[: COUNTED_TO + 1])
    days = calendar(None, at)
    lines = tuple(task_view(row, at, days) for row in found[:size])
    return TaskPage(lines, max(1, page), min(counted, COUNTED_TO), counted > COUNTED_TO, len(found) > size)


def ids_to_do(person: Person, at: datetime, asked: TaskQuery, most: int) -> list[int]:
    """The ids of everything asked for, at most so many: for doing many at once."""
    with one_look():
        parts = [_asked(part, asked, at) for part in _parts(person, at, asked.own)]
    found: dict[int, None] = {}
    for part in parts:
        found.update(dict.fromkeys(part.order_by("pk").values_list("pk", flat=True)[:most]))
    return sorted(found)[:most]


def _parts(person: Person, at: datetime, own: bool) -> Iterator[QuerySet[TaskRow]]:
    """Questions that each an index answers in the order of deadlines: no task lies in two of them but by two posts."""
    yield TaskRow.objects.filter(state=TaskState.OPEN, assignee=person)
    if own:
        return
    free = TaskRow.objects.filter(state=TaskState.OPEN, assignee__isnull=True, applicant=False)
    for hand in hands(person, day_of(at)):
        if hand.any_lane:
            yield free.filter(inside(hand.reach))
            continue
        yield free.filter(inside(hand.reach), body=hand.body, role=hand.role.value)
        yield free.filter(inside(hand.reach), body="", role=hand.role.value)


def _first(part: QuerySet[TaskRow], many: int) -> Iterator[tuple[datetime, int]]:
    ordered = part.order_by(F("due_at").asc(nulls_last=True), "pk").values_list("due_at", "pk")
    for due, pk in ordered[:many]:
        yield (due or _NEVER, pk)


def _counted(part: QuerySet[TaskRow], first: list[tuple[datetime, int]], end: int) -> int:
    """How many there are, up to ``COUNTED_TO`` and one; asked only where the page has not shown all of them."""
    if len(first) <= end:
        return len(first)
    return len(part.order_by().values_list("pk", flat=True)[: COUNTED_TO + 1])


def _asked(rows: QuerySet[TaskRow], asked: TaskQuery, at: datetime) -> QuerySet[TaskRow]:
    if asked.process:
        rows = rows.filter(Q(process=asked.process) | Q(process__endswith=f"/{asked.process}"))
    if asked.element:
        rows = rows.filter(element=asked.element)
    if asked.programme:
        rows = rows.filter(Q(programme=asked.programme) | Q(programme__endswith=f"/{asked.programme}"))
    if asked.text.strip():
        rows = rows.filter(Q(title__icontains=asked.text.strip()) | Q(case__number__icontains=asked.text.strip()))
    if asked.overdue:
        rows = rows.filter(due_at__lt=at)
    return rows
