"""What doing many tasks at once would do: which could be done, and of each other one why not. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from shishi.apps.accounts.selectors import one_look
from shishi.apps.cases.definitions import process_of, step_of
from shishi.apps.cases.models import CaseParty, TaskRow
from shishi.apps.cases.reach import Hand, hands
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseState
from shishi.core.tasks import TaskKind, TaskState

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

AT_ONCE = 500
_ONE_BY_ONE = {
    TaskKind.SECOND: _("是复核，须逐件办理"),
    TaskKind.SUPPLEMENT: _("是补正，须逐件办理"),
    TaskKind.CORRECTION: _("是更正，须逐件办理"),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A task that would not be done, and why in words."""

    task: int
    number: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """``fit``: the tasks that would be done."""

    fit: tuple[int, ...]
    skipped: tuple[Skipped, ...]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why how many would not be done, the commonest first."""
        return Counter(item.why for item in self.skipped).most_common()


def preview_of(person: Person, tasks: Sequence[int], outcome: str, at: datetime) -> Preview:
    """Whether each of these tasks could be ended so by this person now."""
    fit: list[int] = []
    skipped: list[Skipped] = []
    with one_look():
        own = hands(person, day_of(at))
        for begin in range(0, len(tasks), AT_ONCE):
            part = tasks[begin : begin + AT_ONCE]
            rows = TaskRow.objects.select_related("case", "assignee").in_bulk(part)
            apart = _apart(person, rows.values())
            for task in part:
                why = _why_not(rows.get(task), person, own, apart, outcome)
                if not why:
                    fit.append(task)
                    continue
                row = rows.get(task)
                skipped.append(Skipped(task, row.case.number if row else "", row.title if row else "", why))
    return Preview(tuple(fit), tuple(skipped))


def _apart(person: Person, rows: Iterable[TaskRow]) -> set[int]:
    """The cases in which the person has an interest."""
    found = CaseParty.objects.filter(case__in={row.case_id for row in rows}, person=person)
    named = set(found.filter(part__in=["party", "recused"]).values_list("case_id", flat=True))
    return named | {row.case_id for row in rows if row.case.applicant_id == person.pk}


def _why_not(row: TaskRow | None, person: Person, own: Sequence[Hand], apart: set[int], outcome: str) -> str:
    if row is None or row.applicant or not (row.assignee_id == person.pk or any(hand.fits(row) for hand in own)):
        return _("不在您的待办里")
    if row.state != TaskState.OPEN:
        return _("已经办过或取消了") if row.state != TaskState.HELD else _("正等复核或会签")
    if row.assignee_id not in (None, person.pk):
        return _("已由别人认领")
    if row.case_id in apart:
        return _("您须回避")
    if row.case.state == CaseState.SUSPENDED:
        return _("办件已中止")
    if row.kind not in (TaskKind.WORK, TaskKind.VOICE):
        return _ONE_BY_ONE[TaskKind(row.kind)]
    return _not_so(row, outcome)


def _not_so(row: TaskRow, outcome: str) -> str:
    """Why its step, in the version that the case runs under, can not end so."""
    step = step_of(process_of(row.case), row.element)
    if step.form:
        return _("要逐件填写")
    if step.outcome(outcome) is None:
        return _("这一件的流程没有这种结果")
    if row.case.state == CaseState.SUPPLEMENTING:
        return _("等申请人补正")
    return ""
