"""Deadlines 时限 that explain themselves: from which day they are counted, which days were left out and why, and how
much of them is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shishi.core.calendars import SHANGHAI, Deadline, WorkingCalendar, day_of
from shishi.core.cells import half_width
from shishi.core.days import day_of_text
from shishi.core.typography import chinese_date

MOST_WORKING_DAYS = 250
_ONE_DAY = timedelta(days=1)
_LIMIT_WORDS = re.compile(r"^(?:自?交办(?:之日)?(?:次日)?起?[后内]?|于|在)|(?:之前|以前|以内|之内|前|内|完成|办结)+$")
_WORKING_DAYS = re.compile(r"(\d{1,3})个?工作日", re.ASCII)
_WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How a deadline was counted. ``rest``: days between that are not worked, weekends among them; ``moved``: weekend
    days that are worked all the same 调休. Both in order."""

    start: date
    working_days: int
    deadline: Deadline
    rest: tuple[date, ...]
    moved: tuple[date, ...]

    @property
    def sentence(self) -> str:
        """The reckoning in one Chinese sentence."""
        end = self.deadline.day
        told = [f"{chinese_date(self.start)}当日不计，自次日起算{self.working_days}个工作日"]
        if self.rest:
            told.append(f"{'、'.join(spans(self.rest))}休息，不计入")
        if self.moved:
            told.append(f"{'、'.join(with_weekday(day) for day in self.moved)}调休上班，计入")
        clock = self.deadline.moment.astimezone(SHANGHAI)
        told.append(f"至{chinese_date(end)}{clock:%H:%M}下班时届满")
        ending = "所及年份的放假安排尚未公布，暂按周一至周五计，公布后重新核定。" if self.deadline.provisional else ""
        return "；".join(told) + "。" + ending


def reckon(calendar: WorkingCalendar, start: date, working_days: int) -> Reckoned:
    """The deadline so many working days after ``start``, with its reckoning. ``ValueError`` for less than one day."""
    deadline = calendar.deadline(start, working_days)
    days = [start + timedelta(days=step) for step in range(1, (deadline.day - start).days + 1)]
    return Reckoned(
        start,
        working_days,
        deadline,
        tuple(day for day in days if not calendar.is_working(day)),
        tuple(day for day in days if day.weekday() > 4 and calendar.is_working(day)),
    )


def working_days_left(calendar: WorkingCalendar, deadline: datetime, at: datetime) -> int:
    """Working days from the day of ``at`` to the deadline's: 0 on the day itself, negative once it is over. A deadline
    that closed today counts as one day late: somebody already waits."""
    left = calendar.working_days_between(day_of(at), day_of(deadline))
    return min(left, -1) if at > deadline else left


def left_text(calendar: WorkingCalendar, deadline: datetime, at: datetime) -> str:
    """``还有3个工作日``, ``今天17:30到期``, ``已逾期2个工作日``."""
    left = working_days_left(calendar, deadline, at)
    if left < 0:
        return f"已逾期{-left}个工作日"
    if day_of(at) == day_of(deadline):
        return f"今天{deadline.astimezone(SHANGHAI):%H:%M}到期"
    return f"还有{left}个工作日" if left else "下一个工作日前到期"


def limit_of(text: str) -> date | int | None:
    """A time limit as people write it: the day of ``2021年10月15日前``, the number of ``10个工作日内``; ``None`` for what
    names neither (``年底前``, ``10月15日`` without its year): nothing is guessed.

    >>> limit_of("2021年10月15日前"), limit_of("交办后10个工作日内"), limit_of("10月底前")
    (datetime.date(2021, 10, 15), 10, None)
    """
    plain = _LIMIT_WORDS.sub("", half_width(text).replace(" ", ""))
    if found := _WORKING_DAYS.fullmatch(plain):
        days = int(found[1])
        return days if 0 < days <= MOST_WORKING_DAYS else None
    return day_of_text(plain)


def spans(days: Sequence[date]) -> Iterator[str]:
    """Days in a row told as one: ``10月1日至7日``."""
    first = last = days[0]
    for day in (*days[1:], None):
        if day is not None and day == last + _ONE_DAY:
            last = day
            continue
        if first == last:
            yield f"{first.month}月{first.day}日"
        elif first.month == last.month:
            yield f"{first.month}月{first.day}日至{last.day}日"
        else:
            yield f"{first.month}月{first.day}日至{last.month}月{last.day}日"
        if day is not None:
            first = last = day


def with_weekday(day: date) -> str:
    """``10月9日（周六）``."""
    return f"{day.month}月{day.day}日（周{_WEEK[day.weekday()]}）"
