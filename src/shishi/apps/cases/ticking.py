"""What time does to cases: timers come, tasks are warned of and overdue, the body above hears of it, what failed is
tried again. Done by the worker and by ``shishi case tick``; doing it twice, or by two at once, is doing it once.

Each thing that is due is a transaction of its own: what fails stands in nobody else's way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import OperationalError

from shishi.apps.cases.advancing import carry_on
from shishi.apps.cases.calling import TRIES, note_incident, run
from shishi.apps.cases.holidays import follow_calendar
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CallRow, CaseRow, MaterialRow, TaskRow, WaitRow
from shishi.apps.cases.raising import managers, raise_to_superior
from shishi.apps.cases.telling import tell
from shishi.apps.cases.waits import fire_wait
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.cases import UNFINISHED
from shishi.core.deadlines import left_text
from shishi.core.errors import ShishiError
from shishi.core.materials import MaterialState
from shishi.core.tasks import TaskState

AT_ONCE = 500
"""Of each kind in one run: the worker looks again at once."""

_STILL = (CaseState.SUSPENDED, CaseState.SUPPLEMENTING)
"""While a case stands like this no timer of it comes: it comes when the case goes on."""

log = logging.getLogger("shishi.cases")


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one run did."""

    timers: int = 0
    warned: int = 0
    overdue: int = 0
    materials: int = 0
    retried: int = 0
    reckoned: int = 0
    failed: int = 0

    @property
    def many(self) -> int:
        """Everything together."""
        return self.timers + self.warned + self.overdue + self.materials + self.retried + self.reckoned


def tick(at: datetime) -> Ticked:
    """Do whatever is due at ``at``, by the calendar of then."""
    done = Ticked(reckoned=follow_calendar(at))
    waits = WaitRow.objects.filter(state="waiting", due_at__lte=at).exclude(case__state__in=_STILL)
    for wait in waits.order_by("due_at", "pk")[:AT_ONCE]:
        done = _count(done, "timers", _alone(wait.case, at, partial(_timer, wait=wait)))
    for call in CallRow.objects.filter(state="waiting", next_at__lte=at).order_by("next_at", "pk")[:AT_ONCE]:
        done = _count(done, "retried", _alone(call.case, at, partial(_call, call=call)))
    for task in TaskRow.objects.filter(state=TaskState.OPEN, watch_at__lte=at).order_by("watch_at", "pk")[:AT_ONCE]:
        kind = "overdue" if task.due_at is not None and task.due_at <= at else "warned"
        done = _count(done, kind, _alone(task.case, at, partial(_task, task=task)))
    for row in CaseRow.objects.filter(watch_at__lte=at).order_by("watch_at", "pk")[:AT_ONCE]:
        binding = _binding(row)
        kind = "overdue" if binding is not None and binding <= at else "warned"
        done = _count(done, kind, _alone(row, at, _case))
    owed = MaterialRow.objects.filter(due_at__lte=at, watched=False).order_by("due_at", "pk")[:AT_ONCE]
    for material in owed:
        done = _count(done, "materials", _alone(material.case, at, partial(_material, material=material)))
    return done


def tick_when_due(at: datetime) -> Ticked:
    """What the worker does each time it looks: nothing is locked while nothing is due."""
    reckoned = follow_calendar(at)
    waits = WaitRow.objects.filter(state="waiting", due_at__lte=at).exclude(case__state__in=_STILL)
    due = (
        waits,
        CallRow.objects.filter(state="waiting", next_at__lte=at),
        TaskRow.objects.filter(state=TaskState.OPEN, watch_at__lte=at),
        CaseRow.objects.filter(watch_at__lte=at),
        MaterialRow.objects.filter(due_at__lte=at, watched=False),
    )
    if any(rows.exists() for rows in due):
        done = tick(at)
        return replace(done, reckoned=done.reckoned + reckoned)
    return Ticked(reckoned=reckoned)


def _count(done: Ticked, name: str, went: bool | None) -> Ticked:
    if went is None:
        return replace(done, failed=done.failed + 1)
    return replace(done, **{name: getattr(done, name) + int(went)})


def _alone(row: CaseRow, at: datetime, work: Callable[[InHand], bool]) -> bool | None:
    """Do one thing in a transaction of its own. ``None``: it failed, and is noted as such."""
    try:
        with in_hand(row.uuid, by=None, at=at) as case:
            return work(case)
    except OperationalError:
        raise  # somebody writes for long: the worker looks again
    except Exception as fault:
        log.exception("the clock of %s failed", row.number)
        _note(row, at, fault)
        return None


