"""Clocks of cases 办件计时: a limit with the time that does not count, the promise apart from the law, each deadline with
its reckoning in words.

The day on which a limit begins is not counted. A pause leaves out the days after the one on which it began, up to and
with the one on which it ended: what was asked and supplied on one day moves no deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from shishi.core.calendars import SHANGHAI, WorkingCalendar, day_of, moment_of
from shishi.core.deadlines import left_text, spans, with_weekday
from shishi.core.limits import Limit, PauseKind, TimeUnit
from shishi.core.typography import chinese_date

_ONE_DAY = timedelta(days=1)
_FARTHEST = 3660
_UNITS = {
    TimeUnit.WORKING_DAY: "个工作日",
    TimeUnit.CALENDAR_DAY: "日",
    TimeUnit.HOUR: "小时",
    TimeUnit.MINUTE: "分钟",
}
_SHORT = {TimeUnit.HOUR: timedelta(hours=1), TimeUnit.MINUTE: timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Pause:
    """A span that does not count. ``end`` ``None``: it lasts."""

    kind: PauseKind
    start: datetime
    end: datetime | None = None

    def covers(self, day: date) -> bool:
        """Whether that day is left out."""
        return day_of(self.start) < day and (self.end is None or day <= day_of(self.end))

    @property
    def told(self) -> str:
        """The pause in a few words."""
        end = chinese_date(day_of(self.end)) if self.end else "尚未结束"
        return f"{self.kind.label}（{chinese_date(day_of(self.start))}至{end}）期间不计入"


@dataclass(frozen=True, slots=True)
class Due:
    """Until when. ``moment`` ``None``: the clock stands, ``left`` days or spans of the limit remain from the day on
    which it goes on. ``rest`` and ``moved`` as in :class:`shishi.core.deadlines.Reckoned`."""

    limit: Limit
    start: datetime
    moment: datetime | None
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()
    left: int = 0
    rest: tuple[date, ...] = ()
    moved: tuple[date, ...] = ()

    @property
    def sentence(self) -> str:
        """The reckoning in one Chinese sentence, the basis last."""
        told = [self._opening]
        if self.rest:
            told.append(f"{'、'.join(spans(self.rest))}休息，不计入")
        if self.moved:
            told.append(f"{'、'.join(with_weekday(day) for day in self.moved)}调休上班，计入")
        told += [pause.told for pause in self.pauses]
        told.append(self._ending)
        unpublished = "所及年份的放假安排尚未公布，暂按周一至周五计，公布后重新核定。" if self.provisional else ""
        basis = f"依据：{self.limit.basis}。" if self.limit.basis else ""
        return "；".join(told) + "。" + unpublished + basis

    @property
    def _opening(self) -> str:
        many = f"{self.limit.amount}{_UNITS[self.limit.unit]}"
        if self.limit.unit in _SHORT:
            return f"自{chinese_date(day_of(self.start))}{_clock(self.start)}起算{many}"
        return f"{chinese_date(day_of(self.start))}当日不计，自次日起算{many}"

    @property
    def _ending(self) -> str:
        if self.moment is None:
            return f"现在停止计时，恢复后还有{self.left}{_UNITS[self.limit.unit]}"
        return f"至{chinese_date(day_of(self.moment))}{_clock(self.moment)}届满"


@dataclass(frozen=True, slots=True)
class CaseClock:
    """What the law allows and what was promised: kept apart, so that neither passes for the other."""

    legal: Due | None = None
    promised: Due | None = None

    @property
    def binding(self) -> Due | None:
        """The one that ends first: what is watched."""
        both = [due for due in (self.promised, self.legal) if due is not None]
        ending = [due for due in both if due.moment is not None]
        return min(ending, key=lambda due: due.moment or due.start, default=both[0] if both else None)

    def told(self, calendar: WorkingCalendar, at: datetime) -> str:
        """How much is left, of the promise and of the law: ``承诺时限还有3个工作日；法定时限还有12个工作日``."""
        named = (("承诺时限", self.promised), ("法定时限", self.legal))
        return "；".join(f"{name}{_left(due, calendar, at)}" for name, due in named if due is not None)


def reckon_due(calendar: WorkingCalendar, limit: Limit, start: datetime, pauses: Sequence[Pause] = ()) -> Due:
    """The end of a limit that began at ``start``. ``ValueError`` for a limit of nothing."""
    if limit.amount < 1:
        raise ValueError(f"a limit is at least one unit long: {limit.amount}")
    told = tuple(pause for pause in pauses if pause.end is None or pause.end > start)
    if limit.unit in _SHORT:
        return _short(limit, start, told)
    first, day, left = day_of(start), day_of(start), limit.amount
    while left:
        day += _ONE_DAY
        if any(pause.covers(day) for pause in told):
            if _for_ever(told, day):
                return Due(limit, start, None, False, told, left)
            continue
        left -= calendar.is_working(day) if limit.unit is TimeUnit.WORKING_DAY else True
    while not calendar.is_working(day) and (day - first).days < _FARTHEST:
        day += _ONE_DAY  # 民法典 203: the last day is never one on which nobody is there
    days = [first + timedelta(days=step) for step in range(1, (day - first).days + 1)]
    provisional = not all(calendar.is_published(year) for year in range((first + _ONE_DAY).year, day.year + 1))
    counted = [item for item in days if not any(pause.covers(item) for pause in told)]
    working = limit.unit is TimeUnit.WORKING_DAY
    return Due(
        limit,
        start,
        moment_of(day, calendar.closing),
        provisional,
        told,
        0,
        tuple(item for item in counted if working and not calendar.is_working(item)),
        tuple(item for item in counted if working and item.weekday() > 4 and calendar.is_working(item)),
    )


def reckon_clock(
    calendar: WorkingCalendar,
    legal: Limit | None,
    promised: Limit | None,
    start: datetime,
    pauses: Sequence[Pause] = (),
    extension: Limit | None = None,
) -> CaseClock:
    """Both clocks of a case or of a step. ``extension``: what was granted on top of both."""
    found = [
        reckon_due(calendar, prolonged(limit, extension), start, pauses) if limit else None
        for limit in (legal, promised)
    ]
    return CaseClock(*found)


def prolonged(limit: Limit, extension: Limit | None) -> Limit:
    """The limit with its extension. ``ValueError`` where they are counted in different units."""
    if extension is None:
        return limit
    if extension.unit is not limit.unit:
        raise ValueError(f"a limit in {limit.unit} is prolonged in {limit.unit}, not in {extension.unit}")
    return replace(limit, amount=limit.amount + extension.amount)


def warn_at(calendar: WorkingCalendar, due: datetime, days: int) -> datetime | None:
    """The beginning of the working day that lies ``days`` working days before the deadline; ``None`` for no warning."""
    if days < 1:
        return None
    day, left = day_of(due), days
    while left:
        day -= _ONE_DAY
        left -= calendar.is_working(day)
    return moment_of(day, time(0))


def _short(limit: Limit, start: datetime, pauses: tuple[Pause, ...]) -> Due:
    """Hours and minutes run through nights and holidays, but not through pauses."""
    left, at = limit.amount * _SHORT[limit.unit], start
    for pause in sorted(pauses, key=lambda item: item.start):
        before = max(pause.start, at) - at
        if before >= left:
            break
        left -= before
        if pause.end is None:
            return Due(limit, start, None, False, pauses, -(-left // _SHORT[limit.unit]))
        at = max(at, pause.end)
    return Due(limit, start, at + left, False, pauses)


def _for_ever(pauses: Sequence[Pause], day: date) -> bool:
    return any(pause.end is None and pause.covers(day) for pause in pauses)


def _left(due: Due, calendar: WorkingCalendar, at: datetime) -> str:
    if due.moment is None:
        return f"停止计时（还有{due.left}{_UNITS[due.limit.unit]}）"
    return left_text(calendar, due.moment, at)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
