"""Working time against the calendar, hour by hour where that can be said by hand, by its laws everywhere else."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.calendars import SHANGHAI, OfficeHours, WorkingCalendar, day_of, moment_of
from shishi.core.working_time import WorkingTime

CLOCK = WorkingTime(WorkingCalendar())
DAY = 9 * 3600
START = datetime(2020, 1, 1, tzinfo=SHANGHAI)
MOMENTS = some.integers(0, 6 * 365 * 86400).map(lambda seconds: START + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("a", "b", "seconds"),
    [
        ("2021-09-29T09:00", "2021-09-29T10:30", 5400),
        ("2021-09-29T17:00", "2021-09-30T09:00", 3600),  # half an hour of either day
        ("2021-09-29T20:00", "2021-09-30T06:00", 0),  # a night
        ("2021-09-30T17:30", "2021-10-08T08:30", 0),  # the whole National Day holiday
        ("2021-09-25T00:00", "2021-09-27T00:00", DAY),  # Saturday rests, Sunday 26 September is worked 调休
        ("2021-09-27T00:00", "2021-10-01T00:00", 4 * DAY),
        ("2021-12-31T08:30", "2022-01-04T08:30", DAY),  # over the New Year's rest
    ],
)
def test_only_open_hours_of_working_days_count(a: str, b: str, seconds: int) -> None:
    assert CLOCK.between(at(a), at(b)) == seconds
    assert CLOCK.between(at(b), at(a)) == -seconds


def test_a_day_added_to_the_calendar_later_is_counted_as_it_then_stands() -> None:
    rest = WorkingTime(WorkingCalendar(overrides={date(2021, 9, 29): False}))
    assert rest.between(at("2021-09-28T08:30"), at("2021-09-30T08:30")) == DAY


def test_an_office_that_opens_after_it_closes_is_refused() -> None:
    with pytest.raises(ValueError, match="offices open"):
        WorkingTime(WorkingCalendar(hours=OfficeHours(time(17, 30), time(17, 30))))


@given(MOMENTS, MOMENTS, MOMENTS)
def test_spans_add_up(a: datetime, b: datetime, c: datetime) -> None:
    assert CLOCK.between(a, b) + CLOCK.between(b, c) == CLOCK.between(a, c)


@given(MOMENTS, some.integers(0, 60))
def test_so_many_working_days_from_closing_time_are_so_many_days_of_seconds(start: datetime, days: int) -> None:
    calendar = WorkingCalendar()
    closing = moment_of(day_of(start), calendar.closing)
    end = calendar.deadline(day_of(start), days).moment if days else closing
    assert CLOCK.between(closing, end) == days * DAY


@given(MOMENTS, some.integers(1, 40 * DAY))
def test_after_is_the_first_moment_by_which_so_much_has_passed(start: datetime, seconds: int) -> None:
    end = CLOCK.after(start, seconds)
    assert CLOCK.between(start, end) == seconds
    assert CLOCK.between(start, end - timedelta(seconds=1)) == seconds - 1


@given(MOMENTS, MOMENTS, some.lists(some.tuples(MOMENTS, MOMENTS).map(lambda two: (min(two), max(two))), max_size=4))
def test_pauses_are_left_out_once_however_they_overlap(
    a: datetime, b: datetime, pauses: list[tuple[datetime, datetime]]
) -> None:
    start, end = min(a, b), max(a, b)
    net = CLOCK.net(start, end, pauses)
    assert 0 <= net <= CLOCK.between(start, end)
    assert net == CLOCK.net(start, end, pauses + pauses)
    assert CLOCK.net(start, end, [*pauses, (start, end)]) == 0
