from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.calendars import SHANGHAI, OfficeHours, WorkingCalendar, day_of, moment_of

CALENDAR = WorkingCalendar()


def test_a_working_weekend_is_worked_and_a_holiday_is_not() -> None:
    assert not CALENDAR.is_working(date(2021, 10, 1))
    assert not CALENDAR.is_working(date(2021, 10, 7))
    assert CALENDAR.is_working(date(2021, 9, 26))  # Sunday, worked for the National Day week
    assert CALENDAR.is_working(date(2021, 10, 9))  # Saturday, likewise
    assert not CALENDAR.is_working(date(2021, 10, 10))


def test_a_pack_day_stands_above_the_list() -> None:
    local = WorkingCalendar({date(2021, 9, 30): False, date(2021, 10, 1): True})
    assert not local.is_working(date(2021, 9, 30))
    assert local.is_working(date(2021, 10, 1))


def test_a_deadline_skips_the_start_day_and_the_holidays_and_ends_at_closing_time() -> None:
    deadline = CALENDAR.deadline(date(2021, 9, 30), 3)
    assert deadline.day == date(2021, 10, 11)  # 8 October, Saturday 9 October, Monday 11 October
    assert deadline.moment == datetime(2021, 10, 11, 9, 30, tzinfo=UTC)
    assert not deadline.provisional


def test_a_deadline_that_reaches_an_unpublished_year_is_provisional() -> None:
    late = CALENDAR.deadline(date(2098, 12, 1), 5)
    assert late.provisional
    assert late.day == date(2098, 12, 8)
    assert not CALENDAR.deadline(date(2021, 12, 30), 5).provisional
    assert not WorkingCalendar(published=frozenset({2098})).deadline(date(2098, 12, 1), 5).provisional


def test_hours_that_nobody_told_say_so_and_end_deadlines_where_they_are_told() -> None:
    told = OfficeHours(time(9), time(17), "演示通知")
    assert CALENDAR.hours.told == "办公时间 08:30–17:30，清单没有写明，系统暂定"
    assert told.told == "办公时间 09:00–17:00，未核实"
    assert replace(told, verified=True).told == "办公时间 09:00–17:00"
    assert WorkingCalendar(hours=told).deadline(date(2021, 9, 30), 3).moment == datetime(2021, 10, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "other",
    [
        WorkingCalendar({date(2021, 9, 30): False}),
        WorkingCalendar(hours=OfficeHours(time(8), time(17, 30))),
        WorkingCalendar(published=frozenset({2098})),
    ],
)
def test_a_calendar_by_which_a_deadline_may_be_another_one_has_another_version(other: WorkingCalendar) -> None:
    assert other.version != CALENDAR.version == WorkingCalendar().version


@pytest.mark.parametrize("days", [0, -1])
def test_a_deadline_is_at_least_one_working_day_away(days: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        CALENDAR.deadline(date(2021, 9, 30), days)


@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_counting_working_days_is_the_opposite_of_a_deadline(start: date, days: int) -> None:
    deadline = CALENDAR.deadline(start, days)
    assert CALENDAR.is_working(deadline.day)
    assert deadline.day > start
    assert CALENDAR.working_days_between(start, deadline.day) == days
    assert CALENDAR.working_days_between(deadline.day, start) == -days


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.times())
def test_a_day_is_shanghais_whatever_the_clock_of_the_moment(day: date, hour: time) -> None:
    moment = moment_of(day, hour)
    assert moment.tzinfo is UTC
    assert day_of(moment) == day_of(moment.astimezone(SHANGHAI)) == day


def test_eight_hours_before_midnight_utc_the_next_day_has_begun() -> None:
    assert day_of(datetime(2021, 9, 29, 15, 59, tzinfo=UTC)) == date(2021, 9, 29)
    assert day_of(datetime(2021, 9, 29, 16, 0, tzinfo=UTC)) == date(2021, 9, 30)
    with pytest.raises(ValueError, match="zone"):
        day_of(datetime(2021, 9, 29, 16, 0))  # noqa: DTZ001 - the moment without a zone is the point
