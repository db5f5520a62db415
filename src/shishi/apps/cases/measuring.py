"""Statistics and forecasts of a process's cases, as its page, the command and the workbook show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from shishi.apps.accounts.selectors import body_titles
from shishi.apps.cases.logs import APPLICANT, Log, Logged, Span, log_of
from shishi.apps.programmes.selectors import calendar, process_named
from shishi.core.calendars import WorkingCalendar
from shishi.core.case_forecasts import Ahead, History, Outlook, Prospect, forecast
from shishi.core.case_statistics import Statistics, StepLine, statistics, step_lines
from shishi.core.processes import Process
from shishi.core.working_time import WorkingTime

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

FRESH = timedelta(minutes=5)
"""Moments are taken down to so much: a page that is looked at again is the same page."""
KEPT = 8
_clocks: list[WorkingTime] = []
_reckoned: list[Measured] = []
"""What was reckoned last, each with the log that it was reckoned from: whoever looks has a log of their own first."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One open case with what is to be expected of it, by law and by promise, and the steps ahead of it."""

    case: Logged
    law: Prospect | None
    promise: Prospect | None
    ahead: tuple[Ahead, ...] = ()

    @property
    def worst(self) -> Prospect:
        """The worse of both."""
        known = [item for item in (self.promise, self.law) if item is not None]
        return min(known, key=lambda item: item.urgency)


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything of a process in a span at a moment. ``names``: body → title; ``clock`` counts its durations."""

    process: Process
    span: Span
    at: datetime
    log: Log
    found: Statistics
    bodies: tuple[StepLine, ...]
    expected: tuple[Expected, ...]
    names: Mapping[str, str]
    clock: WorkingTime

    def step(self, element: str) -> str:
        """What a step is called."""
        known = self.process.step_at.get(element)
        return self.log.steps.get(element) or (known.title if known else element)

    def days(self, seconds: int) -> Decimal:
        """Working seconds as working days, to a tenth, half up."""
        tenths = Fraction(seconds * 10, self.clock.day_seconds) + Fraction(1, 2)
        return Decimal(tenths.numerator // tenths.denominator) / 10

    @property
    def outlooks(self) -> dict[Outlook, int]:
        """How many open cases have each outlook."""
        found = dict.fromkeys(Outlook, 0)
        for item in self.expected:
            found[item.worst.outlook] += 1
        return found


def measured(person: Person, name: str, span: Span, *, division: str = "", at: datetime) -> Measured:
    """The statistics of a process within the person's reach. Of a log that says what it said a moment ago nothing is
    reckoned again."""
    process = process_named(name)
    moment = at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % FRESH
    log = log_of(person, process.name, span, division=division, at=at)
    clock = _clock(calendar(None, at))
    asked = (process, span, moment)
    for before in tuple(_reckoned):
        if (before.process, before.span, before.at) == asked and before.clock is clock and before.log == log:
            return replace(before, names=_names(before.bodies))
    found = _measured(process, span, moment, log, clock)
    _reckoned[:] = [found, *_reckoned[: KEPT - 1]]
    return found


def _clock(known: WorkingCalendar) -> WorkingTime:
    """The clock of a calendar; it remembers moments, so there is one as long as the calendar is the same."""
    if not _clocks or _clocks[0].calendar is not known:
        _clocks[:] = [WorkingTime(known)]
    return _clocks[0]


def _measured(process: Process, span: Span, moment: datetime, log: Log, clock: WorkingTime) -> Measured:
    bodies = step_lines(log.courses, clock, moment, by_body=True)
    return Measured(
        process=process,
        span=span,
        at=moment,
        log=log,
        found=statistics(log.courses, clock, moment),
        bodies=bodies,
        expected=_expected(log, clock, moment),
        names=_names(bodies),
        clock=clock,
    )


def _names(lines: Sequence[StepLine]) -> dict[str, str]:
    codes = {line.body for line in lines} - {"", APPLICANT}
    return {**body_titles(codes), APPLICANT: "申请人", "": "（未指定单位）"}


def _expected(log: Log, clock: WorkingTime, at: datetime) -> tuple[Expected, ...]:
    history = History(log.courses, clock)
    by_law = {item.case: item for item in forecast(log.courses, clock, at, history=history)}
    by_promise = {item.case: item for item in forecast(log.courses, clock, at, promised=True, history=history)}
    found = []
    for number in {**by_law, **by_promise}:
        both = by_law.get(number), by_promise.get(number)
        told = next(item for item in both if item is not None)
        found.append(Expected(log.cases[number], *both, history.ahead(told)))
    return tuple(sorted(found, key=lambda item: item.worst.urgency))
