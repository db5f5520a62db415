"""Working time 工作时间: how long something lay while offices were open, in whole seconds.

A working day runs from its opening hour to the calendar's closing hour; nights, rest days and holidays count nothing,
and a weekend that is worked 调休 counts like any working day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from shishi.core.calendars import SHANGHAI, WorkingCalendar, day_of, moment_of

_SECOND = timedelta(seconds=1)
_ONE_DAY = timedelta(days=1)
_REMEMBERED = 400_000

Span = tuple[datetime, datetime]
"""From when until when."""


class WorkingTime:
    """The clock of one working calendar. ``ValueError`` when offices do not open before they close."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self.opening = opening = calendar.hours.opens
        self.day_seconds = _seconds(calendar.closing) - _seconds(opening)
        """Seconds of one working day."""
        if self.day_seconds <= 0:
            raise ValueError(f"offices open at {opening} and close at {calendar.closing}")
        self._years: dict[int, Sequence[int]] = {}
        self._begun: dict[int, int] = {}
        self._places: dict[datetime, int] = {}

    def between(self, a: datetime, b: datetime) -> int:
        """Working seconds from ``a`` to ``b``; negative when ``b`` is earlier. ``between(a, b) + between(b, c)`` is
        ``between(a, c)`` exactly."""
        return self._place(b) - self._place(a)

    def net(self, a: datetime, b: datetime, pauses: Iterable[Span]) -> int:
        """Working seconds from ``a`` to ``b`` without those in ``pauses``, which may overlap."""
        left, reached = self.between(a, b), a
        for start, end in sorted(pauses):
            begun, ended = max(start, reached), min(end, b)
            if begun < ended:
                left -= self.between(begun, ended)
                reached = ended
        return left

    def after(self, moment: datetime, seconds: int) -> datetime:
        """The earliest moment (UTC) by which so many working seconds have passed; ``moment`` itself for none."""
        if seconds <= 0:
            return moment
        day, left = day_of(moment), seconds + self._within(moment)
        while not (self._is_working(day) and left <= self.day_seconds):
            left -= self.day_seconds if self._is_working(day) else 0
            day += _ONE_DAY
        return moment_of(day, self.opening) + timedelta(seconds=left)

    def _place(self, moment: datetime) -> int:
        """Working seconds from the first year that was asked for up to the moment. Remembered: statistics ask of every
        moment of a log half a dozen times."""
        found = self._places.get(moment)
        if found is None:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            day = day_of(moment)
            if day.year not in self._begun:
                first = min(self._begun, default=day.year)
                self._begun[day.year] = self._days(date(first, 1, 1), date(day.year, 1, 1)) + self._begun.get(first, 0)
            worked = self._begun[day.year] + self._before(day)
            found = self._places[moment] = worked * self.day_seconds + self._within(moment)
        return found

    def _within(self, moment: datetime) -> int:
        """Seconds of its own day that are worked by then."""
        local = moment.astimezone(SHANGHAI)
        if not self._is_working(local.date()):
            return 0
        passed = (local - datetime.combine(local.date(), self.opening, SHANGHAI)) // _SECOND
        return min(max(passed, 0), self.day_seconds)

    def _is_working(self, day: date) -> bool:
        counted, place = self._year(day.year), day.timetuple().tm_yday
        return counted[place] > counted[place - 1]

    def _days(self, a: date, b: date) -> int:
        """Working days from ``a`` up to but without ``b``."""
        if b < a:
            return -self._days(b, a)
        return sum(self._year(year)[-1] for year in range(a.year, b.year)) + self._before(b) - self._before(a)

    def _before(self, day: date) -> int:
        return self._year(day.year)[day.timetuple().tm_yday - 1]

    def _year(self, year: int) -> Sequence[int]:
        """How many of its first n days are worked, for n from 0 to all of them."""
        known = self._years.get(year)
        if known is None:
            counted, day = [0], date(year, 1, 1)
            while day.year == year:
                counted.append(counted[-1] + self.calendar.is_working(day))
                day += _ONE_DAY
            known = self._years[year] = counted
        return known


def _seconds(hour: time) -> int:
    return hour.hour * 3600 + hour.minute * 60 + hour.second
