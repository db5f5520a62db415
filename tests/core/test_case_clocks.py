"""What time counts, and how a deadline says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.calendars import WorkingCalendar, day_of, moment_of
from shishi.core.case_clocks import Pause, reckon_clock, reckon_due, warn_at
from shishi.core.limits import Limit, PauseKind, TimeUnit

DAYS = WorkingCalendar()
START = moment_of(date(2021, 9, 13), time(9))  # a Monday
WORKING = Limit(5, basis="演示规定第一条")


def at(day: int, month: int = 9, hour: int = 10) -> datetime:
    return moment_of(date(2021, month, day), time(hour))


def paused(begin: datetime, end: datetime | None, kind: PauseKind = PauseKind.SUPPLEMENT) -> Pause:
    return Pause(kind, begin, end)


def test_five_working_days_skip_the_first_and_count_worked_weekends() -> None:
    due = reckon_due(DAYS, WORKING, START)
    assert due.moment == moment_of(date(2021, 9, 18), time(17, 30))
    assert "9月18日（周六）调休上班，计入" in due.sentence
    assert due.sentence.endswith("依据：演示规定第一条。")


def test_days_of_a_pause_do_not_count_and_the_sentence_says_which() -> None:
    due = reckon_due(DAYS, WORKING, START, [paused(at(15), at(17))])
    assert due.moment == moment_of(date(2021, 9, 23), time(17, 30)), "two days and 中秋 later"
    assert "补正（2021年9月15日至2021年9月17日）期间不计入" in due.sentence


def test_what_was_asked_and_supplied_on_one_day_moves_nothing() -> None:
    assert (
        reckon_due(DAYS, WORKING, START, [paused(at(15), at(15, hour=16))]).moment
        == reckon_due(DAYS, WORKING, START).moment
    )


def test_a_clock_that_stands_has_no_deadline_but_knows_what_is_left() -> None:
    due = reckon_due(DAYS, WORKING, START, [paused(at(15), None)])
    assert (due.moment, due.left) == (None, 3)
    assert "现在停止计时，恢复后还有3个工作日" in due.sentence


def test_calendar_days_never_end_on_a_day_when_nobody_is_there() -> None:
    due = reckon_due(DAYS, Limit(15, TimeUnit.CALENDAR_DAY), at(17))
    assert due.moment == moment_of(date(2021, 10, 8), time(17, 30)), "2 October is a holiday until the 7th"


def test_hours_run_through_nights_but_not_through_pauses() -> None:
    due = reckon_due(DAYS, Limit(48, TimeUnit.HOUR), START, [paused(at(14), at(16))])
    assert due.moment == START + timedelta(hours=96)
    standing = reckon_due(DAYS, Limit(30, TimeUnit.MINUTE), START, [paused(START + timedelta(minutes=10), None)])
    assert (standing.moment, standing.left) == (None, 20)


def test_the_promise_stands_beside_the_law_and_binds_first() -> None:
    clock = reckon_clock(DAYS, Limit(20), Limit(3), START)
    assert clock.legal is not None
    assert clock.promised is not None
    assert clock.binding == clock.promised
    assert clock.told(DAYS, at(14)) == "承诺时限还有2个工作日；法定时限还有19个工作日"
    longer = reckon_clock(DAYS, Limit(20), None, START, extension=Limit(10))
    assert longer.legal is not None
    assert longer.legal.limit.amount == 30


def test_a_year_without_published_holidays_is_provisional_until_it_has_them() -> None:
    start = moment_of(date(2039, 12, 28), time(9))
    before = reckon_due(DAYS, Limit(10), start)
    assert before.provisional
    known = WorkingCalendar({date(2040, 1, 2): False}, published=frozenset({2039, 2040}))
    after = reckon_due(known, Limit(10), start)
    assert not after.provisional
    assert before.moment is not None
    assert after.moment is not None
    assert day_of(after.moment) > day_of(before.moment)


def test_a_warning_comes_working_days_before() -> None:
    assert warn_at(DAYS, at(23, hour=17), 2) == moment_of(date(2021, 9, 18), time(0))
    assert warn_at(DAYS, at(23), 0) is None


@given(some.integers(1, 60), some.integers(0, 200), some.integers(0, 40), some.integers(0, 40))
def test_a_pause_moves_a_deadline_by_exactly_its_working_days(amount: int, begin: int, after: int, length: int) -> None:
    start = datetime(2021, 1, 4, 1, tzinfo=UTC) + timedelta(days=begin)
    plain = reckon_due(DAYS, Limit(amount), start)
    first = start + timedelta(days=after)
    pause = paused(first, first + timedelta(days=length))
    moved = reckon_due(DAYS, Limit(amount), start, [pause])
    assert plain.moment is not None
    assert moved.moment is not None
    inside = day_of(first) < day_of(plain.moment)
    added = DAYS.working_days_between(day_of(first), day_of(first) + timedelta(days=length)) if inside else 0
    assert DAYS.working_days_between(day_of(start), day_of(moved.moment)) == amount + added


def test_nothing_is_no_limit() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        reckon_due(DAYS, Limit(0), START)
