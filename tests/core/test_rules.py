"""How figures must stand to each other, and what a stocktake says when they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.assurance import Basis
from shishi.core.calendars import WorkingCalendar
from shishi.core.divisions import Level
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.programmes import Programme
from shishi.core.rules import Earlier, Relation, Rule, breaches
from shishi.core.supervision import FindingKind, find
from shishi.core.tables import Table

DAY = date(2021, 9, 22)
TABLE = "somewhere/2021/rental/applications"
SUBMITTED, APPROVED, REFUSED = (
    Indicator(code, title, Measure.COUNT, "户", table=TABLE)
    for code, title in (("submitted", "提交"), ("approved", "通过"), ("refused", "不予通过"))
)
WITHIN = Rule("within", "approved", Relation.AT_MOST, ("submitted",), "请核对两个数。")
WHOLE = Rule("whole", "submitted", Relation.EQUALS, ("approved", "refused"), "三个数应相合。")
KEPT = Rule("kept", "approved", Relation.AT_LEAST, (), "累计数不会减少。")
PROGRAMME = Programme(
    name="somewhere/2021/rental", title="公租房", promise="", basis="", division="3418",
    supervised_level=Level.COUNTY, tables=(Table(TABLE, "申请台账", 1, (), (), "county"),),
    indicators=(SUBMITTED, APPROVED, REFUSED), rules=(WITHIN, KEPT),
)  # fmt: skip


def figure(indicator: Indicator, value: int | None, on: date = DAY, division: str = "341802") -> Figure:
    number = None if value is None else Decimal(value)
    known_at = datetime(2021, 10, 1, tzinfo=UTC)
    return Figure(indicator, division, "宣州区", on, known_at, Basis.REPORTED, number)


def broken(rule: Rule, *figures: Figure, before: int | None = None) -> list[str]:
    earlier = {} if before is None else {("approved", "341802"): Earlier(DAY - timedelta(days=7), Decimal(before))}
    return [item.told for item in breaches([rule], figures, earlier)]


@pytest.mark.parametrize(("approved", "told"), [(503, 0), (2247, 0), (2248, 1)])
def test_a_figure_over_the_one_that_it_must_stay_within_is_told(approved: int, told: int) -> None:
    assert len(broken(WITHIN, figure(SUBMITTED, 2247), figure(APPROVED, approved))) == told


def test_both_numbers_are_told_in_full_with_the_pack_s_own_words() -> None:
    (told,) = broken(WITHIN, figure(SUBMITTED, 2247), figure(APPROVED, 22470))
    assert told == "为22470户，多于“提交”的2247户。请核对两个数。"


def test_a_list_stands_for_its_sum() -> None:
    parts = figure(APPROVED, 503), figure(REFUSED, 40)
    assert not broken(WHOLE, figure(SUBMITTED, 543), *parts)
    (told,) = broken(WHOLE, figure(SUBMITTED, 544), *parts)
    assert told == "为544户，多于“通过”、“不予通过”之和543户。三个数应相合。"


def test_a_figure_is_held_against_itself_at_the_report_before() -> None:
    assert not broken(KEPT, figure(APPROVED, 503), before=503)
    (told,) = broken(KEPT, figure(APPROVED, 502), before=503)
    assert told == "为502户，少于2021年9月15日的503户。累计数不会减少。"


def test_what_is_not_reported_breaks_nothing() -> None:
    assert not broken(WITHIN, figure(SUBMITTED, None), figure(APPROVED, 503))
    assert not broken(WITHIN, figure(APPROVED, 503))
    assert not broken(WHOLE, figure(SUBMITTED, 544), figure(APPROVED, 503), figure(REFUSED, None))
    assert not broken(KEPT, figure(APPROVED, 502))


def test_divisions_are_held_against_their_own_figures_only() -> None:
    rows = figure(SUBMITTED, 10), figure(APPROVED, 3), figure(SUBMITTED, 2, division="341821")
    assert not broken(WITHIN, *rows, figure(APPROVED, 2, division="341821"))
    assert len(broken(WITHIN, *rows, figure(APPROVED, 5, division="341821"))) == 1


def test_a_figure_that_breaks_several_rules_is_one_finding() -> None:
    before = [figure(APPROVED, 900, DAY - timedelta(days=7))]
    found = find(PROGRAMME, [figure(SUBMITTED, 500), figure(APPROVED, 503)], before, WorkingCalendar())
    (finding,) = [item for item in found if item.kind is FindingKind.CONTRADICTORY]
    assert finding.message.startswith("截至2021年9月22日，宣州区“通过”为503户，多于“提交”的500户。")
    assert "累计数不会减少。" in finding.message
    assert FindingKind.FALLING not in {item.kind for item in found}


def test_without_rules_a_fall_is_told_as_before() -> None:
    before = [figure(APPROVED, 900, DAY - timedelta(days=7))]
    plain = replace(PROGRAMME, rules=())
    kinds = [item.kind for item in find(plain, [figure(APPROVED, 503)], before, WorkingCalendar())]
    assert FindingKind.FALLING in kinds
    assert FindingKind.CONTRADICTORY not in kinds


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_one_of_at_most_and_at_least_always_holds_and_both_only_for_equals(one: int, other: int) -> None:
    value, against = Decimal(one), Decimal(other)
    most, least = Relation.AT_MOST.holds(value, against), Relation.AT_LEAST.holds(value, against)
    assert most or least
    assert (most and least) is Relation.EQUALS.holds(value, against)
