"""Silence 未报: how many reports of a division are owed. A due is owed from its cut-off hour on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from shishi.core.calendars import WorkingCalendar
from shishi.core.periods import Period, closes_at, dues, period_of, previous
from shishi.core.programmes import Cadence

MOST = 400
"""Periods looked back at most: beyond that a division is simply silent."""


def missed(cadence: Cadence, last: date | None, as_of: date, known_at: datetime, calendar: WorkingCalendar) -> int:
    """The dues after ``last`` (the last report's as-of day, ``None``: never) that were owed by ``as_of`` as known at
    ``known_at``. Where nobody knows when reports began, a division that never reported owes one."""
    return len(missed_periods(cadence, last, as_of, known_at, calendar))


def missed_periods(
    cadence: Cadence, last: date | None, as_of: date, known_at: datetime, calendar: WorkingCalendar
) -> tuple[Period, ...]:
    """The periods of those dues, the newest first."""
    found: list[Period] = []
    for period in _back(period_of(cadence.kind, as_of)):
        if (last and period.start <= last) or (cadence.starts and period.end < cadence.starts):
            break
        if closes_at(cadence, period) <= known_at and dues(cadence, ("",), period.end, calendar):
            found.append(period)
        if last is None and cadence.starts is None and found:
            break
    return tuple(found)


def _back(period: Period) -> Iterator[Period]:
    for _ in range(MOST):
        yield period
        period = previous(period)
