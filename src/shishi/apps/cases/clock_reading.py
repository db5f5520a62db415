"""The clocks of stored cases, read: what paused them, and where both deadlines lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shishi.apps.cases.body_rules import promised_here
from shishi.apps.cases.models import CaseRow, PauseRow
from shishi.core.calendars import WorkingCalendar
from shishi.core.case_clocks import CaseClock, Pause, reckon_clock
from shishi.core.limits import PauseKind
from shishi.core.processes import Process


def pauses_of(row: CaseRow, token: str = "") -> tuple[Pause, ...]:
    """What of the case's time does not count; with ``token`` for that task, whose own pauses are among them."""
    tokens = {"", token}
    return told_pauses(pause for pause in row.pauses.order_by("started_at", "pk") if pause.token in tokens)


def told_pauses(rows: Iterable[PauseRow]) -> tuple[Pause, ...]:
    """As the core reads them."""
    return tuple(Pause(PauseKind(row.kind), row.started_at, row.ended_at) for row in rows)


def clock_of(row: CaseRow, process: Process, days: WorkingCalendar) -> CaseClock:
    """Both clocks of a case; none before it began."""
    return case_clock(row, process, days, pauses_of(row)) if row.clock_from else CaseClock()


def case_clock(row: CaseRow, process: Process, days: WorkingCalendar, pauses: Sequence[Pause]) -> CaseClock:
    """The same with pauses that were looked up already; of one whose clock runs."""
    limits, extension = process.clocks, process.clocks.extension if row.extended else None
    return reckon_clock(
        days, limits.legal, promised_here(row, process), row.clock_from or row.opened_at, pauses, extension
    )
