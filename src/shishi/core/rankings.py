"""Rankings 排名 of divisions by one figure: ties share a place, and who did not report has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shishi.core.indicators import Direction, Figure


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure with its place from 1. ``tied``: others have the same place."""

    figure: Figure
    place: int
    tied: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """``placed`` in order; ``silent``: figures never reported or carried from an earlier day, apart and without a
    place, in the order of their codes."""

    placed: tuple[Placed, ...]
    silent: tuple[Figure, ...]

    def place_of(self, division: str) -> Placed | None:
        """Where a division stands; ``None`` when it did not report."""
        return next((item for item in self.placed if item.figure.division == division), None)

    def number(self, division: str, *, placed: bool) -> Decimal | None:
        """The place of a division, or how many were ranked; ``None`` for a place that there is not."""
        found = self.place_of(division)
        if not placed:
            return Decimal(len(self.placed))
        return Decimal(found.place) if found else None


def rank(figures: Iterable[Figure]) -> Ranking:
    """Rank figures of one indicator, day and basis: by the shortfall from the trajectory where every reported one has
    such, the smallest first; else by value, in the indicator's direction. Equal is equal: 1, 2, 2, 4."""
    listed = sorted(figures, key=lambda item: item.division)
    reported = [item for item in listed if item.value is not None and item.carried_from is None]
    by_gap = all(item.behind_points is not None for item in reported)
    weighed = sorted((_weight(item, by_gap), position) for position, item in enumerate(reported))
    weights = [weight for weight, _ in weighed]
    placed = tuple(
        Placed(reported[position], weights.index(weight) + 1, weights.count(weight) > 1) for weight, position in weighed
    )
    return Ranking(placed, tuple(item for item in listed if item not in reported))


def _weight(figure: Figure, by_gap: bool) -> Decimal:
    """The smaller, the further ahead."""
    if by_gap and figure.behind_points is not None:
        return figure.behind_points
    value = figure.value or Decimal(0)
    return value if figure.indicator.direction is Direction.DOWN else -value
