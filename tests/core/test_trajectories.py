"""Trajectories: what should be there by a day, and how far a value is behind, in points and in days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.core.indicators import Direction, Shape, Trajectory, TrajectoryPoint
from shishi.core.trajectories import behind_days, behind_points, expected


def plan(shape: Shape, *points: tuple[str, str], start: str = "0") -> Trajectory:
    made = tuple(TrajectoryPoint(date.fromisoformat(day), Decimal(share)) for day, share in points)
    return Trajectory("issued", 1, shape, made, Decimal(start))


YEAR = plan(Shape.LINEAR, ("2021-01-01", "0"), ("2021-01-11", "0.5"), ("2021-01-31", "1"))
STEPS = plan(Shape.STEPPED, ("2021-03-31", "0.3"), ("2021-06-30", "0.6"), ("2021-12-31", "1"))
TARGET = Decimal(1000)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        ("2020-12-31", "0"),
        ("2021-01-01", "0"),
        ("2021-01-02", "50"),
        ("2021-01-11", "500"),
        ("2021-01-12", "525"),
        ("2021-01-31", "1000"),
        ("2021-06-01", "1000"),
    ],
)
def test_a_linear_trajectory_runs_straight_between_its_points(day: str, value: str) -> None:
    assert expected(YEAR, TARGET, date.fromisoformat(day)) == Decimal(value)


@pytest.mark.parametrize("shape", [Shape.STEPPED, Shape.MILESTONE])
@pytest.mark.parametrize(
    ("day", "value"), [("2021-03-30", "0"), ("2021-03-31", "300"), ("2021-06-29", "300"), ("2021-12-31", "1000")]
)
def test_a_step_is_held_until_the_next_named_day(shape: Shape, day: str, value: str) -> None:
    stepped = Trajectory("issued", 1, shape, STEPS.points)
    assert expected(stepped, TARGET, date.fromisoformat(day)) == Decimal(value)


def test_points_are_percent_of_the_way_from_start_to_target() -> None:
    way = plan(Shape.LINEAR, ("2021-01-01", "0"), ("2021-01-11", "1"), start="200")
    day = date(2021, 1, 6)
    assert expected(way, Decimal(600), day) == 400
    assert behind_points(way, Decimal(600), Decimal(300), day) == 25
    assert behind_points(way, Decimal(600), Decimal(420), day) == -5
    assert behind_days(way, Decimal(600), Decimal(320), day) == 2
    assert behind_days(way, Decimal(600), Decimal(480), day) == -2


def test_a_figure_that_should_go_down_is_mirrored() -> None:
    way = plan(Shape.LINEAR, ("2021-01-01", "0"), ("2021-01-11", "1"), start="1000")
    day, down = date(2021, 1, 6), Direction.DOWN
    assert expected(way, Decimal(0), day, down) == 500
    assert behind_points(way, Decimal(0), Decimal(700), day, down) == 20
    assert behind_days(way, Decimal(0), Decimal(700), day, down) == 2
    assert behind_points(way, Decimal(0), Decimal(400), day, down) == -10
    assert behind_days(way, Decimal(0), Decimal(400), day, down) == -1


def test_a_figure_to_be_held_is_short_of_its_target_and_has_no_days() -> None:
    day, hold = date(2021, 1, 6), Direction.HOLD
    assert expected(YEAR, Decimal(98), day, hold) == 98
    assert expected(None, Decimal(98), day, hold) == 98
    assert behind_points(None, Decimal(98), Decimal("93.1"), day, hold) == 5
    assert behind_points(None, Decimal(0), Decimal(1), day, hold) is None
    assert behind_days(YEAR, Decimal(98), Decimal(97), day, hold) is None


def test_without_a_trajectory_nothing_is_expected_and_nobody_is_behind() -> None:
    day = date(2021, 1, 6)
    assert expected(None, TARGET, day) is None
    assert behind_points(None, TARGET, Decimal(1), day) is None
    assert behind_days(None, TARGET, Decimal(1), day) is None


def test_where_start_is_target_there_is_no_way_to_be_behind_on() -> None:
    day = date(2021, 1, 6)
    assert behind_points(YEAR, Decimal(0), Decimal(3), day) is None
    assert behind_days(YEAR, Decimal(0), Decimal(3), day) is None


def test_the_day_after_a_missed_step_is_two_days_behind() -> None:
    assert behind_days(STEPS, TARGET, Decimal(599), date(2021, 6, 30)) == 1
    assert behind_days(STEPS, TARGET, Decimal(599), date(2021, 7, 1)) == 2
    assert behind_days(STEPS, TARGET, Decimal(600), date(2021, 7, 1)) == 0


def test_a_target_reached_early_is_ahead_by_the_days_that_are_left() -> None:
    assert behind_days(YEAR, TARGET, Decimal(1000), date(2021, 1, 21)) == -10
    assert behind_days(YEAR, TARGET, Decimal(1200), date(2021, 1, 21)) == -10
    assert behind_days(YEAR, TARGET, Decimal(1200), date(2021, 3, 1)) == 0


def test_expected_values_say_no_more_digits_than_they_have() -> None:
    thirds = plan(Shape.LINEAR, ("2021-01-01", "0"), ("2021-01-04", "1"))
    assert str(expected(thirds, Decimal(100), date(2021, 1, 2))) == "33.33"
    assert str(expected(thirds, Decimal(3000), date(2021, 1, 2))) == "1000"
    assert str(expected(thirds, Decimal(100), date(2021, 1, 2), scale=0)) == "33"


SHARES = st.lists(st.integers(0, 100), min_size=1, max_size=5).map(sorted)


@settings(derandomize=True, max_examples=200)
@given(SHARES, st.sampled_from(Shape), st.integers(-5, 60), st.integers(-50, 1200), st.booleans())
def test_points_and_days_never_contradict_each_other(
    shares: list[int], shape: Shape, on: int, value: int, downwards: bool
) -> None:
    first = date(2021, 1, 1)
    points = tuple(
        TrajectoryPoint(first + timedelta(days=10 * number), Decimal(share) / 100)
        for number, share in enumerate(shares)
    )
    start, target = (Decimal(1000), Decimal(0)) if downwards else (Decimal(0), Decimal(1000))
    way = Trajectory("issued", 1, shape, points, start)
    day, found = first + timedelta(days=on), Decimal(value)
    shortfall = behind_points(way, target, found, day, scale=9)
    days = behind_days(way, target, found, day)
    assert shortfall is not None
    assert days is not None
    if shortfall > 0:
        assert days > 0
    else:
        assert days <= 0
    if days < 0:
        assert shortfall < 0


@settings(derandomize=True, max_examples=100)
@given(SHARES, st.sampled_from(Shape))
def test_what_is_expected_never_falls(shares: list[int], shape: Shape) -> None:
    first = date(2021, 1, 1)
    points = tuple(
        TrajectoryPoint(first + timedelta(days=7 * number), Decimal(share) / 100) for number, share in enumerate(shares)
    )
    way = Trajectory("issued", 1, shape, points)
    values = [expected(way, TARGET, first + timedelta(days=day)) for day in range(-3, 40)]
    assert values == sorted(value for value in values if value is not None)
