"""Whose a task is: taken, put back, handed over with a reason, lent. There is one owner at any time."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.cases.in_hand import InHand, Line, in_hand, unknown_task
from shishi.apps.cases.models import TaskRow
from shishi.apps.cases.reach import hands
from shishi.apps.cases.taking import (
    fitting_hand,
    may_manage,
    open_task,
    require_manager,
    require_no_interest,
)
from shishi.apps.cases.telling import tell
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.errors import Misuse, Refused
from shishi.core.tasks import TaskState


def claim(task: int, *, by: Person, at: datetime) -> TaskRow:
    """Take it: from now on it is theirs alone. Theirs already: nothing changes. ``Refused`` (task_taken) when somebody
    was faster."""
    with in_hand(task, by=by, at=at) as case:
        row = open_task(case, task)
        if row.assignee_id == by.pk:
            return row
        _give(row, by)
        case.say(_line(CaseAction.CLAIM, row, ""))
    return row


def release(task: int, reason: str, *, by: Person, at: datetime) -> TaskRow:
    """Put it back: whoever holds the post may take it again."""
    with in_hand(task, by=by, at=at) as case:
        row = _held_by(case, task)
        if row.assignee_id is None:
            return row
        _give(row, None)
        case.say(_line(CaseAction.RELEASE, row, reason))
    return row


def hand_over(task: int, to: str, reason: str, *, by: Person, at: datetime) -> TaskRow:
    """Give it to a colleague who holds a fitting post, for a reason that is kept. ``Misuse`` (unknown_person,
    not_fitting); ``Refused`` (conflict_of_interest) for one who may not have it."""
    receiver = person_named(to)
    with in_hand(task, by=by, at=at) as case:
        row = _held_by(case, task)
        if row.assignee_id == receiver.pk:
            return row
        if fitting_hand(receiver, row, case) is None:
            raise Misuse("not_fitting", f"{receiver} 没有办理“{row.step}”的岗位，不能转给他。请转给同一岗位的同志。")
        require_no_interest(case, row.step, receiver)
        _give(row, receiver)
        case.say(_line(CaseAction.HAND_OVER, row, reason, {"to": receiver.username}))
        _tell(case, row, receiver, f"转给您办理：{reason.strip()}")
    return row


def delegate(task: int, to: str, reason: str, *, by: Person, at: datetime) -> TaskRow:
    """Let a colleague do this one task who need not hold its post, but works on cases there; who lent it may take it
    back. ``Misuse`` (unknown_person, not_fitting)."""
    receiver = person_named(to)
    with in_hand(task, by=by, at=at) as case:
        row = open_task(case, task)
        near = any(hand.reach.holds(row.division, row.programme) for hand in hands(receiver, day_of(at)))
        if not near or row.applicant:
            raise Misuse("not_fitting", f"{receiver} 在这个区划没有办理办件的岗位，不能委托给他。")
        require_no_interest(case, row.step, receiver)
        _give(row, receiver, lent_by=by.username)
        case.say(_line(CaseAction.DELEGATE, row, reason, {"to": receiver.username}))
        _tell(case, row, receiver, f"委托您办理：{reason.strip()}")
    return row


def _held_by(case: InHand, task: int) -> TaskRow:
    """A task that the person has, has lent, or whose owner they look after."""
    row = case.row.tasks.select_related("assignee").filter(pk=task).first()
    if row is None or case.by is None:
        raise unknown_task(task)
    if row.state != TaskState.OPEN:
        raise Refused("task_done", f"“{row.step}”已经办过或正在复核，不能再换人。请刷新看现在的样子。")
    own = row.assignee_id == case.by.pk or row.lent_by == case.by.username
    if row.assignee_id is None and fitting_hand(case.by, row, case):
        return row
    if not own:
        if not may_manage(case):
            raise unknown_task(task)
        require_manager(case)
    return row


def _give(row: TaskRow, person: Person | None, lent_by: str = "") -> None:
    row.assignee, row.lent_by = person, lent_by
    row.save(update_fields=["assignee", "lent_by"])


def _line(action: CaseAction, row: TaskRow, text: str, told: dict[str, object] | None = None) -> Line:
    said = {"task": row.pk, "step": row.step, **(told or {})}
    return Line(action, text.strip(), element=row.element, token=row.token, told=said)


def _tell(case: InHand, row: TaskRow, to: Person, what: str) -> None:
    text = f"办件“{case.row.title}”（{case.row.number}）的“{row.step}”{what}"
    tell([to], case.row, key=f"task:{row.pk}:{case.row.steps_count}", subject="请您办理", text=text, at=case.at)
