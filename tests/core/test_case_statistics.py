"""Statistics of cases against logs whose durations can be read off by hand, and by their laws."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.calendars import SHANGHAI, WorkingCalendar
from shishi.core.case_statistics import (
    HALF,
    NINE_TENTHS,
    Course,
    Leg,
    Rework,
    quantile,
    spread,
    statistics,
    step_lines,
)
from shishi.core.working_time import WorkingTime

CLOCK = WorkingTime(WorkingCalendar())
HOUR = 3600
DAY = 9 * HOUR
MONDAY = datetime(2021, 9, 6, 8, 30, tzinfo=SHANGHAI)
NOW = datetime(2021, 9, 17, 17, 30, tzinfo=SHANGHAI)


def after(hours: int) -> datetime:
    """So many working hours after Monday morning."""
    return CLOCK.after(MONDAY, hours * HOUR) if hours else MONDAY


def course(case: str, *steps: tuple[str, int, int], ended: bool = True, **more: object) -> Course:
    """Steps as (code, from hour, to hour)."""
    legs = tuple(Leg(step, "b1", after(a), after(a), after(b)) for step, a, b in steps)
    closed = max((leg.closed for leg in legs if leg.closed), default=None) if ended else None
    return Course(case, MONDAY, legs, closed, **more)  # type: ignore[arg-type]  # named as the fields are


STEPS = some.sampled_from(["accept", "check", "decide", "hand_out"])
HOURS = some.integers(0, 60)


@some.composite
def courses(draw: some.DrawFn) -> Course:
    legs = []
    for step in draw(some.lists(STEPS, max_size=6)):
        opened = draw(HOURS)
        closed = draw(some.one_of(some.none(), some.integers(opened, 80)))
        taken = draw(some.one_of(some.none(), some.integers(opened, closed if closed is not None else 80)))
        body = draw(some.sampled_from(["b1", "b2"]))
        times = [after(hours) if hours is not None else None for hours in (taken, closed)]
        legs.append(Leg(step, body, after(opened), *times))
    ended = draw(some.booleans()) and all(leg.closed for leg in legs)
    pauses = [(after(a), after(a + b)) for a, b in draw(some.lists(some.tuples(HOURS, HOURS), max_size=2))]
    rework = tuple(draw(some.lists(some.sampled_from(Rework), max_size=3)))
    number = str(draw(some.integers(0, 10**9)))
    last = max((leg.closed for leg in legs if leg.closed), default=MONDAY)
    return Course(number, MONDAY, tuple(legs), last if ended else None, tuple(pauses), rework=rework)


LOGS = some.lists(courses(), max_size=12, unique_by=lambda item: item.case)


def test_durations_are_working_time_without_what_paused_the_case() -> None:
    paused = course("1", ("check", 0, 20), pauses=((after(4), after(14)),))
    found = statistics([paused], CLOCK, NOW)
    assert found.whole is not None
    assert found.calendar is not None
    assert (found.whole.median, found.calendar.median) == (10 * HOUR, 20 * HOUR)
    assert found.steps[0].whole is not None
    assert found.steps[0].whole.median == 10 * HOUR


def test_a_weekend_between_two_days_is_not_work() -> None:
    friday = datetime(2021, 9, 10, 16, 30, tzinfo=SHANGHAI)
    monday = datetime(2021, 9, 13, 9, 30, tzinfo=SHANGHAI)
    found = statistics([Course("1", friday, (Leg("check", "b1", friday, None, monday),), monday)], CLOCK, NOW)
    assert found.whole is not None
    assert found.whole.total == 2 * HOUR


def test_quantiles_are_values_that_were_measured() -> None:
    found = spread([5, 1, 9, 3, 7, 11, 2, 4, 6, 8])
    assert found is not None
    assert (found.median, found.p90, found.total) == (5, 9, 56)
    assert spread([]) is None


def test_waiting_and_working_are_told_apart_where_somebody_took_the_step() -> None:
    legs = (Leg("check", "b1", after(0), after(6), after(8)), Leg("check", "b1", after(0), None, after(40)))
    line = statistics([Course("1", MONDAY, legs, after(40))], CLOCK, NOW).steps[0]
    assert line.waited is not None
    assert line.worked is not None
    assert line.whole is not None
    assert (line.waited.total, line.worked.total, line.whole.count) == (6 * HOUR, 2 * HOUR, 2)
    assert line.waiting_share == Fraction(3, 4)


def test_time_lies_where_it_lies_also_in_what_is_not_finished() -> None:
    waiting = Course("2", MONDAY, (Leg("decide", "b2", after(0)),))
    found = statistics([course("1", ("check", 0, 9)), waiting], CLOCK, after(36))
    assert [(line.step, line.share, line.open) for line in found.bottlenecks] == [
        ("decide", Fraction(4, 5), 1),
        ("check", Fraction(1, 5), 0),
    ]
    assert found.bottlenecks[0].oldest == 36 * HOUR
    assert found.bottlenecks[0].whole is None


def test_paths_are_told_with_their_share_the_commonest_first() -> None:
    short = [course(f"s{n}", ("accept", 0, 1), ("decide", 1, 2)) for n in range(3)]
    long = course("l", ("accept", 0, 1), ("check", 1, 3), ("accept", 3, 4), ("decide", 4, 5))
    found = statistics([*short, long, course("open", ("accept", 0, 1), ended=False)], CLOCK, NOW)
    assert [(item.path, item.cases, item.share) for item in found.variants] == [
        (("accept", "decide"), 3, Fraction(3, 4)),
        (("accept", "check", "accept", "decide"), 1, Fraction(1, 4)),
    ]
    assert found.repeated == (("accept", 1),)


def test_what_opens_at_once_is_one_path_in_whatever_order_it_was_written() -> None:
    legs = [Leg("b", "b1", after(0), None, after(3)), Leg("a", "b1", after(0), None, after(5))]
    one = Course("1", MONDAY, tuple(legs), after(5))
    other = Course("2", MONDAY, tuple(reversed(legs)), after(5))
    assert [item.path for item in statistics([one, other], CLOCK, NOW).variants] == [("a", "b")]


def test_work_done_again_is_counted_by_case_and_by_time() -> None:
    again = course("1", ("check", 0, 1), rework=(Rework.SUPPLEMENTED, Rework.SUPPLEMENTED, Rework.RETURNED))
    found = statistics([again, course("2", ("check", 0, 1))], CLOCK, NOW)
    assert [(item.kind, item.cases, item.times, item.share) for item in found.rework] == [
        (Rework.RETURNED, 1, 1, HALF),
        (Rework.SUPPLEMENTED, 1, 2, HALF),
        (Rework.REOPENED, 0, 0, Fraction(0)),
    ]


def test_law_and_promise_are_kept_apart() -> None:
    kept = course("1", ("check", 0, 9), due=after(20), promised=after(9))
    broken = course("2", ("check", 0, 10), due=after(20), promised=after(9))
    free = course("3", ("check", 0, 10))
    found = statistics([kept, broken, free], CLOCK, NOW)
    assert (found.in_law, found.in_promise) == ((2, 2), (1, 2))


def test_a_step_beyond_its_own_limit_is_late_also_while_it_is_open() -> None:
    legs = (
        Leg("check", "b1", after(0), None, after(5), due=after(5)),
        Leg("check", "b1", after(0), None, after(6), due=after(5)),
        Leg("check", "b1", after(0), None, None, due=after(5)),
        Leg("check", "b1", after(0), None, after(90)),
    )
    line = statistics([Course("1", MONDAY, legs)], CLOCK, after(6)).steps[0]
    assert (line.late, line.limited) == (2, 3)


def test_nothing_is_told_of_nothing() -> None:
    found = statistics([], CLOCK, NOW)
    assert (found.cases, found.whole, found.steps, found.variants, found.bottlenecks) == (0, None, (), (), ())


@given(LOGS, some.randoms(use_true_random=False))
def test_order_makes_no_difference(log: list[Course], chance: random.Random) -> None:
    shuffled = [
        Course(
            item.case,
            item.opened,
            tuple(chance.sample(item.legs, len(item.legs))),
            item.closed,
            tuple(chance.sample(item.pauses, len(item.pauses))),
            rework=item.rework,
        )
        for item in log
    ]
    chance.shuffle(shuffled)
    assert statistics(shuffled, CLOCK, after(80)) == statistics(log, CLOCK, after(80))


@given(LOGS)
def test_shares_close(log: list[Course]) -> None:
    found = statistics(log, CLOCK, after(80))
    assert sum((line.share for line in found.steps), Fraction(0)) == (1 if any(x.lain for x in found.steps) else 0)
    assert sum((item.share for item in found.variants), Fraction(0)) == (1 if found.variants else 0)
    assert sum(item.cases for item in found.variants) == found.ended == found.cases - found.open
    assert sum(line.entered for line in found.steps) == sum(len(item.legs) for item in log)


@given(LOGS)
def test_bodies_are_the_parts_of_a_step(log: list[Course]) -> None:
    whole = {line.step: line for line in step_lines(log, CLOCK, after(80))}
    parts = step_lines(log, CLOCK, after(80), by_body=True)
    for step, line in whole.items():
        mine = [part for part in parts if part.step == step]
        assert sum(part.lain for part in mine) == line.lain
        assert (sum(part.entered for part in mine), sum(part.open for part in mine)) == (line.entered, line.open)
        assert max(part.oldest for part in mine) == line.oldest


@given(LOGS)
def test_what_was_waited_and_worked_is_what_the_taken_legs_took(log: list[Course]) -> None:
    for line in step_lines(log, CLOCK, after(80)):
        if line.waited and line.worked and line.whole:
            assert line.waited.count == line.worked.count <= line.whole.count
            assert line.waited.total + line.worked.total <= line.whole.total


@given(some.lists(some.integers(0, 10**6), min_size=1))
def test_so_many_do_not_exceed_a_quantile_and_not_fewer(values: list[int]) -> None:
    ordered = sorted(values)
    for part in (HALF, NINE_TENTHS):
        found = quantile(ordered, part)
        assert sum(value <= found for value in values) >= part * len(values)
        assert sum(value < found for value in values) < part * len(values)
        assert found in values


def test_a_moment_is_never_before_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leg opened after ``at`` (a clock set back) lies no time at all instead of less than none."""
    ahead = Course("1", MONDAY, (Leg("check", "b1", after(20)),))
    assert statistics([ahead], CLOCK, MONDAY + timedelta(hours=1)).steps[0].lain == 0
