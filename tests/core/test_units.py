"""Units convert exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.cells import CellFault, parse
from shishi.core.tables import Field, FieldType
from shishi.core.units import factor, number_of, same_kind, unit_of
from tests.adapters.units_table import World


@pytest.mark.parametrize(
    ("said", "wanted", "times"),
    [
        ("万元", "元", "10000"), ("亿元", "万元", "10000"), ("元", "万元", "0.0001"), ("千元", "元", "1000"),
        ("万平方米", "平方米", "10000"), ("㎡", "平方米", "1"), ("m²", "平方米", "1"), ("公顷", "万平方米", "1"),
        ("平方公里", "平方米", "1000000"), ("万个", "个", "10000"), ("万套", "套", "10000"), ("吨", "公斤", "1000"),
        ("百万元", "元", "1000000"), ("十亿元", "亿元", "10"), ("‰", "%", "0.1"), ("％", "%", "1"), ("角", "元", "0.1"),
    ],
)  # fmt: skip
def test_units_of_one_kind_convert(said, wanted, times):
    assert factor(said, wanted) == Decimal(times)


@pytest.mark.parametrize(
    ("said", "wanted"), [("亩", "平方米"), ("美元", "元"), ("户", "套"), ("元", "平方米"), ("甲", "元")]
)
def test_what_does_not_convert_exactly_does_not_convert(said, wanted):
    assert factor(said, wanted) is None


def test_a_unit_that_does_not_convert_may_still_be_of_the_same_kind():
    assert same_kind("亩", "万平方米")
    assert not same_kind("户", "套")
    assert not same_kind("宣城市住建局", "元")


@given(st.sampled_from(["元", "万元", "亿元", "百万元"]), st.sampled_from(["元", "万元", "亿元", "百万元"]))
def test_there_and_back_is_nothing(one, other):
    assert factor(one, other) * factor(other, one) == 1


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("1,234.5", "元", "1234.5"), ("1.2万", "元", "12000"), ("1.2万元", "元", "12000"), ("3.5亿", "", "350000000"),
        ("87.7%", "%", "87.7"), ("87.7%", "", "0.877"), ("98.5㎡", "平方米", "98.5"), ("12000元", "万元", "1.2"),
        ("-5", "元", "-5"), ("￥12", "元", "12"), ("3 套", "套", "3"),
    ],
)  # fmt: skip
def test_a_number_may_bring_its_unit(text, unit, number):
    assert number_of(text, unit) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1.2万", "万元"),
        ("3亩", "平方米"),
        ("约300", "元"),
        ("3-5", "元"),
        ("1e5", "元"),
        ("87.7%", "元"),
        ("1.2万", "%"),
    ],
)
def test_a_number_that_could_mean_two_things_is_none(text, unit):
    assert number_of(text, unit) is None


def test_words_that_are_no_unit_are_none():
    assert unit_of("宣城市住建局") is None
    assert unit_of("必填") is None
    assert unit_of("亩次", known=frozenset({"亩次"})) is not None


@pytest.mark.parametrize("kind", [FieldType.TEXT, FieldType.CITIZEN_NUMBER, FieldType.INTEGER])
def test_a_number_in_scientific_notation_has_lost_its_digits(kind):
    with pytest.raises(CellFault) as caught:
        parse(Field("f", "某字段", kind), "3.41802E+17", World())
    assert caught.value.code in {"digits_lost", "citizen_number_rounded_by_excel"}
