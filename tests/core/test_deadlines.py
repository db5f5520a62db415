"""Deadlines say how they were counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.calendars import WorkingCalendar
from shishi.core.deadlines import left_text, limit_of, reckon, working_days_left

CALENDAR = WorkingCalendar()


def test_a_deadline_over_the_national_holiday_says_what_was_left_out() -> None:
    found = reckon(CALENDAR, date(2021, 9, 30), 3)
    assert found.deadline.day == date(2021, 10, 11)
    assert found.sentence == (
        "2021年9月30日当日不计，自次日起算3个工作日；10月1日至7日、10月10日休息，不计入；"
        "10月9日（周六）调休上班，计入；至2021年10月11日17:30下班时届满。"
    )


def test_a_deadline_without_rest_days_tells_of_none() -> None:
    assert reckon(CALENDAR, date(2021, 10, 11), 2).sentence == (
        "2021年10月11日当日不计，自次日起算2个工作日；至2021年10月13日17:30下班时届满。"
    )


def test_rest_over_the_end_of_a_month_is_told_with_both_months() -> None:
    assert "4月30日至5月4日休息" in reckon(WorkingCalendar(), date(2022, 4, 29), 1).sentence


def test_a_year_without_published_holidays_is_said_to_be_provisional() -> None:
    assert reckon(CALENDAR, date(2098, 1, 1), 2).sentence.endswith("公布后重新核定。")


@given(st.dates(date(2020, 1, 1), date(2024, 12, 1)), st.integers(1, 60))
def test_rest_and_work_make_up_all_the_days(start: date, days: int) -> None:
    found = reckon(CALENDAR, start, days)
    between = (found.deadline.day - start).days
    assert between - len(found.rest) == days
    assert not set(found.rest) & set(found.moved)
    assert found.deadline.day not in found.rest


def test_what_is_left_is_told_in_working_days() -> None:
    deadline = datetime(2021, 10, 11, 9, 30, tzinfo=UTC)
    told = {
        datetime(2021, 9, 30, 2, tzinfo=UTC): "还有3个工作日",
        datetime(2021, 10, 9, 2, tzinfo=UTC): "还有1个工作日",
        datetime(2021, 10, 11, 2, tzinfo=UTC): "今天17:30到期",
        datetime(2021, 10, 11, 10, tzinfo=UTC): "已逾期1个工作日",
        datetime(2021, 10, 13, 2, tzinfo=UTC): "已逾期2个工作日",
    }
    assert {at: left_text(CALENDAR, deadline, at) for at in told} == told


@given(st.integers(-40, 40))
def test_late_is_negative_and_nothing_else_is(hours: int) -> None:
    deadline = datetime(2021, 9, 29, 9, 30, tzinfo=UTC)
    at = deadline + timedelta(hours=hours)
    assert (working_days_left(CALENDAR, deadline, at) < 0) is (at > deadline)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021年10月15日前", date(2021, 10, 15)),
        ("2021/10/15", date(2021, 10, 15)),
        ("２０２１－１０－１５之前完成", date(2021, 10, 15)),
        ("交办后10个工作日内", 10),
        ("自交办之日起5个工作日内办结", 5),
        ("250工作日", 250),
        ("251个工作日", None),
        ("0个工作日", None),
        ("10月15日前", None),
        ("年底前", None),
        ("立行立改", None),
        ("", None),
    ],
)
def test_a_limit_is_a_day_or_a_number_of_working_days_and_never_guessed(text: str, found: object) -> None:
    assert limit_of(text) == found
