"""Later figures do not contradict earlier ones, and what came within a period is a difference of totals."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.continuity import Stated, contradictions
from shishi.core.programmes import PeriodKind
from shishi.core.statements import Gap, StatementPlan
from shishi.core.tables import Field, FieldType, Table, Value

TABLE = Table(
    "somewhere/2021/homes/weekly",
    "周报",
    1,
    (Field("users", "用户", FieldType.INTEGER, unit="个"), Field("new", "新增", FieldType.INTEGER, unit="个")),
    (),
    "county",
)
PLAN = StatementPlan(by="stated_on", never_fall=("users",), gaps=(Gap("new", "users"),))
SUNDAY = date(2021, 9, 26)
totals = st.none() | st.integers(0, 10**20)


def stated(week: int, users: Value, new: Value = None) -> Stated:
    return Stated(SUNDAY + timedelta(days=7 * week), {"users": users, "new": new})


def codes(now: Stated, before: Stated | None = None, after: Stated | None = None) -> list[tuple[str, str]]:
    found = contradictions(TABLE, PLAN, PeriodKind.WEEK, now, before, after)
    return [(item.code, item.field) for item in found]


@given(totals, totals, totals)
def test_a_total_contradicts_exactly_when_it_falls(before: int | None, now: int | None, after: int | None) -> None:
    expected = []
    if before is not None and now is not None and now < before:
        expected.append(("total_fell", "users"))
    if after is not None and now is not None and now > after:
        expected.append(("total_above_later", "users"))
    assert codes(stated(0, now), stated(-1, before), stated(1, after)) == expected


@given(st.integers(0, 10**20), st.integers(0, 10**20), st.integers(0, 10**20))
def test_a_week_is_the_exact_difference_of_two_totals(start: int, came: int, said: int) -> None:
    found = codes(stated(0, start + came, said), stated(-1, start))
    assert found == ([] if came == said else [("period_not_difference", "new")])


def test_the_difference_is_only_asked_of_weeks_that_follow_each_other() -> None:
    assert codes(stated(0, 20, 1), stated(-2, 10)) == []
    assert codes(stated(0, 20), None, stated(1, 30, 1)) == [("period_not_difference", "users")]


def test_both_numbers_are_told_in_full_and_a_queried_field_may_be_explained() -> None:
    plan = StatementPlan(by="stated_on", never_fall=("users",), queried=("users",))
    before, now = stated(-1, Decimal("97034")), stated(0, 97033)
    (found,) = contradictions(TABLE, plan, PeriodKind.WEEK, now, before, None)
    assert found.query
    assert "97033个" in found.message
    assert "97034个" in found.message
    assert "2021年9月19日" in found.message
