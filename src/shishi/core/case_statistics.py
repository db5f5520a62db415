"""Statistics of cases 办件统计, from nothing but their event log: which step was open from when to when, and with whom.

Durations are working time, and what paused a case (补正, hearings, publicity) is not counted. Quantiles are values that
were measured (nearest rank: Hyndman & Fan 1996, definition 1). Nothing is told about persons, only about bodies:
cases are measured, people are not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from shishi.core.working_time import Span, WorkingTime

HALF = Fraction(1, 2)
NINE_TENTHS = Fraction(9, 10)


class Rework(StrEnum):
    """Why work was done again, as the thread of a case has it."""

    RETURNED = "returned"
    SUPPLEMENTED = "supplemented"
    REOPENED = "reopened"

    @property
    def label(self) -> str:
        """What officials call it."""
        return _REWORK[self]


_REWORK = {Rework.RETURNED: "退回更正", Rework.SUPPLEMENTED: "补正", Rework.REOPENED: "重新办理"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One step as one case went through it. ``body``: who answers for it; ``taken``: when somebody began to work on it;
    ``closed``: ``None`` while it is open; ``due``: its own limit. A step of many people (会签) is one leg."""

    step: str
    body: str
    opened: datetime
    taken: datetime | None = None
    closed: datetime | None = None
    outcome: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to one case. ``opened``: when its clock began; ``closed``: when it was decided; ``pauses``: when
    its clock stood, an end of ``None`` while it stands. ``due`` and ``promised`` are the ends of both clocks, with a
    pause that still lasts reckoned up to now. ``rework``: one for each time."""

    case: str
    opened: datetime
    legs: tuple[Leg, ...]
    closed: datetime | None = None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    due: datetime | None = None
    promised: datetime | None = None
    rework: tuple[Rework, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Its steps in the order in which they opened, each as often as it was entered."""
        return tuple(leg.step for leg in in_order(self.legs))

    def stood(self, at: datetime) -> tuple[Span, ...]:
        """When its clock stood, up to ``at``."""
        return tuple((start, end or at) for start, end in self.pauses)


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in working seconds: how many were measured, the middle one, the one that nine of ten do not exceed."""

    count: int
    median: int
    p90: int
    total: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step over all cases. ``body`` is empty where all bodies are told together. ``whole``: finished legs;
    ``waited`` and ``worked``: those of them that somebody took, before and after. ``lain``: working seconds that cases
    lay here, unfinished ones up to now, and ``share`` of that in all steps. ``late``: legs beyond the step's own
    limit, of ``limited`` that had one."""

    step: str
    body: str
    entered: int
    open: int
    oldest: int
    whole: Spread | None
    waited: Spread | None
    worked: Spread | None
    lain: int
    share: Fraction
    late: int
    limited: int

    @property
    def waiting_share(self) -> Fraction | None:
        """Of the time of legs that somebody took: the part before that. ``None`` where nobody took any."""
        if not self.waited or not self.worked:
            return None
        whole = self.waited.total + self.worked.total
        return Fraction(self.waited.total, whole) if whole else None


@dataclass(frozen=True, slots=True)
class Variant:
    """A path that ended cases took, and how many of them did."""

    path: tuple[str, ...]
    cases: int
    share: Fraction
    whole: Spread


