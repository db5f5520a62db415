"""The clocks of stored cases: reckoned from what is kept (when it began, what paused it), never counted down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from shishi.apps.cases.body_rules import step_here
from shishi.apps.cases.clock_reading import case_clock, told_pauses
from shishi.apps.cases.definitions import step_of
from shishi.apps.cases.in_hand import InHand
from shishi.apps.cases.models import PauseRow, TaskRow
from shishi.core.calendars import WorkingCalendar
from shishi.core.case_clocks import CaseClock, Pause, reckon_clock, reckon_due, warn_at
from shishi.core.limits import Limit, PauseKind
from shishi.core.processes import Step
from shishi.core.tasks import TaskKind, TaskState


def task_clock(
    task: TaskRow, step: Step, days: WorkingCalendar, pauses: Sequence[Pause], began: datetime | None = None
) -> CaseClock:
    """Both clocks of one task. ``began``: where another moment counts than the one at which it was opened."""
    return reckon_clock(days, step.limit, step.promised, began or task.opened_at, pauses)


def set_case_clock(case: InHand) -> None:
    """Reckon the case's deadlines anew and note when the clock next has something to say."""
    row, days = case.row, case.days
    clock = (
        case_clock(row, case.process, days, told_pauses(pause for pause in case.pauses if not pause.token))
        if row.clock_from
        else CaseClock()
    )
    row.legal_due = clock.legal.moment if clock.legal else None
    row.promised_due = clock.promised.moment if clock.promised else None
    row.provisional = any(due is not None and due.provisional for due in (clock.legal, clock.promised))
    binding = clock.binding.moment if clock.binding else None
    row.watch_at, row.watched = next_watch(days, binding, case.process.clocks.warn, row.watched)
    if not case.standing.open or case.standing.clock_stands:
        row.watch_at = None


def set_task_clock(
    task: TaskRow, step: Step, days: WorkingCalendar, pauses: Sequence[Pause], began: datetime | None = None
) -> None:
    """The same for one task; the caller saves it."""
    clock = task_clock(task, step, days, pauses, began)
    task.legal_due = clock.legal.moment if clock.legal else None
    task.due_at = clock.binding.moment if clock.binding else None
    task.watch_at, task.watched = next_watch(days, task.due_at, step.warn, task.watched)


def next_watch(days: WorkingCalendar, due: datetime | None, warn: int, watched: str) -> tuple[datetime | None, str]:
    """When to look next, and what was said already: a warning once, that it is overdue once."""
    if due is None or watched == "overdue":
        return None, watched
    early = warn_at(days, due, warn) if watched == "" else None
    return (early or due), watched


def own_limit(task: TaskRow, limit: Limit, days: WorkingCalendar) -> None:
    """A task that is not of a step (a supplement, a correction) has a limit of its own."""
    task.due_at = reckon_due(days, limit, task.opened_at).moment
    task.watch_at = task.due_at


def begin_pause(case: InHand, kind: PauseKind, token: str = "") -> PauseRow:
    """From now on time does not count."""
    made = PauseRow.objects.create(case=case.row, kind=kind, token=token, started_at=case.at)
    case.forget_pauses()
    reckon_tasks(case, [token] if token else None)
    return made


def end_pause(case: InHand, kind: PauseKind, token: str = "") -> None:
    """Time counts again."""
    standing = case.row.pauses.filter(kind=kind, token=token, ended_at__isnull=True)
    standing.update(ended_at=case.at)
    case.forget_pauses()
    reckon_tasks(case, [token] if token else None)


def reckon_tasks(case: InHand, tokens: Sequence[str] | None = None) -> None:
    """Reckon the deadlines of the case's open tasks anew (only of these tokens, when named), and the case's own."""
    open_tasks = case.row.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD]).order_by("pk")
    for task, began in with_clocks(open_tasks if tokens is None else open_tasks.filter(token__in=tokens)):
        reckon_task(case, task, began)
        task.save(update_fields=["due_at", "legal_due", "watch_at", "watched"])
    set_case_clock(case)


def with_clocks(tasks: Iterable[TaskRow]) -> Iterator[tuple[TaskRow, datetime | None]]:
    """The tasks that have the limits of their step, each with the moment from which they run: a second approval has
    the time that its first one had."""
    held = list(tasks)
    firsts = {task.token: task.opened_at for task in held if task.state == TaskState.HELD}
    for task in held:
        if task.kind not in (TaskKind.SUPPLEMENT, TaskKind.CORRECTION):
            yield task, firsts.get(task.token) if task.kind == TaskKind.SECOND else None


def reckon_task(case: InHand, task: TaskRow, began: datetime | None = None) -> bool:
    """Reckon the deadlines of one task anew; whether they moved. The caller saves it."""
    before = (task.due_at, task.legal_due)
    told = told_pauses(pause for pause in case.pauses if pause.token in ("", task.token))
    step = step_here(case.row, case.process, step_of(case.process, task.element))
    set_task_clock(task, step, case.days, told, began)
    return before != (task.due_at, task.legal_due)
