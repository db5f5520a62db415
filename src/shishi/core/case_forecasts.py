"""Forecasts of late cases 超期预测: an open case beside the ended ones that stood where it stands, for as long as it has.

No model is fitted. Comparable is an ended case that entered the same step (for the first time, or again), and lay there
longer than this one has lain so far; at most the five hundred that ended last. How many of those needed more working
time from there to the end than this case has left is counted, and the interval of that share (Wilson 1927, 90 %) says
how sure the count makes: *likely* when all of it is at least a half, *unlikely* when all of it is less, *open* between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from shishi.core.case_statistics import HALF, Course, Leg, Spread, in_order, quantile, spread
from shishi.core.estimates import Interval, wilson
from shishi.core.sampling import NORMAL
from shishi.core.working_time import WorkingTime

CONFIDENCE = Decimal("0.90")
LEAST = 5
"""Fewer comparable cases say nothing."""
MOST = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


class Outlook(StrEnum):
    """What is to be expected of an open case."""

    OVER = "over"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """What officials read."""
        return _OUTLOOKS[self]


_OUTLOOKS = {
    Outlook.OVER: "已超期",
    Outlook.LIKELY: "很可能超期",
    Outlook.POSSIBLE: "可能超期",
    Outlook.UNLIKELY: "多半按期",
    Outlook.UNKNOWN: "说不准",
}
_WORST_FIRST = list(Outlook)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One step that comparable cases still had before them."""

    step: str
    whole: Spread


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is to be expected of one open case. ``step``: where it stands (of several the slowest); ``lain``: working
    seconds it has lain there; ``left``: until its deadline, negative when that is over. Of ``comparable`` ended cases
    ``late`` would not have kept such a deadline. ``expected``: the working seconds that the middle one of them still
    needed. Without comparable cases ``interval`` and ``expected`` are ``None``."""

    case: str
    step: str
    again: bool
    lain: int
    left: int
    comparable: int
    late: int
    outlook: Outlook
    interval: Interval | None = None
    expected: int | None = None

    @property
    def urgency(self) -> tuple[int, Fraction, int, str]:
        """Worst first: by outlook, then by the share that was late, then by what is left."""
        share = Fraction(self.late, self.comparable) if self.comparable else Fraction(0)
        return (_WORST_FIRST.index(self.outlook), -share, self.left, self.case)


@dataclass(frozen=True, slots=True)
class _Stay:
    """One stay of an ended case in a step: how long, how long from its beginning to the end of the case, which steps
    came after it and how long each took."""

    ended: datetime
    case: str
    lain: int
    rest: int
    after: tuple[tuple[str, int], ...]


_Place = tuple[str, bool]
"""A step, and whether it was entered before."""


class History:
    """What ended cases of one process tell about open ones. Courses that are still open are passed over."""

    def __init__(self, courses: Iterable[Course], clock: WorkingTime) -> None:
        self.clock = clock
        stays: dict[_Place, list[_Stay]] = defaultdict(list)
        for course in courses:
            if course.closed is not None:
                for place, stay in _stays(course, course.closed, clock):
                    stays[place].append(stay)
        self._stays = {
            place: sorted(sorted(found, key=lambda stay: (stay.ended, stay.case))[-MOST:], key=lambda stay: stay.lain)
            for place, found in stays.items()
        }

    def prospect(self, course: Course, at: datetime, deadline: datetime) -> Prospect:
        """What is to be expected of an open case by this deadline of its."""
        left = self.clock.between(at, deadline)
        standing = [
            self._from(course, leg, again, left, at) for leg, again in _placed(course.legs) if leg.closed is None
        ]
        known = [item for item in standing if item.outlook is not Outlook.UNKNOWN] or standing
        if not known:
            over = Outlook.OVER if at > deadline else Outlook.UNKNOWN
            return Prospect(course.case, "", False, 0, left, 0, 0, over)
        worst = min(known, key=lambda item: (item.urgency, item.step))
        return _over(worst) if at > deadline else worst

    def ahead(self, prospect: Prospect) -> tuple[Ahead, ...]:
        """The steps that most of the comparable cases took after this one, each with its durations; in their order."""
        comparable = self._comparable((prospect.step, prospect.again), prospect.lain)
        ways: dict[tuple[str, ...], list[_Stay]] = defaultdict(list)
        for stay in comparable:
            ways[tuple(step for step, _long in stay.after)].append(stay)
        if not ways:
            return ()
        way = min(ways, key=lambda steps: (-len(ways[steps]), steps))
        found = []
        for place, step in enumerate(way):
            whole = spread(stay.after[place][1] for stay in ways[way])
            if whole is not None:
                found.append(Ahead(step, whole))
        return tuple(found)

    def _from(self, course: Course, leg: Leg, again: bool, left: int, at: datetime) -> Prospect:
        lain = self.clock.net(leg.opened, max(at, leg.opened), course.stood(at))
        comparable = self._comparable((leg.step, again), lain)
        rests = sorted(stay.rest - lain for stay in comparable)
        late = len(rests) - bisect_right(rests, left)
        told = (course.case, leg.step, again, lain, left, len(rests), late)
        if len(rests) < LEAST:
            return Prospect(*told, Outlook.UNKNOWN)
        share = wilson(Fraction(late, len(rests)), Fraction(len(rests)), NORMAL[CONFIDENCE])
        return Prospect(*told, _outlook(share), share, quantile(rests, HALF))

    def _comparable(self, place: _Place, lain: int) -> Sequence[_Stay]:
        found = self._stays.get(place, [])
        return found[bisect_right(found, lain, key=lambda stay: stay.lain) :]


def forecast(
    courses: Iterable[Course],
    clock: WorkingTime,
    at: datetime,
    *,
    promised: bool = False,
    history: History | None = None,
) -> tuple[Prospect, ...]:
    """Every open case that has a deadline (the legal one, or with ``promised`` the promise), the worst first.
    ``history``: of these courses by this clock, where it is known already."""
    known = list(courses)
    history = history or History(known, clock)
    found = []
    for course in known:
        deadline = course.promised if promised else course.due
        if course.closed is None and deadline is not None:
            found.append(history.prospect(course, at, deadline))
    return tuple(sorted(found, key=lambda item: item.urgency))


def _outlook(share: Interval) -> Outlook:
    if share.low >= HALF:
        return Outlook.LIKELY
    return Outlook.UNLIKELY if share.high < HALF else Outlook.POSSIBLE


def _over(found: Prospect) -> Prospect:
    """The same of a case whose deadline has passed: nothing is left to foretell."""
    told = (found.case, found.step, found.again, found.lain, found.left, found.comparable, found.comparable)
    return Prospect(*told, Outlook.OVER, None, found.expected)


def _placed(legs: Iterable[Leg]) -> list[tuple[Leg, bool]]:
    """Legs in order, each with whether its step was entered before."""
    entered: Counter[str] = Counter()
    found = []
    for leg in in_order(legs):
        found.append((leg, entered[leg.step] > 0))
        entered[leg.step] += 1
    return found


def _stays(course: Course, ended: datetime, clock: WorkingTime) -> Iterable[tuple[_Place, _Stay]]:
    """Of each step the first stay, and the first one again: a case counts once for each."""
    placed = [(leg, again) for leg, again in _placed(course.legs) if leg.closed is not None]
    pauses = course.stood(ended)
    long = [clock.net(leg.opened, leg.closed or ended, pauses) for leg, _again in placed]
    seen: set[_Place] = set()
    for number, (leg, again) in enumerate(placed):
        if (leg.step, again) not in seen:
            seen.add((leg.step, again))
            after = tuple((later.step, long[at]) for at, (later, _) in enumerate(placed) if at > number)
            rest = clock.net(leg.opened, max(ended, leg.opened), pauses)
            yield (leg.step, again), _Stay(ended, course.case, long[number], rest, after)
