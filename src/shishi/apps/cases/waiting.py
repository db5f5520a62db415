"""What of cases waits for a person, told to the first page of the office."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from shishi.apps.accounts.models import Person
from shishi.apps.cases.incidents import incidents_for
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.rated import ratings_waiting_for
from shishi.apps.cases.rating_loop import CORRECT, FEED_BACK, VERIFY
from shishi.apps.cases.todo import TaskQuery, to_do
from shishi.core.cases import UNFINISHED
from shishi.core.tasks import TaskState
from shishi.core.waiting import Waiting

MOST = 20
"""Of each kind by name; the rest is one line with their number."""
DEEDS = {VERIFY: "核实", CORRECT: "整改", FEED_BACK: "回访"}
"""What is to be done about a bad rating."""


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Tasks that the person has or may take, the most urgent by name; incidents that are theirs."""
    found = to_do(person, at, TaskQuery(size=MOST))
    tasks = [
        Waiting(line.step, line.title, line.number, "task", (line.id,), line.opened_at, line.due_at)
        for line in found.lines
    ]
    if found.more:
        rest = found.count - len(found.lines)
        about = "超过一千件" if found.many else f"共{found.count}件"
        tasks.append(Waiting("办理", "其余待办办件", about, "tasks", count=rest))
    broken = [
        Waiting("处置异常件", row.title, row.case.number, "incidents", (), row.at)
        for row in incidents_for(person, at, own=True)[:MOST]
    ]
    rated = [
        Waiting(DEEDS[loop.stage], f"差评：{loop.title}", loop.number, "rating", (str(loop.case),), loop.at, loop.due)
        for loop in ratings_waiting_for(person, at, MOST)
    ]
    return (*tasks, *broken, *rated)


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Cases that the person opened and that are under way; what waits for the applicant is not told to officials."""
    states = [state.value for state in UNFINISHED]
    rows = CaseRow.objects.filter(Q(opened_by=person.username), state__in=states).order_by("-pk")[:MOST]
    return tuple(
        Waiting(row.get_state_display(), row.title, row.number, "case", (str(row.uuid),), row.opened_at, row.legal_due)
        for row in rows
    )


def waiting_for_applicant(person: Person) -> tuple[TaskRow, ...]:
    """What a citizen is to do in their own cases: supplements, and steps that the process leaves to them."""
    rows = TaskRow.objects.filter(Q(assignee=person) | Q(case__applicant=person), applicant=True, state=TaskState.OPEN)
    return tuple(rows.select_related("case").order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST])
