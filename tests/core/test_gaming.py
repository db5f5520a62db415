"""What honest counting seldom leaves is told with how sure it is; what it often leaves is not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import erfc, exp, factorial, log10, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.assurance import Basis
from shishi.core.complaints import against_complaints
from shishi.core.errors import Misuse
from shishi.core.findings import FindingKind
from shishi.core.gaming import (
    BENFORD,
    CRITICAL,
    USUAL,
    Copies,
    Digits,
    GamingRules,
    Place,
    against_voices,
    copy_findings,
    digit_findings,
    looks_back,
    needed,
    never_falls,
    rarity,
)
from shishi.core.indicators import Direction, Figure, Indicator, Measure, Span
from shishi.core.rules import Earlier

DAY = date(2021, 9, 22)
PLACE = Place("mohurd/2021/estate_renovation", "estates", "台账", "34", "安徽省", "居民户数", DAY)
OPEN = Indicator("open", "未办结", Measure.COUNT, "件", direction=Direction.DOWN, table="cases")


def _place(division: str) -> Place:
    return replace(PLACE, division=division)


def _figure(indicator: Indicator, value: str | None, **more: object) -> Figure:
    known = datetime(2021, 9, 22, 10, tzinfo=UTC)
    return Figure(indicator, "34", "安徽省", DAY, known, Basis.REPORTED, Decimal(value) if value else None, **more)


def _chance(statistic: Decimal, degrees: int) -> Decimal:
    """The upper tail of χ², in closed form (Abramowitz & Stegun 26.4.4, 26.4.5)."""
    x = float(statistic)
    if degrees == 8:
        return Decimal(exp(-x / 2) * sum((x / 2) ** k / factorial(k) for k in range(4)))
    tail = exp(-x / 2) * sqrt(2 * x / pi) * (1 + x / 3 + x**2 / 15 + x**3 / 105)
    return Decimal(erfc(sqrt(x / 2)) + tail)


@pytest.mark.parametrize("degrees", CRITICAL)
def test_the_table_of_critical_values_is_that_of_chi_square(degrees: int) -> None:
    for power, value in CRITICAL[degrees]:
        assert abs(_chance(value, degrees) * 10**power - 1) < Decimal("0.001")


def test_the_first_digits_of_benford_are_logarithms_and_make_a_whole() -> None:
    assert sum(BENFORD) == 1
    assert all(abs(float(share) - log10(1 + 1 / digit)) < 1e-6 for digit, share in enumerate(BENFORD, start=1))


def test_a_statistic_is_as_rare_as_the_greatest_value_that_it_passes() -> None:
    assert rarity(Digits(PLACE, (30,) * 10).statistic, 9) == 0
    found = Digits(PLACE, (150, *(16,) * 5, 140, *(16,) * 3))
    assert found.statistic > 44
    assert rarity(found.statistic, 9) == 9
    with pytest.raises(Misuse):
        rarity(found.statistic, 7)


@given(some.integers(1, 10_000))
def test_the_more_bodies_are_compared_the_rarer_a_pattern_must_be(tests: int) -> None:
    assert needed(Decimal("0.001"), tests) <= needed(Decimal("0.001"), tests + 1)
    assert needed(Decimal("0.001"), 1) == 3
    assert needed(Decimal("0.001"), 64) == 5


def test_numbers_that_mostly_end_with_nought_are_told_with_how_sure_that_is() -> None:
    (found,) = digit_findings(USUAL, [Digits(PLACE, (240, *(20,) * 9))])
    assert found.kind is FindingKind.DIGITS
    assert "“居民户数”共 420 个数，末位是 0 的有 240 个，按均匀应约 42 个" in found.message
    assert found.facts["chance"] == "小于十亿分之一"
    assert "原始记录" in found.clears


def test_honest_last_digits_of_a_hundred_bodies_are_told_of_none() -> None:
    chance = random.Random(7)
    bodies = []
    for number in range(100):
        counts = [0] * 10
        for _ in range(500):
            counts[chance.randrange(10)] += 1
        bodies.append(Digits(_place(f"{number:02}"), tuple(counts)))
    assert list(digit_findings(USUAL, bodies)) == []


def test_too_few_numbers_say_nothing_about_their_digits() -> None:
    assert list(digit_findings(USUAL, [Digits(PLACE, (240, *(0,) * 9))])) == []
    assert list(digit_findings(GamingRules(digit_rows=None), [Digits(PLACE, (900, *(0,) * 9))])) == []


def test_two_fields_of_one_table_make_one_finding() -> None:
    rounded = (400, *(10,) * 9)
    seen = [Digits(PLACE, rounded), Digits(replace(PLACE, about="建筑面积"), rounded), Digits(_place("35"), (40,) * 10)]
    (found,) = digit_findings(USUAL, seen)
    assert "居民户数" in found.message
    assert "建筑面积" in found.message


def test_first_digits_are_held_against_benfords_law_where_the_pack_asks() -> None:
    honest = tuple(round(share * 3000) for share in BENFORD)
    assert list(digit_findings(USUAL, [Digits(PLACE, honest, first=True)])) == []
    (found,) = digit_findings(USUAL, [Digits(PLACE, (100, 100, 100, 100, 1500, 100, 100, 100, 100), first=True)])
    assert "首位是 5 的有 1500 个" in found.message


def test_rows_alike_in_everything_but_their_number_are_told_in_plain_counts() -> None:
    place = replace(PLACE, about="居民户数、楼栋数、开工日期、建成年份")
    (found,) = copy_findings(USUAL, [Copies(place, (12, 6, 4), "居民户数 120户")])
    assert found.kind is FindingKind.COPIED_ROWS
    assert "共 2 组、18 行只有编号不同" in found.message
    assert "最多的一组 12 行（居民户数 120户）" in found.message
    assert list(copy_findings(USUAL, [Copies(place, (4, 2), "")])) == []
    assert list(copy_findings(GamingRules(copied_rows=None), [Copies(place, (40,), "")])) == []


def _past(*values: int) -> list[Earlier]:
    first = DAY - timedelta(days=len(values))
    return [Earlier(first + timedelta(days=at), Decimal(value)) for at, value in enumerate(values)]


def test_what_should_fall_and_never_does_is_told_with_its_chance() -> None:
    found = never_falls(USUAL, "a/2021/b", _figure(OPEN, "19"), _past(3, 5, 5, 8, 9, 12, 15), "办件台账")
    assert found is not None
    assert found.kind is FindingKind.NEVER_FALLS
    assert "连续 8 次填报没有减少过" in found.message
    assert found.facts["chance"] == "1/64"


@pytest.mark.parametrize(
    ("indicator", "value", "past"),
    [
        (OPEN, "19", (3, 5, 5, 8, 9, 12, 11)),  # it fell before
        (OPEN, "4", (3, 5, 5, 8, 9, 12, 15)),  # it falls now
        (OPEN, "19", (3, 5, 8, 9)),  # too few reports
        (OPEN, "3", (3,) * 7),  # nothing happened at all
        (replace(OPEN, direction=Direction.UP), "19", (3, 5, 5, 8, 9, 12, 15)),  # a total that only grows
        (OPEN, None, (3, 5, 5, 8, 9, 12, 15)),
    ],
)
def test_what_falls_or_need_not_fall_is_not_told(
    indicator: Indicator, value: str | None, past: tuple[int, ...]
) -> None:
    assert never_falls(USUAL, "a/2021/b", _figure(indicator, value), _past(*past), "办件台账") is None


def test_only_what_is_open_or_counted_anew_ought_to_fall() -> None:
    assert looks_back(OPEN)
    assert looks_back(replace(OPEN, direction=Direction.HOLD, span=Span.FLOW))
    assert not looks_back(replace(OPEN, direction=Direction.HOLD))
    assert not looks_back(replace(OPEN, measure=Measure.RATIO))


def _rated(count: str, average: str, behind: str) -> list[Figure]:
    lead = Indicator("done", "已完成", Measure.COUNT, "个", table="works")
    voices = Indicator("rating_count", "评分人次", Measure.COUNT, "人次")
    mean = Indicator("rating_average", "群众评分", Measure.RATIO, "分", scale=2)
    return [
        _figure(lead, "90", behind_points=Decimal(behind)),
        _figure(voices, count),
        _figure(mean, average),
    ]


def test_figures_on_time_where_people_are_dissatisfied_are_told() -> None:
    (found,) = against_voices(USUAL, "a/2021/b", _rated("45", "1.80", "-3"), "done")
    assert found.kind is FindingKind.AGAINST_VOICES
    assert "评分平均只有" in found.message
    assert found.indicator == "done"


@pytest.mark.parametrize(
    ("count", "average", "behind"),
    [("12", "1.80", "-3"), ("45", "3.90", "-3"), ("45", "1.80", "4")],
    ids=["too few voices", "content", "behind anyway"],
)
def test_few_voices_or_content_ones_or_a_late_figure_contradict_nothing(count: str, average: str, behind: str) -> None:
    assert list(against_voices(USUAL, "a/2021/b", _rated(count, average, behind), "done")) == []


def test_many_complaints_where_all_is_on_time_are_a_question_and_few_or_a_late_figure_are_none() -> None:
    on_time, late = _rated("45", "4.80", "-3"), _rated("45", "4.80", "3")
    division = on_time[0].division
    (found,) = against_complaints(USUAL, "a/2021/b", on_time, "done", {division: 6})
    assert found.kind is FindingKind.AGAINST_COMPLAINTS
    assert "最近30天有6件投诉举报" in found.message
    assert found.facts["sure"].startswith("是两个数相反，不能说明谁对")
    assert list(against_complaints(USUAL, "a/2021/b", on_time, "done", {division: 4})) == []
    assert list(against_complaints(USUAL, "a/2021/b", late, "done", {division: 60})) == []
    off = replace(USUAL, complaints=None)
    assert list(against_complaints(off, "a/2021/b", on_time, "done", {division: 60})) == []
