"""Forecasts against logs whose answer can be counted by hand, and by their laws."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.calendars import SHANGHAI, WorkingCalendar
from shishi.core.case_forecasts import LEAST, MOST, History, Outlook, forecast
from shishi.core.case_statistics import Course, Leg
from shishi.core.working_time import WorkingTime

CLOCK = WorkingTime(WorkingCalendar())
HOUR = 3600
MONDAY = datetime(2021, 9, 6, 8, 30, tzinfo=SHANGHAI)


def after(hours: int) -> datetime:
    return CLOCK.after(MONDAY, hours * HOUR) if hours else MONDAY


def ended(case: str, check: int, decide: int) -> Course:
    """An ended case: so many hours in either step."""
    legs = (
        Leg("check", "b", MONDAY, None, after(check)),
        Leg("decide", "b", after(check), None, after(check + decide)),
    )
    return Course(case, MONDAY, legs, after(check + decide))


Pauses = tuple[tuple[datetime, datetime | None], ...]


def standing(step: str = "check", since: int = 0, due: int = 50, pauses: Pauses = ()) -> Course:
    return Course("now", MONDAY, (Leg(step, "b", after(since)),), due=after(due), pauses=pauses)


TEN = [ended(str(hours), hours, 5) for hours in range(10, 20)]
"""Ten ended cases that needed 15 to 24 hours in all."""


def test_it_counts_how_many_comparable_cases_needed_longer_than_is_left() -> None:
    found = History(TEN, CLOCK).prospect(standing(), MONDAY, after(22))
    assert (found.step, found.comparable, found.late, found.left) == ("check", 10, 2, 22 * HOUR)
    assert found.expected == 19 * HOUR
    assert found.outlook is Outlook.UNLIKELY


def test_only_cases_that_lay_there_longer_are_comparable() -> None:
    found = History(TEN, CLOCK).prospect(standing(), after(14), after(20))
    assert (found.comparable, found.late, found.lain) == (5, 4, 14 * HOUR)
    assert found.expected == 8 * HOUR


@pytest.mark.parametrize(
    ("due", "outlook"), [(40, Outlook.UNLIKELY), (20, Outlook.POSSIBLE), (14, Outlook.LIKELY), (0, Outlook.LIKELY)]
)
def test_the_outlook_is_as_sure_as_the_count_is(due: int, outlook: Outlook) -> None:
    assert History(TEN, CLOCK).prospect(standing(), MONDAY, after(due)).outlook is outlook


def test_too_few_cases_say_nothing() -> None:
    found = History(TEN[: LEAST - 1], CLOCK).prospect(standing(), MONDAY, after(5))
    assert (found.outlook, found.interval, found.expected) == (Outlook.UNKNOWN, None, None)
    assert found.comparable == LEAST - 1


def test_a_case_that_lay_longer_than_any_before_it_is_not_guessed_at() -> None:
    found = History(TEN, CLOCK).prospect(standing(due=90), after(60), after(90))
    assert (found.outlook, found.comparable) == (Outlook.UNKNOWN, 0)


def test_a_deadline_that_has_passed_is_no_forecast() -> None:
    assert History(TEN, CLOCK).prospect(standing(), after(12), after(11)).outlook is Outlook.OVER
    assert History([], CLOCK).prospect(standing(), after(12), after(11)).outlook is Outlook.OVER


def test_what_pauses_the_case_does_not_make_it_lie_longer() -> None:
    paused = standing(pauses=((after(2), None),))
    assert History(TEN, CLOCK).prospect(paused, after(14), after(40)).lain == 2 * HOUR


def test_of_steps_beside_each_other_the_slowest_decides() -> None:
    both = Course("now", MONDAY, (Leg("check", "b", MONDAY), Leg("decide", "b", MONDAY)), due=after(10))
    found = History(TEN, CLOCK).prospect(both, MONDAY, after(10))
    assert (found.step, found.outlook) == ("check", Outlook.LIKELY)


def test_a_step_that_is_entered_again_is_held_against_its_like() -> None:
    again = Course("now", MONDAY, (Leg("check", "b", MONDAY, None, after(1)), Leg("check", "b", after(1))))
    found = History(TEN, CLOCK).prospect(again, after(1), after(40))
    assert (found.again, found.comparable, found.outlook) == (True, 0, Outlook.UNKNOWN)


def test_it_says_which_steps_are_still_ahead() -> None:
    history = History(TEN, CLOCK)
    ahead = history.ahead(history.prospect(standing(), MONDAY, after(22)))
    assert [(item.step, item.whole.median, item.whole.count) for item in ahead] == [("decide", 5 * HOUR, 10)]


def test_only_the_latest_of_very_many_are_asked() -> None:
    old = [ended(f"old{n}", 1, 1) for n in range(MOST)]
    new = [ended(f"new{n}", 30, 30) for n in range(MOST)]
    found = History([*new, *old], CLOCK).prospect(standing(due=40), MONDAY, after(40))
    assert (found.comparable, found.late) == (MOST, MOST)


def test_the_list_has_what_has_a_deadline_the_worst_first() -> None:
    cases = [
        Course("calm", MONDAY, (Leg("check", "b", MONDAY),), due=after(60)),
        Course("tight", MONDAY, (Leg("check", "b", MONDAY),), due=after(12), promised=after(5)),
        Course("free", MONDAY, (Leg("check", "b", MONDAY),)),
    ]
    assert [item.case for item in forecast([*TEN, *cases], CLOCK, MONDAY)] == ["tight", "calm"]
    assert [item.case for item in forecast([*TEN, *cases], CLOCK, MONDAY, promised=True)] == ["tight"]


LOGS = some.lists(some.tuples(some.integers(1, 40), some.integers(0, 40)), max_size=30)


@given(LOGS, some.integers(0, 60), some.integers(0, 60), some.integers(0, 60))
def test_less_time_is_never_safer(log: list[tuple[int, int]], now: int, a: int, b: int) -> None:
    history = History([ended(str(n), *hours) for n, hours in enumerate(log)], CLOCK)
    less, more = sorted((now + a, now + b))
    tight, wide = (history.prospect(standing(), after(now), after(due)) for due in (less, more))
    assert tight.comparable == wide.comparable
    assert tight.late >= wide.late
    assert tight.urgency <= wide.urgency


@given(LOGS, some.integers(0, 60), some.integers(0, 90))
def test_the_count_is_what_anybody_can_count(log: list[tuple[int, int]], now: int, due: int) -> None:
    found = History([ended(str(n), *hours) for n, hours in enumerate(log)], CLOCK)
    told = found.prospect(standing(), after(now), after(now + due))
    comparable = [check + decide for check, decide in log if check > now]
    assert told.comparable == len(comparable)
    assert told.late == sum(hours - now > due for hours in comparable)
    if told.interval is not None:
        assert told.interval.low <= told.interval.share <= told.interval.high
