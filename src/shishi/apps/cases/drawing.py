"""Where a case stands in its drawing 走到哪一步: for who works on it, for who applied, for who proved to hold the phone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.in_hand import unknown_case
from shishi.apps.cases.models import CaseRow, TaskRow, WaitRow
from shishi.apps.cases.progress import case_by_phone
from shishi.core.diagrams import Diagram
from shishi.core.drawings import Drawing, Visited, drawn
from shishi.core.errors import Misuse
from shishi.core.processes import Process
from shishi.core.tasks import TaskKind, TaskState

EARLIER_ROUND = "@"
"""How the tokens of an earlier round of a reopened case begin."""
_STANDING = (TaskState.OPEN, TaskState.HELD)
_NUMBERED = re.compile(r"(#\d+)?(\[\d+\])?$")
"""What the name of an instance has after its element."""


def drawing_of(row: CaseRow, process: Process, tasks: Iterable[TaskRow], at: datetime) -> Drawing:
    """The process of a case, and those that it calls, with where it stands. ``tasks``: all of this round."""
    over = row.ended_at is not None
    return drawn(process.diagram, _visits(tasks, row, at), called=process.by_called, ended=over)


def drawing_for_applicant(person: Person, number: str, at: datetime) -> Drawing:
    """That of a citizen's own case. ``Misuse`` (unknown_case) for anybody else's."""
    return _drawing(_own(person, number), at)


def drawing_for_phone(number: str, phone: str, at: datetime) -> Drawing:
    """That of a case by its number and phone; the caller has proved the phone. ``Misuse`` (unknown_case)."""
    return _drawing(case_by_phone(number, phone), at)


def diagram_for_applicant(person: Person, number: str, name: str) -> Diagram:
    """The diagram of one's own case, or one that it calls by its id. ``Misuse``: unknown_case, unknown_diagram."""
    return diagram_named(process_of(_own(person, number)), name)


def diagram_for_phone(number: str, phone: str, name: str) -> Diagram:
    """The same of a case whose phone was proved."""
    return diagram_named(process_of(case_by_phone(number, phone)), name)


def diagram_named(process: Process, name: str) -> Diagram:
    """The process's own diagram, or one that it calls, by its id. ``Misuse`` (unknown_diagram)."""
    found = process.by_called.get(name) if name else process.diagram
    if found is None:
        raise Misuse("unknown_diagram", "这个流程里没有这张图。请从办件页面打开。")
    return found


def waiting_on(row: CaseRow) -> QuerySet[WaitRow]:
    """What the case waits for on its way; events at the edge of a step are none."""
    found = row.waits.filter(state="waiting", host="").exclude(token__startswith=EARLIER_ROUND)
    return found.order_by("armed_at", "pk")


def _own(person: Person, number: str) -> CaseRow:
    row = CaseRow.objects.filter(applicant=person, number=number).first()
    if row is None:
        raise unknown_case(number)
    return row


def _drawing(row: CaseRow, at: datetime) -> Drawing:
    tasks = row.tasks.exclude(token__startswith=EARLIER_ROUND).order_by("pk")
    return drawing_of(row, process_of(row), tasks, at)


def _visits(tasks: Iterable[TaskRow], row: CaseRow, at: datetime) -> tuple[Visited, ...]:
    """A visit for each token of a task or a verb."""
    found: dict[str, list[TaskRow]] = {}
    for task in tasks:
        if task.kind not in (TaskKind.SUPPLEMENT, TaskKind.CORRECTION):
            found.setdefault(task.token, []).append(task)
    visits = []
    for token, rows in found.items():
        standing = any(task.state in _STANDING for task in rows)
        closed = None if standing else max((task.done_at for task in rows if task.done_at), default=None)
        if standing or closed is not None:  # else it was called off before anybody did it
            late = standing and any(task.due_at is not None and task.due_at < at for task in rows)
            opened = min(task.opened_at for task in rows)
            visits.append(Visited(rows[0].element, opened, closed, late, _within(token)))
    calls = row.calls.exclude(token__startswith=EARLIER_ROUND)
    visits += [Visited(call.element, call.asked_at, call.ended_at, within=_within(call.token)) for call in calls]
    return (*visits, *(Visited(wait.element, wait.armed_at, within=_within(wait.token)) for wait in waiting_on(row)))


def _within(token: str) -> tuple[str, ...]:
    """The activities that a token stands in: ``Call_1#2[3]/Task_a`` stands in ``Call_1``."""
    return tuple(_NUMBERED.sub("", part) for part in token.split("/")[:-1])
