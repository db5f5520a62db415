from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.calendars import WorkingCalendar
from shishi.core.errors import Misuse
from shishi.core.periods import closes_at, dues, parse_period, period_of, previous
from shishi.core.programmes import Cadence, PeriodKind

TABLE = "xuancheng/2021/title_certificates/projects"
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
kinds = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("kind", "label", "start", "end"),
    [
        (PeriodKind.DAY, "2021-09-30", date(2021, 9, 30), date(2021, 9, 30)),
        (PeriodKind.WEEK, "2021-W39", date(2021, 9, 27), date(2021, 10, 3)),
        (PeriodKind.HALF_MONTH, "2021-09-H2", date(2021, 9, 16), date(2021, 9, 30)),
        (PeriodKind.MONTH, "2021-09", date(2021, 9, 1), date(2021, 9, 30)),
        (PeriodKind.QUARTER, "2021-Q3", date(2021, 7, 1), date(2021, 9, 30)),
        (PeriodKind.YEAR, "2021", date(2021, 1, 1), date(2021, 12, 31)),
    ],
)
def test_the_last_of_september_in_every_kind_of_period(kind: PeriodKind, label: str, start: date, end: date) -> None:
    period = period_of(kind, date(2021, 9, 30))
    assert (period.label, period.start, period.end) == (label, start, end)


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert period_of(PeriodKind.WEEK, date(2021, 1, 3)).label == "2020-W53"


def test_a_year_has_twenty_four_half_months() -> None:
    halves = {period_of(PeriodKind.HALF_MONTH, date(2021, 1, 1) + timedelta(step)) for step in range(365)}
    assert len(halves) == 24


@given(kinds, days)
def test_a_label_is_read_back_and_periods_leave_no_gap(kind: PeriodKind, day: date) -> None:
    period = period_of(kind, day)
    assert day in period
    assert parse_period(period.label) == period
    assert all(period_of(kind, one) == period for one in period.days)
    assert previous(period).end + timedelta(days=1) == period.start


@pytest.mark.parametrize("text", ["", "2021-13", "2021-W60", "2021-Q5", "2021-09-31", "2021-09-H3", "九月", "0000"])
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(Misuse) as refusal:
        parse_period(text)
    assert refusal.value.code == "period_malformed"
    assert "2021-09-H2" in refusal.value.message


def test_every_division_owes_a_report_for_the_period() -> None:
    cadence = Cadence(TABLE, PeriodKind.HALF_MONTH)
    owed = dues(cadence, ["341802", "341821"], date(2021, 9, 30), WorkingCalendar())
    assert [(due.division, due.period.label) for due in owed] == [("341802", "2021-09-H2"), ("341821", "2021-09-H2")]


def test_a_daily_report_of_working_days_rests_on_holidays_and_not_on_a_working_weekend() -> None:
    cadence = Cadence(TABLE, PeriodKind.DAY, working_days_only=True)
    assert dues(cadence, ["341802"], date(2021, 10, 1), WorkingCalendar()) == ()
    assert len(dues(cadence, ["341802"], date(2021, 9, 26), WorkingCalendar())) == 1
    assert len(dues(Cadence(TABLE, PeriodKind.DAY), ["341802"], date(2021, 10, 1), WorkingCalendar())) == 1


def test_nothing_is_owed_outside_the_time_of_the_cadence() -> None:
    cadence = Cadence(TABLE, PeriodKind.DAY, starts=date(2021, 7, 1), ends=date(2021, 12, 31))
    owed = {day: dues(cadence, ["341802"], day, WorkingCalendar()) for day in (date(2021, 6, 30), date(2021, 7, 1))}
    assert [len(found) for found in owed.values()] == [0, 1]
    assert dues(cadence, ["341802"], date(2022, 1, 1), WorkingCalendar()) == ()


def test_a_report_is_late_after_the_cut_off_of_the_last_day() -> None:
    cadence = Cadence(TABLE, PeriodKind.MONTH, cut_off=time(18, 0))
    period = period_of(PeriodKind.MONTH, date(2021, 9, 5))
    assert closes_at(cadence, period) == datetime(2021, 9, 30, 10, 0, tzinfo=UTC)