@dataclass(frozen=True, slots=True)
class Reworked:
    """Work done again: in how many cases, and how often."""

    kind: Rework
    cases: int
    times: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything about a set of cases. ``whole`` leaves out what paused them, ``calendar`` does not; both of ended
    cases. ``repeated``: a step → how often a case entered it again."""

    cases: int
    open: int
    whole: Spread | None
    calendar: Spread | None
    in_law: tuple[int, int]
    """Ended cases within the legal limit, of those that had one."""
    in_promise: tuple[int, int]
    """The same for what was promised."""
    steps: tuple[StepLine, ...]
    variants: tuple[Variant, ...]
    rework: tuple[Reworked, ...]
    repeated: tuple[tuple[str, int], ...]

    @property
    def ended(self) -> int:
        """Cases that were decided."""
        return self.cases - self.open

    @property
    def bottlenecks(self) -> tuple[StepLine, ...]:
        """The steps, the one where cases lay longest in all first."""
        return tuple(sorted(self.steps, key=lambda line: (-line.lain, line.step)))


def statistics(courses: Iterable[Course], clock: WorkingTime, at: datetime) -> Statistics:
    """What the log says of these cases at ``at``. The order of cases and of their legs makes no difference."""
    known = list(courses)
    ended = [course for course in known if course.closed is not None]
    net = {course.case: _net(course, clock) for course in ended}
    return Statistics(
        cases=len(known),
        open=len(known) - len(ended),
        whole=spread(net.values()),
        calendar=spread(clock.between(course.opened, course.closed) for course in ended if course.closed),
        in_law=_within(ended, lambda course: course.due),
        in_promise=_within(ended, lambda course: course.promised),
        steps=step_lines(known, clock, at),
        variants=_variants(ended, net),
        rework=_rework(known),
        repeated=_repeated(known),
    )


def step_lines(
    courses: Iterable[Course], clock: WorkingTime, at: datetime, *, by_body: bool = False
) -> tuple[StepLine, ...]:
    """A line for each step, or for each step and body, in the order of their codes."""
    grouped: dict[tuple[str, str], list[_Lain]] = defaultdict(list)
    for course in courses:
        pauses = course.stood(at)
        for leg in course.legs:
            grouped[leg.step, leg.body if by_body else ""].append((leg, pauses, _lain(leg, pauses, clock, at)))
    lain = {key: sum(long for _leg, _pauses, long in legs) for key, legs in grouped.items()}
    whole = sum(lain.values())
    return tuple(
        _step_line(key, grouped[key], clock, at, Fraction(lain[key], whole) if whole else Fraction(0))
        for key in sorted(grouped)
    )


def spread(durations: Iterable[int]) -> Spread | None:
    """Middle and ninth tenth of what was measured; ``None`` for nothing."""
    found = sorted(durations)
    if not found:
        return None
    return Spread(len(found), quantile(found, HALF), quantile(found, NINE_TENTHS), sum(found))


def quantile(ordered: Sequence[int], part: Fraction) -> int:
    """The smallest measured value that so large a part of them does not exceed. ``ordered`` has at least one."""
    place = -(-part.numerator * len(ordered) // part.denominator)
    return ordered[max(place, 1) - 1]


def in_order(legs: Iterable[Leg]) -> list[Leg]:
    """Legs as they opened; what opened at once in the order of their codes."""
    return sorted(legs, key=lambda leg: (leg.opened, leg.step, leg.closed is None, leg.closed or leg.opened))


def _net(course: Course, clock: WorkingTime) -> int:
    end = course.closed or course.opened
    return clock.net(course.opened, end, course.stood(end))


def _lain(leg: Leg, pauses: Sequence[Span], clock: WorkingTime, at: datetime) -> int:
    return clock.net(leg.opened, max(leg.closed or at, leg.opened), pauses)


_Lain = tuple[Leg, tuple[Span, ...], int]
"""A leg, when the clock of its case stood, and for how long the case lay there."""


def _step_line(
    key: tuple[str, str], lain: Sequence[_Lain], clock: WorkingTime, at: datetime, share: Fraction
) -> StepLine:
    taken = [(clock.net(leg.opened, leg.taken, pauses), long) for leg, pauses, long in lain if leg.taken and leg.closed]
    standing = [long for leg, _pauses, long in lain if leg.closed is None]
    limited = [leg for leg, _pauses, _long in lain if leg.due is not None]
    return StepLine(
        step=key[0],
        body=key[1],
        entered=len(lain),
        open=len(standing),
        oldest=max(standing, default=0),
        whole=spread(long for leg, _pauses, long in lain if leg.closed is not None),
        waited=spread(waited for waited, _long in taken),
        worked=spread(long - waited for waited, long in taken),
        lain=sum(long for _leg, _pauses, long in lain),
        share=share,
        late=sum((leg.closed or at) > leg.due for leg in limited if leg.due),
        limited=len(limited),
    )


def _within(ended: Iterable[Course], limit: Callable[[Course], datetime | None]) -> tuple[int, int]:
    held: list[Any] = [(course.closed, limit(course)) for course in ended if limit(course) is not None]
    return sum(closed <= until for closed, until in held), len(held)


def _variants(ended: Sequence[Course], net: dict[str, int]) -> tuple[Variant, ...]:
    taken: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for course in ended:
        taken[course.path].append(net[course.case])
    found = []
    for path, durations in taken.items():
        whole = spread(durations)
        if whole is not None:
            found.append(Variant(path, len(durations), Fraction(len(durations), len(ended)), whole))
    return tuple(sorted(found, key=lambda item: (-item.cases, item.path)))


def _rework(courses: Sequence[Course]) -> tuple[Reworked, ...]:
    found = []
    for kind in Rework:
        times = [course.rework.count(kind) for course in courses]
        cases = sum(1 for many in times if many)
        found.append(Reworked(kind, cases, sum(times), Fraction(cases, len(courses)) if courses else Fraction(0)))
    return tuple(found)


def _repeated(courses: Iterable[Course]) -> tuple[tuple[str, int], ...]:
    """Steps that were entered again, most often first."""
    again: Counter[str] = Counter()
    for course in courses:
        for step, many in Counter(leg.step for leg in course.legs).items():
            again[step] += many - 1
    return tuple(sorted(((step, many) for step, many in again.items() if many), key=lambda item: (-item[1], item[0])))
