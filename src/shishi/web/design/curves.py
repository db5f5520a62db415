"""Curves for the screen: an indicator's course turned into the points of a drawing. Lengths are units of its view box.

The promised line is drawn first, the real one over it; below the real line what is reported is pale, what is evidenced
darker, what is verified solid; days whose report is owed are hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from shishi.apps.indicators.overview import Course, CoursePoint
from shishi.core.assurance import Basis

Spot = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Box:
    """The size of a drawing and the margins that its words need."""

    width: int
    height: int
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


WIDE = Box(720, 264, left=8, right=16, top=34, bottom=30)
SMALL = Box(120, 32, left=2, right=4, top=4, bottom=2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis; every second one is ``minor`` and left out where space is narrow."""

    x: str
    label: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Polylines and polygons as SVG writes their points; empty where there is nothing to draw."""

    box: Box
    promised: str
    real: str
    areas: tuple[tuple[str, str], ...]
    owed: tuple[str, ...]
    end: tuple[str, str] | None
    end_label_x: str
    end_label_y: str
    end_anchor: str
    goal: tuple[str, str] | None
    base: str
    ticks: tuple[Tick, ...]

    @property
    def empty(self) -> bool:
        """Whether not even two points of any line are there."""
        return not self.promised and not self.real

    @property
    def right(self) -> int:
        """Where the axis ends."""
        return self.box.width - self.box.right


def draw(course: Course, box: Box) -> Drawing:
    """The drawing of a course. Values grow upwards from 0; days stand in their true distances."""
    frame = _Frame(course, box)
    known = [point for point in course.real if point.truths[Basis.REPORTED] is not None]
    real = [frame.spot(point, Basis.REPORTED) for point in known]
    promised = [(frame.x(day), frame.y(value)) for day, value in course.promised]
    end = real[-1] if real else None
    late = end is not None and end[0] > Decimal(box.width) / 2
    return Drawing(
        box=box,
        promised=_points(promised),
        real=_points(real),
        areas=tuple((basis.value, frame.area(known, basis)) for basis in Basis if frame.area(known, basis)),
        owed=tuple(frame.below(before, after) for before, after in pairwise(known) if not after.reported),
        end=(_n(end[0]), _n(end[1])) if end else None,
        end_label_x=_n(end[0] + (-8 if late else 8)) if end else "0",
        end_label_y=_n(_free(end, promised)) if end else "0",
        end_anchor="end" if late else "start",
        goal=(_n(promised[-1][0]), _n(promised[-1][1])) if promised else None,
        base=_n(Decimal(box.height - box.bottom)),
        ticks=frame.ticks(),
    )


def _free(end: Spot, promised: Sequence[Spot]) -> Decimal:
    """Height for the words at the end: above the point when it stands over the promise, below it otherwise."""
    for (start, low), (stop, high) in pairwise(promised):
        if start <= end[0] <= stop and stop > start:
            line = low + (high - low) * (end[0] - start) / (stop - start)
            return end[1] - 12 if end[1] <= line else end[1] + 24
    return end[1] - 12


class _Frame:
    """Where days and values lie."""

    def __init__(self, course: Course, box: Box) -> None:
        self.box = box
        days = [day for day, _ in course.promised] + [point.day for point in course.real]
        self.first, self.last = min(days), max(days)
        reported = [point.truths[Basis.REPORTED] for point in course.real]
        values = [value for _, value in course.promised] + [value for value in reported if value is not None]
        self.highest = max(values, default=Decimal(0)) or Decimal(1)
        self.span = max((self.last - self.first).days, 1)

    def x(self, day: date) -> Decimal:
        length = self.box.width - self.box.left - self.box.right
        return self.box.left + Decimal(length * (day - self.first).days) / self.span

    def y(self, value: Decimal) -> Decimal:
        height = self.box.height - self.box.top - self.box.bottom
        return self.box.height - self.box.bottom - height * min(max(value / self.highest, Decimal(0)), Decimal(1))

    def spot(self, point: CoursePoint, basis: Basis) -> Spot:
        return self.x(point.day), self.y(point.truths[basis] or Decimal(0))

    def area(self, known: Sequence[CoursePoint], basis: Basis) -> str:
        """The surface under one truth; none where that truth is not kept."""
        if all(point.truths[basis] is None for point in known):
            return ""
        spots = [self.spot(point, basis) for point in known]
        ground = Decimal(self.box.height - self.box.bottom)
        return _points([(spots[0][0], ground), *spots, (spots[-1][0], ground)]) if len(spots) > 1 else ""

    def below(self, before: CoursePoint, after: CoursePoint) -> str:
        ground = Decimal(self.box.height - self.box.bottom)
        start, end = self.spot(before, Basis.REPORTED), self.spot(after, Basis.REPORTED)
        return _points([(start[0], ground), start, end, (end[0], ground)])

    def ticks(self) -> tuple[Tick, ...]:
        """The first of each month, at most twelve; the two ends when no month begins in between."""
        months = [
            date(year, month, 1)
            for year in range(self.first.year, self.last.year + 1)
            for month in range(1, 13)
            if self.first <= date(year, month, 1) <= self.last
        ]
        step = -(-len(months) // 12) or 1
        shown = months[::step] if len(months) > 1 else sorted({self.first, self.last})
        return tuple(Tick(_n(self.x(day)), _label(day), bool(place % 2)) for place, day in enumerate(shown))


def _label(day: date) -> str:
    if day.day != 1:
        return f"{day.month}月{day.day}日"
    return f"{day.year}年" if day.month == 1 else f"{day.month}月"


def _points(spots: Sequence[Spot]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in spots) if len(spots) > 1 else ""


def _n(number: Decimal) -> str:
    return f"{number:.1f}"
