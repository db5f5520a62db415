"""Printed forms: every numeric one of the articles, and what keeps them true."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.core.indicators import Indicator, Measure, Printed, Qualifier
from shishi.core.printing import (
    Agreement,
    agreement,
    print_decimal,
    print_value,
    quotient,
    rounded,
    satisfies,
    stated_number,
)

MORE, NEARLY, OVER, ABOUT = Qualifier.AND_MORE, Qualifier.NEARLY, Qualifier.OVER, Qualifier.ABOUT

ARTICLES = [
    # estate_renovation
    ("4.73万个", "个", Printed(4, 2), "47300"),
    ("4.73万个", "个", Printed(4, 2), "47312"),
    ("832万户", "户", Printed(4, 0), "8320000"),
    ("87.7%", "%", Printed(0, 1), "87.7"),
    ("100个", "个", Printed(), "100"),
    # title_certificates
    ("78个", "个", Printed(), "78"),
    ("15167套", "套", Printed(), "15167"),
    ("13281户", "户", Printed(), "13281"),
    ("13350套", "套", Printed(), "13350"),
    ("88.02%", "%", Printed(0, 2), "88.02"),
    ("100%", "%", Printed(), "100"),
    ("1,817套", "套", Printed(grouped=True), "1817"),
    # resettlement_homes
    ("1.39万套", "套", Printed(4, 2), "13900"),
    ("424套", "套", Printed(), "424"),
    ("404套", "套", Printed(), "404"),
    ("2580套", "套", Printed(), "2580"),
    # the other forms of the trade
    ("2.12万余处", "处", Printed(4, 2, MORE), "21234"),
    ("2000余人次", "人次", Printed(0, -3, MORE), "2037"),
    ("近3万人", "人", Printed(4, 0, NEARLY), "29876"),
    ("超过2000家", "家", Printed(0, -3, OVER), "2351"),
    ("100个左右", "个", Printed(0, -1, ABOUT), "98"),
    ("1000块以上", "块", Printed(0, 0, Qualifier.OR_MORE), "1000"),
    ("90%以上", "%", Printed(0, -1, Qualifier.OR_MORE), "92.38"),
    ("20.1万人", "人", Printed(4, 1), "201000"),
    ("9.7万个", "个", Printed(4, 1), "97000"),
    ("2135.89万元", "元", Printed(4, 2), "21358900.00"),
    ("1.57亿元", "元", Printed(8, 2), "157000000"),
    ("1.59万人", "人", Printed(4, 2), "15900"),
]


def indicator(unit: str, printed: Printed, scale: int = 0) -> Indicator:
    return Indicator(
        code="figure", title="数", measure=Measure.COUNT, unit=unit, table="t", scale=scale, printed=printed
    )


@pytest.mark.parametrize(("text", "unit", "printed", "value"), ARTICLES)
def test_the_articles_figures_are_printed_as_the_articles_print_them(
    text: str, unit: str, printed: Printed, value: str
) -> None:
    assert print_value(indicator(unit, printed), Decimal(value)) == text
    assert satisfies(printed, unit, text, Decimal(value))


def test_what_was_never_reported_is_not_printed_as_zero() -> None:
    assert print_value(indicator("个", Printed()), None) == "未报"
    assert print_value(indicator("个", Printed()), Decimal(0)) == "0个"


def test_a_county_too_small_for_the_form_of_the_nation_is_printed_plainly() -> None:
    assert print_value(indicator("个", Printed(4, 2)), Decimal(35)) == "35个"
    assert print_value(indicator("元", Printed(4, 2), scale=2), Decimal("35.5")) == "35.50元"
    assert print_value(indicator("元", Printed(8, 2)), Decimal(15_670_000)) == "1567.00万元"


def test_what_is_too_small_for_thousands_is_printed_in_full_and_not_as_nothing() -> None:
    assert print_value(indicator("人次", Printed(0, -3, MORE)), Decimal(56)) == "56人次"
    assert print_value(indicator("家", Printed(0, -3, OVER)), Decimal(137)) == "137家"
    assert print_value(indicator("处", Printed(4, 2, MORE)), Decimal(35)) == "35处"


def test_nearly_and_over_are_left_out_where_they_would_be_untrue() -> None:
    assert print_value(indicator("人", Printed(4, 0, NEARLY)), Decimal(30000)) == "3万人"
    assert print_value(indicator("家", Printed(0, -3, OVER)), Decimal(2000)) == "2000家"
    assert print_value(indicator("处", Printed(4, 2, MORE)), Decimal(21200)) == "2.12万余处"


def test_halves_are_rounded_up_and_never_to_the_even_digit() -> None:
    assert print_decimal(Decimal("0.125"), 2) == "0.13"
    assert print_decimal(Decimal("-0.125"), 2) == "-0.13"
    assert print_decimal(Decimal("-0.001"), 2) == "0.00"
    assert print_decimal(Decimal("1E+3"), 0, grouped=True) == "1,000"
    assert quotient(Decimal(1), Decimal(8), 2) == Decimal("0.13")
    assert quotient(Decimal(-1), Decimal(8), 2) == Decimal("-0.13")


def test_the_citys_issuing_rate_is_of_units_not_of_households() -> None:
    assert quotient(Decimal(13350), Decimal(15167), 2, percent=True) == Decimal("88.02")
    assert quotient(Decimal(13350), Decimal(13281), 2, percent=True) == Decimal("100.52")


def test_a_quotient_by_nothing_is_missing() -> None:
    assert quotient(Decimal(1), Decimal(0), 2) is None
    assert quotient(None, Decimal(1), 2) is None
    assert quotient(Decimal(1), None, 2) is None
    assert quotient(Decimal(0), Decimal(3), 1) == Decimal("0.0")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4.73万个", "47300"),
        ("832万户", "8320000"),
        ("2.12万余处", "21200"),
        ("近3万人", "30000"),
        ("1.57亿元", "157000000"),
        ("13,350套", "13350"),
        ("８８．０２％", "88.02"),
    ],
)
def test_the_number_that_a_text_states_can_be_read_back(text: str, number: str) -> None:
    assert stated_number(text) == Decimal(number)


def test_a_published_text_agrees_exactly_within_rounding_or_not() -> None:
    form = Printed(4, 2)
    assert agreement(form, "个", "4.73万个", Decimal(47300)) is Agreement.EXACT
    assert agreement(form, "个", "4.73万个", Decimal(47349)) is Agreement.WITHIN_ROUNDING
    assert agreement(form, "个", "4.73万个", Decimal(47350)) is Agreement.OFF
    assert agreement(form, "个", "4.73万个", None) is Agreement.NOT_CHECKABLE
    assert agreement(Printed(), "", "四个清零", Decimal(4)) is Agreement.NOT_CHECKABLE
    assert agreement(Printed(0, -3, OVER), "家", "超过2000家", Decimal(2351)) is Agreement.WITHIN_ROUNDING
    assert agreement(Printed(0, -3, OVER), "家", "超过2000家", Decimal(2000)) is Agreement.OFF


PRINTED = st.builds(
    Printed,
    power=st.sampled_from([0, 4, 8]),
    digits=st.integers(-3, 3),
    qualifier=st.sampled_from(Qualifier),
    grouped=st.booleans(),
)


@settings(derandomize=True, max_examples=300)
@given(PRINTED, st.integers(0, 10**13))
def test_a_value_always_satisfies_its_own_printed_form(printed: Printed, value: int) -> None:
    text = print_value(indicator("处", printed), Decimal(value))
    assert satisfies(printed, "处", text, Decimal(value))
    stated = stated_number(text)
    assert stated is not None
    if "余" in text:
        assert stated <= value
    if text.startswith("近"):
        assert stated > value
    if text.startswith("超过"):
        assert stated < value


@settings(derandomize=True, max_examples=300)
@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30).filter(bool), st.integers(0, 6), st.booleans())
def test_a_quotient_is_never_further_off_than_half_its_last_digit(
    above: int, below: int, scale: int, percent: bool
) -> None:
    found = quotient(Decimal(above), Decimal(below), scale, percent)
    assert found is not None
    top, bottom = found.as_integer_ratio()
    factor = 100 if percent else 1
    assert abs(top * below - above * factor * bottom) * 2 * 10**scale <= abs(bottom * below)


@settings(derandomize=True)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_rounding_twice_is_rounding_once(value: Decimal) -> None:
    assert rounded(rounded(value, 2), 2) == rounded(value, 2)


@pytest.mark.parametrize("qualifier", list(Qualifier))
def test_nothing_is_told_plainly(qualifier: Qualifier) -> None:
    printed = Printed(power=4, digits=2, qualifier=qualifier)
    assert print_value(Indicator("i", "指标", Measure.COUNT, "处", printed=printed), Decimal(0)) == "0处"
