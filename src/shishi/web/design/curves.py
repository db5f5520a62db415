"""Curves for the screen: an indicator's course turned into the points of a drawing. Lengths are units of its view box.

The promised line is drawn first, the real one over it; below the real line what is reported is pale, what is evidenced
darker, what is verified solid; hatched, right under the line, is the share of units whose report is owed. The days
shown are those reported and half as many again on either side, so that eight days of a two-year promise can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from shishi.apps.indicators.overview import Course, CoursePoint
from shishi.core.assurance import Basis

Spot = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Box:
    """The size of a drawing and the margins that its words need. What is not ``grounded`` shows only the range that its
    values have, for a line that is to be seen rather than measured."""

    width: int
    height: int
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    grounded: bool = True


WIDE = Box(720, 264, left=8, right=16, top=34, bottom=30)
SMALL = Box(132, 30, left=3, right=4, top=5, bottom=5, grounded=False)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis; every second one is ``minor`` and left out where space is narrow."""

    x: str
    label: str
    anchor: str
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
    goal: str
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
    promised = [(frame.x(day), frame.y(value)) for day, value in frame.promised]
    end = real[-1] if real else None
    late = end is not None and end[0] > Decimal(box.width) / 2
    return Drawing(
        box=box,
        promised=_points(promised),
        real=_points(real),
        areas=tuple((basis.value, frame.area(known, basis)) for basis in Basis if frame.area(known, basis)),
        owed=tuple(frame.below(before, after) for before, after in pairwise(known) if after.owed),
        end=(_n(end[0]), _n(end[1])) if end else None,
        end_label_x=_n(end[0] + (-8 if late else 8)) if end else "0",
        end_label_y=_n(_free(end, promised)) if end else "0",
        end_anchor="end" if late else "start",
        goal=_n(frame.y(course.promised[-1][1])) if promised else "",
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
        self.first, self.last = _window(course)
        self.promised = _cut(course.promised, self.first, self.last)
        reported = [point.truths[Basis.REPORTED] for point in course.real]
        pieces = course.promised if box.grounded else self.promised
        values = [value for _, value in pieces] + [value for value in reported if value is not None]
        self.lowest = Decimal(0) if box.grounded else min(values, default=Decimal(0))
        self.range = max(values, default=Decimal(0)) - self.lowest
        self.span = max((self.last - self.first).days, 1)

    def x(self, day: date) -> Decimal:
        length = self.box.width - self.box.left - self.box.right
        return self.box.left + Decimal(length * (day - self.first).days) / self.span

    def y(self, value: Decimal) -> Decimal:
        height = self.box.height - self.box.top - self.box.bottom
        level = (value - self.lowest) / self.range if self.range else Decimal(0 if self.box.grounded else "0.5")
        return self.box.height - self.box.bottom - height * min(max(level, Decimal(0)), Decimal(1))

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
        """What hangs under the line from one day to the next: as deep as the share of units that owe their report."""
        ground = Decimal(self.box.height - self.box.bottom)
        start, end = self.spot(before, Basis.REPORTED), self.spot(after, Basis.REPORTED)
        depths = [max((ground - spot[1]) * after.owed, Decimal(5)) for spot in (start, end)]
        return _points([start, end, (end[0], end[1] + depths[1]), (start[0], start[1] + depths[0])])

    def ticks(self) -> tuple[Tick, ...]:
        """Months of a long drawing, days of a short one, about eight of them."""
        if self.span > 100:
            days = [
                date(year, month, 1) for year in range(self.first.year, self.last.year + 1) for month in range(1, 13)
            ]
            shown = [day for day in days if self.first <= day <= self.last]
        else:
            step = -(-self.span // 8)
            shown = [self.first + timedelta(days=past) for past in range(step, self.span + 1, step)]
        step = -(-len(shown) // 12) or 1
        return tuple(self._tick(day, bool(place % 2)) for place, day in enumerate(shown[::step]))

    def _tick(self, day: date, minor: bool) -> Tick:
        x = self.x(day)
        anchor = "start" if x < 24 else "end" if x > self.box.width - 24 else "middle"
        return Tick(_n(x), _label(day), anchor, minor)


def _window(course: Course) -> tuple[date, date]:
    """First and last day of the drawing."""
    real = [point.day for point in course.real]
    margin = timedelta(days=max((real[-1] - real[0]).days // 2, 7))
    if not course.promised:
        return real[0], real[-1]
    first, last = course.promised[0][0], course.promised[-1][0]
    return min(max(first, real[0] - margin), real[0]), max(min(last, real[-1] + margin), real[-1])


def _cut(pieces: Sequence[tuple[date, Decimal]], first: date, last: date) -> list[tuple[date, Decimal]]:
    """The part of straight pieces that lies between two days."""
    cut: list[tuple[date, Decimal]] = []
    for (start, low), (end, high) in pairwise(pieces):
        if end < first or start > last:
            continue
        for day in (max(start, first), min(end, last)):
            value = low + (high - low) * (day - start).days / (end - start).days if end > start else low
            cut.append((day, high if end == start and cut and cut[-1] == (day, low) else value))
    return list(dict.fromkeys(cut))


def _label(day: date) -> str:
    return (
        f"{day.year}年"
        if (day.month, day.day) == (1, 1)
        else f"{day.month}月"
        if day.day == 1
        else f"{day.month}月{day.day}日"
    )


def _points(spots: Sequence[Spot]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in spots) if len(spots) > 1 else ""


def _n(number: Decimal) -> str:
    return f"{number:.1f}"
