"""Filling 填报用时: how long filling something in takes, where that can be known; a median, and nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Way(StrEnum):
    """How something was filled in, where it is known how long that took: a whole form of a page (our clock, from the
    page to its being taken), one cell of a grid (told by the browser, of a pause only half a minute), a
    form of a collecting app (its own account of when it was opened and finished). Of a workbook nothing is known: it
    is filled in on somebody's own machine."""

    FORM = "form"
    CELL = "cell"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Minutes:
    """What filling in took, measured: the median of so many times."""

    median: Decimal
    times: int
    way: Way = Way.FORM

    @property
    def seconds(self) -> int:
        """For what takes less than a minute."""
        return int((self.median * 60).to_integral_value(ROUND_HALF_UP))


ENOUGH = 5
"""Below so many fillings no minutes are told: they would be those of one person."""


def measured(seconds: Sequence[int], way: Way = Way.FORM) -> Minutes | None:
    """The median of some fillings in minutes, to the tenth (of cells to the thousandth: they take seconds); ``None`` of
    too few."""
    many, ordered = len(seconds), sorted(seconds)
    if many < ENOUGH:
        return None
    middle = Decimal(ordered[(many - 1) // 2] + ordered[many // 2]) / 2
    steps = Decimal("0.001") if way is Way.CELL else Decimal("0.1")
    return Minutes((middle / 60).quantize(steps, ROUND_HALF_UP), many, way)
