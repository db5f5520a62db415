"""Trajectories 序时进度: what of the target should be there by a day, and how far a value is behind it.

All arithmetic is in fractions; only what is handed out is rounded, half-up.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from shishi.core.indicators import Direction, Shape, Trajectory, TrajectoryPoint
from shishi.core.printing import quotient


def expected(
    trajectory: Trajectory | None, target: Decimal, on: date, direction: Direction = Direction.UP, scale: int = 2
) -> Decimal | None:
    """What should be there on the day, in the target's unit: start + share of the way to the target. The target itself
    for *hold*; ``None`` without a trajectory. At most ``scale`` decimals, none that say nothing."""
    if direction is Direction.HOLD:
        return target
    if trajectory is None:
        return None
    start = Fraction(trajectory.start)
    return _decimal(start + _share(trajectory, on) * (Fraction(target) - start), scale)


def behind_points(
    trajectory: Trajectory | None,
    target: Decimal,
    value: Decimal,
    on: date,
    direction: Direction = Direction.UP,
    scale: int = 2,
) -> Decimal | None:
    """Shortfall from expected in percent of the way from start to target; negative is ahead. For *hold* the shortfall
    in percent of the target. ``None`` without a trajectory, or where there is no way to go (start = target)."""
    if direction is Direction.HOLD:
        return None if target == 0 else _decimal((1 - Fraction(value) / Fraction(target)) * 100, scale)
    if trajectory is None or trajectory.start == target:
        return None
    return _decimal((_share(trajectory, on) - _way(trajectory, target, value)) * 100, scale)


def behind_days(
    trajectory: Trajectory | None, target: Decimal, value: Decimal, on: date, direction: Direction = Direction.UP
) -> int | None:
    """Calendar days since the trajectory stood at this value: since the last day on which no more was expected. 0 when
    the value is what is expected, negative whole days when ahead, ``None`` for *hold* and without a trajectory."""
    if direction is Direction.HOLD or trajectory is None or not trajectory.points or trajectory.start == target:
        return None
    way, share = _way(trajectory, target, value), _share(trajectory, on)
    if way == share:
        return 0
    days = (on - _last_day_at(trajectory, way)).days
    return max(days, 1) if way < share else min(days, 0)


def course(trajectory: Trajectory, target: Decimal, scale: int = 2) -> tuple[tuple[date, Decimal], ...]:
    """The trajectory as straight pieces, oldest first, for drawing: a step is two values on one day."""
    way = Fraction(target) - Fraction(trajectory.start)
    pieces: list[tuple[date, Decimal]] = []
    for point in _points(trajectory):
        value = _decimal(Fraction(trajectory.start) + Fraction(point.share) * way, scale)
        if pieces and trajectory.shape is not Shape.LINEAR:
            pieces.append((point.day, pieces[-1][1]))
        pieces.append((point.day, value))
    return tuple(pieces)


def _way(trajectory: Trajectory, target: Decimal, value: Decimal) -> Fraction:
    """How much of the way is done: 0 at the start, 1 at the target. Mirrors by itself when the target lies below."""
    start = Fraction(trajectory.start)
    return (Fraction(value) - start) / (Fraction(target) - start)


def _share(trajectory: Trajectory, on: date) -> Fraction:
    """The share of the way that should be done on the day: 0 before the first point,
    the last point's share after it."""
    points = _points(trajectory)
    index = bisect_right(points, on, key=lambda point: point.day)
    if index == 0:
        return Fraction(0)
    before = points[index - 1]
    share = Fraction(before.share)
    if trajectory.shape is not Shape.LINEAR or index == len(points):
        return share
    after = points[index]
    return share + (Fraction(after.share) - share) * Fraction((on - before.day).days, (after.day - before.day).days)


def _last_day_at(trajectory: Trajectory, way: Fraction) -> date:
    """The last day whose share is at most ``way``: at least the day before the first
    point, at most the last point's."""
    points = _points(trajectory)
    first, last = points[0].day, points[-1].day
    days = range((last - first).days + 1)
    index = bisect_right(days, way, key=lambda day: _share(trajectory, first + timedelta(days=day)))
    return first + timedelta(days=index - 1)


def _points(trajectory: Trajectory) -> list[TrajectoryPoint]:
    return sorted(trajectory.points, key=lambda point: point.day)


def _decimal(exact: Fraction, scale: int) -> Decimal:
    kept = quotient(Decimal(exact.numerator), Decimal(exact.denominator), scale) or Decimal(0)
    plain = kept.normalize()
    return plain if plain.as_tuple().exponent in range(-scale, 1) else kept.quantize(Decimal(1))
