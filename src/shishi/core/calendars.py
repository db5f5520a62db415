"""Working days 工作日: the yearly arrangement of holidays with its working weekends 调休, deadlines, the day of a moment.

The published years come from ``chinese_calendar``; a pack's dated exceptions stand above it. A year that is not
published yet is reckoned Monday to Friday, and a deadline that reaches it says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache

import chinese_calendar

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The one clock of the country; without summer time since 1991, so that no file of time zones is needed."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last working day and the moment (UTC) at which it closes. ``provisional``: it reaches a year without a
    published arrangement and is to be reckoned again."""

    day: date
    moment: datetime
    provisional: bool


def day_of(moment: datetime) -> date:
    """The day in Shanghai. ``ValueError`` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a zone: {moment!r}")
    return moment.astimezone(SHANGHAI).date()


def moment_of(day: date, hour: time) -> datetime:
    """The moment (UTC) at which it is ``hour`` in Shanghai on that day."""
    return datetime.combine(day, hour, SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When offices open and close 办公时间, in Shanghai. ``source``: where that is said, ``""`` where nobody said it;
    ``verified``: whether the source was read."""

    opens: time
    closes: time
    source: str = ""
    verified: bool = False

    @property
    def told(self) -> str:
        """In words, with how far they may be trusted."""
        trust = "" if self.verified else "，未核实" if self.source else "，清单没有写明，系统暂定"
        return f"办公时间 {self.opens:%H:%M}–{self.closes:%H:%M}{trust}"


ASSUMED = OfficeHours(time(8, 30), time(17, 30))
"""Where no pack tells the hours; wherever they are shown it is said that nobody did."""
_YEARS = range(2004, 2101)


@dataclass(frozen=True)
class WorkingCalendar:
    """``overrides``: day → whether it is worked; ``published``: years that the overrides tell whole, beyond those of
    ``chinese_calendar``."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    hours: OfficeHours = ASSUMED
    published: frozenset[int] = frozenset()

    @property
    def closing(self) -> time:
        """When offices close in Shanghai."""
        return self.hours.closes

    @cached_property
    def version(self) -> str:
        """SHA-256 over everything that a deadline is reckoned by: another one means that open ones are reckoned
        anew."""
        years = [year for year in _YEARS if self.is_published(year)]
        worked = "".join(str(int(self.is_working(day))) for year in years for day in _days_of(year))
        beyond = sorted(f"{day}:{int(told)}" for day, told in self.overrides.items())
        text = f"{years}{worked}{beyond}{self.hours.opens}{self.hours.closes}"
        return hashlib.sha256(text.encode()).hexdigest()

    def is_working(self, day: date) -> bool:
        """Whether offices are open that day."""
        told = self.overrides.get(day)
        if told is not None:
            return told
        listed = _listed(day)
        return day.weekday() < 5 if listed is None else listed

    def is_published(self, year: int) -> bool:
        """Whether the year's arrangement of holidays is known."""
        return year in self.published or _listed(date(year, 1, 1)) is not None

    def deadline(self, start: date, working_days: int) -> Deadline:
        """The end of the ``working_days``-th working day after ``start``, which is not counted itself.
        ``ValueError`` for less than one day."""
        if working_days < 1:
            raise ValueError(f"a deadline is at least one working day away: {working_days}")
        day, left = start, working_days
        while left:
            day += _ONE_DAY
            left -= self.is_working(day)
        years = range((start + _ONE_DAY).year, day.year + 1)
        provisional = not all(self.is_published(year) for year in years)
        return Deadline(day, moment_of(day, self.closing), provisional)

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after ``a`` up to and with ``b``; negative when ``b`` is earlier. Undoes ``deadline``."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working(a + timedelta(days=step)) for step in range(1, (b - a).days + 1))


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += _ONE_DAY


@lru_cache(maxsize=20_000)
def _listed(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
