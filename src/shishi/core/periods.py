"""Periods 期 in which reports fall due, and the dues 应报 that a cadence makes of them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shishi.core.calendars import WorkingCalendar, moment_of
from shishi.core.errors import Misuse
from shishi.core.programmes import Cadence, PeriodKind

_ONE_DAY = timedelta(days=1)
_LABELS = (
    (PeriodKind.DAY, re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    (PeriodKind.WEEK, re.compile(r"(\d{4})-W(\d{2})")),
    (PeriodKind.HALF_MONTH, re.compile(r"(\d{4})-(\d{2})-H([12])")),
    (PeriodKind.QUARTER, re.compile(r"(\d{4})-Q([1-4])")),
    (PeriodKind.MONTH, re.compile(r"(\d{4})-(\d{2})")),
    (PeriodKind.YEAR, re.compile(r"(\d{4})")),
)


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to ``end``, both days included."""

    kind: PeriodKind
    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.start + timedelta(days=step) for step in range((self.end - self.start).days + 1))

    @property
    def label(self) -> str:
        """``2021-09-30``, ``2021-W39`` (ISO 8601), ``2021-09-H2``, ``2021-09``, ``2021-Q3``, ``2021``."""
        day = self.start
        match self.kind:
            case PeriodKind.DAY:
                return day.isoformat()
            case PeriodKind.WEEK:
                year, week, _ = day.isocalendar()
                return f"{year:04}-W{week:02}"
            case PeriodKind.HALF_MONTH:
                return f"{day.year:04}-{day.month:02}-H{1 if day.day == 1 else 2}"
            case PeriodKind.MONTH:
                return f"{day.year:04}-{day.month:02}"
            case PeriodKind.QUARTER:
                return f"{day.year:04}-Q{(day.month + 2) // 3}"
            case PeriodKind.YEAR:
                return f"{day.year:04}"


@dataclass(frozen=True, slots=True)
class Due:
    """A report that ``division`` owes for ``period`` in ``table`` (full name)."""

    table: str
    division: str
    period: Period


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of that kind that holds the day; weeks begin on Monday."""
    match kind:
        case PeriodKind.DAY:
            return Period(kind, day, day)
        case PeriodKind.WEEK:
            start = day - timedelta(days=day.weekday())
            return Period(kind, start, start + timedelta(days=6))
        case PeriodKind.HALF_MONTH if day.day <= 15:
            return Period(kind, day.replace(day=1), day.replace(day=15))
        case PeriodKind.HALF_MONTH:
            return Period(kind, day.replace(day=16), _month_end(day.year, day.month))
        case PeriodKind.MONTH:
            return Period(kind, day.replace(day=1), _month_end(day.year, day.month))
        case PeriodKind.QUARTER:
            last = (day.month + 2) // 3 * 3
            return Period(kind, date(day.year, last - 2, 1), _month_end(day.year, last))
        case PeriodKind.YEAR:
            return Period(kind, date(day.year, 1, 1), date(day.year, 12, 31))


def previous(period: Period) -> Period:
    """The period of the same kind that ends the day before."""
    return period_of(period.kind, period.start - _ONE_DAY)


def parse_period(text: str) -> Period:
    """The period of a label. Raises ``Misuse`` ``period_malformed``."""
    for kind, pattern in _LABELS:
        found = pattern.fullmatch(text.strip())
        if found:
            try:
                return period_of(kind, _first_day(kind, [int(part) for part in found.groups()]))
            except (ValueError, OverflowError):
                break
    raise Misuse(
        "period_malformed",
        f"“{text}”不是一个期间。请写成 2021-09-30（日）、2021-W39（周）、2021-09-H2（半月）、2021-09（月）、2021-Q3（季）或 2021（年）。",
    )


def closes_at(cadence: Cadence, period: Period) -> datetime:
    """The moment (UTC) after which a report for the period is late."""
    return moment_of(period.end, cadence.cut_off)


def dues(cadence: Cadence, divisions: Iterable[str], day: date, calendar: WorkingCalendar) -> tuple[Due, ...]:
    """What is owed for the period that holds ``day``: nothing outside the cadence's own time, nor, for working days
    only, for a period without one."""
    period = period_of(cadence.kind, day)
    too_early = cadence.starts is not None and period.end < cadence.starts
    too_late = cadence.ends is not None and cadence.ends < period.start
    idle = cadence.working_days_only and not any(calendar.is_working(one) for one in period.days)
    if too_early or too_late or idle:
        return ()
    return tuple(Due(cadence.table, division, period) for division in divisions)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _first_day(kind: PeriodKind, parts: list[int]) -> date:
    match kind:
        case PeriodKind.WEEK:
            return date.fromisocalendar(parts[0], parts[1], 1)
        case PeriodKind.HALF_MONTH:
            return date(parts[0], parts[1], 1 if parts[2] == 1 else 16)
        case PeriodKind.QUARTER:
            return date(parts[0], parts[1] * 3 - 2, 1)
        case _:
            return date(*[*parts, 1, 1][:3])
