"""The table beside a drawing: what should have been there and what was, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from shishi.apps.indicators.overview import Course
from shishi.core.assurance import Basis


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the table; ``owed``: of the units that report, those that had not."""

    day: date
    expected: Decimal | None
    reported: Decimal | None
    evidenced: Decimal | None
    verified: Decimal | None
    owed: int


@dataclass(frozen=True, slots=True)
class Line:
    """``days`` that were reported, ``milestones`` of the trajectory that are still to come."""

    days: tuple[Day, ...] = ()
    milestones: tuple[tuple[date, Decimal], ...] = ()


def table_of(course: Course) -> Line:
    """The words of a drawing."""
    days = tuple(
        Day(
            day=point.day,
            expected=_expected(course.promised, point.day),
            reported=point.truths[Basis.REPORTED],
            evidenced=point.truths[Basis.EVIDENCED],
            verified=point.truths[Basis.VERIFIED],
            owed=point.reporting.due - point.reporting.received,
        )
        for point in course.real
    )
    last = days[-1].day if days else date.min
    coming = tuple(point for point in dict(course.promised).items() if point[0] > last)
    return Line(days, coming)


def _expected(pieces: Sequence[tuple[date, Decimal]], day: date) -> Decimal | None:
    """What the straight pieces say of a day; none before the first."""
    if not pieces or day < pieces[0][0]:
        return None
    if day >= pieces[-1][0]:
        return pieces[-1][1]
    found = [(start, stop) for start, stop in pairwise(pieces) if start[0] <= day < stop[0]]
    (first, low), (last, high) = found[-1]
    return low + (high - low) * (day - first).days / (last - first).days