def _note(row: CaseRow, at: datetime, fault: Exception) -> None:
    """A case that its clock cannot move on becomes an incident, and is not looked at for ever after."""
    why = fault.message if isinstance(fault, ShishiError) else f"{type(fault).__name__}：{fault}"
    with in_hand(row.uuid, by=None, at=at) as case:
        for wait in case.row.waits.filter(state="waiting", due_at__lte=at):
            wait.round += 1
            wait.save(update_fields=["round"])
            if wait.round > TRIES:
                wait.due_at = None
                wait.save(update_fields=["due_at"])
                note_incident(case, "wait", wait.token, wait.element, f"“{wait.element}”到时没有成功", why, TRIES)
        case.row.tasks.filter(watch_at__lte=at).update(watch_at=None)
        if case.row.watch_at and case.row.watch_at <= at:
            case.row.watch_at = None


def _timer(case: InHand, wait: WaitRow) -> bool:
    now = case.row.waits.filter(pk=wait.pk, state="waiting", due_at__lte=case.at).first()
    if now is None or case.standing.state in _STILL:
        return False
    fire_wait(case, now.token)
    return True


def _call(case: InHand, call: CallRow) -> bool:
    now = case.row.calls.filter(pk=call.pk, state="waiting", next_at__lte=case.at).first()
    if now is None:
        return False
    went = run(case, now)
    if went == "":
        carry_on(case, now.token)
    elif went:
        fire_wait(case, went)
    return True


def _task(case: InHand, task: TaskRow) -> bool:
    now = case.row.tasks.select_related("assignee").filter(pk=task.pk, state=TaskState.OPEN).first()
    if now is None or now.watch_at is None or now.watch_at > case.at:
        return False
    late = now.due_at is not None and now.due_at <= case.at
    told = {"task": now.pk, "step": now.step, "due": now.due_at.isoformat() if now.due_at else ""}
    said = f"“{now.step}”{left_text(case.days, now.due_at, case.at)}" if now.due_at else now.step
    action = CaseAction.OVERDUE if late else CaseAction.WARN
    case.say(Line(action, said, None, now.element, now.token, told=told))
    _tell_holders(case, now, said, "逾期" if late else "临期")
    if late and not now.applicant:
        raise_to_superior(case, said, element=now.element, body=now.body)
    now.watched, now.watch_at = ("overdue", None) if late else ("warned", now.due_at)
    now.save(update_fields=["watched", "watch_at"])
    return True


def _tell_holders(case: InHand, task: TaskRow, said: str, subject: str) -> None:
    """Who has the task hears of it; of one that nobody has, who looks after the body's cases."""
    row = case.row
    people = [task.assignee] if task.assignee else managers({task.body} - {""}, row.division, row.programme, case)[:5]
    text = f"办件“{row.title}”（{row.number}）{said}，请抓紧办理。"
    tell(people, row, key=f"clock:{task.pk}:{subject}", subject=subject, text=text, at=case.at)


def _case(case: InHand) -> bool:
    row = case.row
    if row.watch_at is None or row.watch_at > case.at:
        return False
    due = _binding(row)
    if row.state not in {state.value for state in UNFINISHED} or due is None:
        row.watch_at = None
        return False
    late = due <= case.at
    said = f"整个办件{left_text(case.days, due, case.at)}"
    case.say(Line(CaseAction.OVERDUE if late else CaseAction.WARN, said, told={"due": due.isoformat()}))
    if late:
        raise_to_superior(case, said)
    row.watched, row.watch_at = ("overdue", None) if late else ("warned", due)
    return True


def _binding(row: CaseRow) -> datetime | None:
    return min((due for due in (row.promised_due, row.legal_due) if due is not None), default=None)


def _material(case: InHand, material: MaterialRow) -> bool:
    """What was to follow did not come in time."""
    now = case.row.materials.filter(pk=material.pk, watched=False, state=MaterialState.LATER).first()
    material.watched = True
    material.save(update_fields=["watched"])
    if now is None:
        return False
    said = f"容缺材料“{now.title}”到期没有补交"
    case.say(Line(CaseAction.OVERDUE, said, told={"material": now.code}))
    people = managers(set(case.row.bodies), case.row.division, case.row.programme, case)[:5]
    tell(people, case.row, key=f"material:{now.pk}", subject="容缺逾期", text=said, at=case.at)
    return True
