"""The clocks of stored cases: reckoned from what is kept (when it began, what paused it), never counted down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from shishi.apps.cases.definitions import step_of
from shishi.apps.cases.in_hand import InHand
from shishi.apps.cases.models import CaseRow, PauseRow, TaskRow
from shishi.core.calendars import WorkingCalendar
from shishi.core.case_clocks import CaseClock, Pause, PauseKind, reckon_clock, reckon_due, warn_at
from shishi.core.limits import Limit
from shishi.core.processes import Process, Step
from shishi.core.tasks import TaskState


def pauses_of(row: CaseRow, token: str = "") -> tuple[Pause, ...]:
    """What of the case's time does not count; with ``token`` for that task, whose own pauses are among them."""
    tokens = {"", token}
    return told_pauses(pause for pause in row.pauses.order_by("started_at", "pk") if pause.token in tokens)


def told_pauses(rows: Iterable[PauseRow]) -> tuple[Pause, ...]:
    """As the core reads them."""
    return tuple(Pause(PauseKind(row.kind), row.started_at, row.ended_at) for row in rows)


def clock_of(row: CaseRow, process: Process, days: WorkingCalendar) -> CaseClock:
    """Both clocks of a case; none before it began."""
    return _clock(row, process, days, pauses_of(row)) if row.clock_from else CaseClock()


def _clock(row: CaseRow, process: Process, days: WorkingCalendar, pauses: Sequence[Pause]) -> CaseClock:
    limits, extension = process.clocks, process.clocks.extension if row.extended else None
    return reckon_clock(days, limits.legal, limits.promised, row.clock_from or row.opened_at, pauses, extension)


def task_clock(task: TaskRow, step: Step, days: WorkingCalendar, pauses: Sequence[Pause]) -> CaseClock:
    """Both clocks of one task."""
    return reckon_clock(days, step.limit, step.promised, task.opened_at, pauses)


def set_case_clock(case: InHand) -> None:
    """Reckon the case's deadlines anew and note when the clock next has something to say."""
    row, days = case.row, case.days
    clock = (
        _clock(row, case.process, days, told_pauses(pause for pause in case.pauses if not pause.token))
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


def set_task_clock(task: TaskRow, step: Step, days: WorkingCalendar, pauses: Sequence[Pause]) -> None:
    """The same for one task; the caller saves it."""
    clock = task_clock(task, step, days, pauses)
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
    days, row, pauses = case.days, case.row, case.pauses
    open_tasks = row.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD]).exclude(
        kind__in=["supplement", "correction"]
    )
    for task in open_tasks if tokens is None else open_tasks.filter(token__in=tokens):
        told = told_pauses(pause for pause in pauses if pause.token in ("", task.token))
        set_task_clock(task, step_of(case.process, task.element), days, told)
        task.save(update_fields=["due_at", "legal_due", "watch_at", "watched"])
    set_case_clock(case)
