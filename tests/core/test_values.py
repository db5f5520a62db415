"""Cells become values exactly or are refused with a way out; values survive storage and showing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shishi.core.tables import Choice, Field, FieldType, Point, Sensitivity, Table, Value
from shishi.core.values import CellFault, from_text, key_text, parse, shown, to_text

STAGES = (Choice("surveyed", "已测绘"), Choice("filed", "已受理"), Choice("issued", "已颁证"))
CITIZEN = "11010519491231002X"

naive = datetime.fromisoformat  # a spreadsheet's moments have no zone


class World:
    """Lookups over two divisions and one referred row."""

    day = date(2021, 9, 30)

    def division(self, text: str) -> str:
        known = {"341802": "341802", "宣州区": "341802", "341800": "341800"}
        if text not in known:
            raise CellFault("division_unknown", f"没有“{text}”这个区划。")
        return known[text]

    def entry_of(self, table: str, key: str) -> str | None:
        return {("p", "锦绣苑"): "6d3c7a52-0000-4000-8000-000000000001"}.get((table, key))


WORLD = World()


def field(kind: FieldType, **more: object) -> Field:
    given: dict[str, object] = {"values": STAGES} if kind in (FieldType.ENUMERATION, FieldType.CHOICES) else {}
    return Field("f", "某字段", kind, **(given | more))


def read(kind: FieldType, raw: object, **more: object) -> Value:
    return parse(field(kind, **more), raw, WORLD)


def fault(kind: FieldType, raw: object, **more: object) -> str:
    with pytest.raises(CellFault) as caught:
        read(kind, raw, **more)
    assert caught.value.message.endswith("。")
    return caught.value.code


@pytest.mark.parametrize("raw", [None, "", "  ", "\u3000", "\u200b", "\n"])
@pytest.mark.parametrize("kind", FieldType)
def test_an_empty_cell_is_none_in_every_type(kind, raw):
    assert read(kind, raw) is None


@pytest.mark.parametrize(
    ("raw", "amount"),
    [("1,234.50", "1234.50"), ("１２３４．５", "1234.50"), (0.1, "0.10"), (0.1 + 0.2, "0.30"),
     (1234.5600000000001, "1234.56"),
     (7, "7.00"), ("-0", "0.00"), (" 3 ", "3.00"), (Decimal("1.10"), "1.10"), (1e14, "100000000000000.00"),
     ("1.2万", "12000.00"),
     ("￥0.5亿元", "50000000.00"), ("12 元", "12.00")],
)  # fmt: skip
def test_money_is_kept_to_the_fen(raw, amount):
    assert to_text(read(FieldType.MONEY, raw)) == amount


@pytest.mark.parametrize(
    ("raw", "code"),
    [("1.005", "too_many_decimals"), (1.005, "too_many_decimals"), ("1,23", "not_a_number"), ("3套", "not_a_number"),
     ("1e3", "not_a_number"), (True, "not_a_number"), ("12 美元", "not_a_number"), ("1.2E+17", "digits_lost"),
     (1e15, "number_rounded_by_excel"),
     (float("nan"), "number_rounded_by_excel"), ("9" * 60, "number_too_large"), (date(2021, 9, 30), "not_a_number"),
     ("0." + "0" * 5000 + "1", "too_many_decimals")],
)  # fmt: skip
def test_money_that_cannot_be_exact_is_refused_not_rounded(raw, code):
    assert fault(FieldType.MONEY, raw, unit="元") == code


def test_integers_have_no_fraction():
    assert read(FieldType.INTEGER, 12.0) == 12
    assert read(FieldType.INTEGER, "1,200") == 1200
    assert fault(FieldType.INTEGER, "12.5") == "too_many_decimals"


def test_decimals_keep_the_scale_of_their_field():
    assert to_text(read(FieldType.DECIMAL, "85.5", scale=3)) == "85.500"


@pytest.mark.parametrize(
    "raw",
    ["2021年9月30日", "2021.9.30", "2021-9-30", "2021/9/30", "２０２１－９－３０", "20210930", 20210930, 20210930.0,
     date(2021, 9, 30), naive("2021-09-30T08:00"), "2021-09-30 00:00:00", "2021-09-30T08:00", 44469.0, 44469.5,
     "2021 年 9 月 30 日",
     "2021. 9. 30"],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(raw):
    assert read(FieldType.DATE, raw) == date(2021, 9, 30)


@pytest.mark.parametrize(
    "raw", ["21.9.30", "2021年9月", "2021-13-01", "2021-02-30", 20219.0, "九月", 1.5, True, "2021-9-30 x"]
)
def test_a_day_that_is_not_clear_is_refused(raw):
    assert fault(FieldType.DATE, raw) == "date_malformed"


def test_a_moment_without_zone_is_shanghai_time():
    moment = datetime(2021, 9, 30, 6, 30, tzinfo=UTC)
    assert read(FieldType.DAY_TIME, "2021年9月30日 14:30") == moment
    assert read(FieldType.DAY_TIME, "2021-09-30T06:30:00Z") == moment
    assert read(FieldType.DAY_TIME, naive("2021-09-30T14:29:59.999")) == moment
    assert fault(FieldType.DAY_TIME, "下午两点") == "moment_malformed"
    assert fault(FieldType.DAY_TIME, time(14, 30)) == "moment_malformed"
    assert fault(FieldType.DAY_TIME, "2021-09-30 25:00") == "moment_malformed"


def test_an_enumeration_takes_value_or_title():
    assert read(FieldType.ENUMERATION, "issued") == read(FieldType.ENUMERATION, " 已颁证 ") == "issued"
    assert fault(FieldType.ENUMERATION, "已办") == "value_not_listed"


def test_choices_are_split_and_kept_in_the_order_of_the_table():
    assert read(FieldType.CHOICES, "已颁证、surveyed；已颁证") == ("surveyed", "issued")
    assert read(FieldType.CHOICES, "甲，乙", values=()) == ("甲", "乙")
    assert fault(FieldType.CHOICES, "已颁证,别的") == "value_not_listed"
    joined = (Choice("a", "水、电"), Choice("b", "气"))
    assert read(FieldType.CHOICES, "水、电", values=joined) == ("a",)


def test_yes_and_no():
    assert [read(FieldType.YES_NO, raw) for raw in ("是", True, 1.0, "否", False, "N")] == [True] * 3 + [False] * 3
    assert fault(FieldType.YES_NO, "大概") == "not_yes_no"


def test_identifiers_typed_as_numbers_stay_readable_unless_digits_were_lost():
    assert read(FieldType.PHONE, 13800000000.0) == "13800000000"
    assert read(FieldType.DIVISION, 341802.0) == "341802"
    assert read(FieldType.CITIZEN_NUMBER, "１１０１０５ 19491231002x") == CITIZEN
    assert fault(FieldType.CITIZEN_NUMBER, 110105194912310020.0) == "citizen_number_rounded_by_excel"
    assert fault(FieldType.CITIZEN_NUMBER, 110105194912310000) == "citizen_number_rounded_by_excel"
    assert fault(FieldType.CITIZEN_NUMBER, "110105194912310000") == "citizen_number_rounded_by_excel"
    assert fault(FieldType.CITIZEN_NUMBER, "110105194912310021") == "citizen_number_check_digit"
    assert fault(FieldType.CREDIT_CODE, 1.134170000324496e17) == "number_rounded_by_excel"
    assert read(FieldType.CREDIT_CODE, "11341700003244967k") == "11341700003244967K"
    assert fault(FieldType.REAL_ESTATE_UNIT, "341802") == "real_estate_unit_length"
    assert read(FieldType.IDENTITY_DOCUMENT, "h12345678") == "H12345678"


def test_an_unknown_place_in_a_citizen_number_is_no_fault():
    assert read(FieldType.CITIZEN_NUMBER, "342599199001011239") == "342599199001011239"


def test_text_that_excel_turned_into_a_day_is_refused_because_it_is_lost():
    assert fault(FieldType.TEXT, naive("2021-03-01")) == "text_became_date"
    assert read(FieldType.TEXT, "3-1") == "3-1"
    assert read(FieldType.TEXT, 3.0) == "3"
    assert read(FieldType.TEXT, " 锦绣苑\x00\r\n二期 ") == "锦绣苑\n二期"


def test_divisions_and_references_ask_the_world():
    assert read(FieldType.DIVISION, "宣州区") == "341802"
    assert fault(FieldType.DIVISION, "鼓楼区") == "division_unknown"
    assert read(FieldType.REFERENCE, "锦绣苑", references="p") == "6d3c7a52-0000-4000-8000-000000000001"
    assert fault(FieldType.REFERENCE, "无此项目", references="p") == "reference_unknown"


def test_points_are_longitude_then_latitude():
    assert read(FieldType.POINT, "118.75，30.94") == Point(Decimal("118.75"), Decimal("30.94"))
    assert fault(FieldType.POINT, "30.94,118.75") == "point_malformed"
    assert fault(FieldType.POINT, "118.75") == "point_malformed"


def test_limits_are_inclusive_and_named():
    assert read(FieldType.INTEGER, 5, minimum=Decimal(5), maximum=Decimal(5)) == 5
    assert fault(FieldType.INTEGER, 4, minimum=Decimal(5)) == "below_minimum"
    assert fault(FieldType.MONEY, "5.01", maximum=Decimal(5)) == "above_maximum"
    assert fault(FieldType.DATE, "2021-10-01", maximum=date(2021, 9, 30)) == "above_maximum"
    assert fault(FieldType.DAY_TIME, "2021-10-01 00:00", maximum=date(2021, 9, 30)) == "above_maximum"
    assert fault(FieldType.TEXT, "一二三", max_length=2) == "too_long"


def test_sensitive_values_are_masked_unless_asked():
    secret = field(FieldType.CITIZEN_NUMBER, sensitivity=Sensitivity.ENCRYPTED)
    assert CITIZEN not in shown(secret, CITIZEN)
    assert shown(secret, CITIZEN, masked=False) == CITIZEN
    assert shown(field(FieldType.MONEY), Decimal("1234567.80")) == "1,234,567.80"
    assert shown(field(FieldType.CHOICES), ("surveyed", "issued")) == "已测绘、已颁证"


def test_the_key_forgives_width_spaces_and_case():
    table = Table("t", "表", 1, (field(FieldType.TEXT), Field("n", "号", FieldType.INTEGER)), ("f", "n"), "f")
    assert key_text(table, {"f": "Ａ栋  二", "n": 3}) == key_text(table, {"f": "a栋 二", "n": 3}) == "A栋 二␟3"
    assert key_text(table, {"f": "一␟二", "n": None}) == "一 二␟"


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
MOMENTS = st.datetimes(naive("1992-01-01"), naive("2900-01-01"), timezones=st.just(UTC))
VALUES: dict[FieldType, st.SearchStrategy[Value]] = {
    FieldType.TEXT: PRINTABLE,
    FieldType.FILE: PRINTABLE,
    FieldType.INTEGER: st.integers(-(10**30), 10**30),
    FieldType.DECIMAL: DECIMALS,
    FieldType.MONEY: DECIMALS,
    FieldType.DATE: st.dates(date(1000, 1, 1)),
    FieldType.ENUMERATION: st.sampled_from([item.value for item in STAGES]),
    FieldType.DIVISION: st.sampled_from(["341802", "341800"]),
    FieldType.CITIZEN_NUMBER: st.just(CITIZEN),
    FieldType.CREDIT_CODE: st.just("11341700003244967K"),
    FieldType.REAL_ESTATE_UNIT: st.just("341802001001GB00012F00010001"),
    FieldType.PHONE: st.integers(13000000000, 19999999999).map(str),
    FieldType.YES_NO: st.booleans(),
    FieldType.DAY_TIME: MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    FieldType.POINT: st.builds(
        Point, st.decimals(-180, 180, places=6), st.decimals(-90, 90, places=6)
    ),
    FieldType.CHOICES: st.lists(st.sampled_from(range(3)), min_size=1, unique=True).map(
        lambda chosen: tuple(STAGES[at].value for at in sorted(chosen))
    ),
    FieldType.IDENTITY_DOCUMENT: st.just("H12345678"),
    FieldType.REFERENCE: st.uuids().map(str),
}  # fmt: skip


@pytest.mark.parametrize("kind", FieldType)
@given(data=st.data())
def test_storing_loses_nothing(kind, data):
    value = data.draw(VALUES[kind])
    given_field = field(kind, scale=2)
    back = from_text(given_field, to_text(value))
    assert back == value
    assert type(back) is type(value)
    assert to_text(back) == to_text(value)


@pytest.mark.parametrize("kind", [kind for kind in FieldType if kind is not FieldType.REFERENCE])
@given(data=st.data())
def test_what_is_shown_reads_back_as_the_same_value(kind, data):
    value = data.draw(VALUES[kind])
    given_field = field(kind, scale=2, max_length=99)
    text = shown(given_field, value, masked=False)
    assume(kind not in (FieldType.TEXT, FieldType.FILE) or text == text.strip())
    assert parse(given_field, text, WORLD) == value


@pytest.mark.parametrize("kind", FieldType)
@given(raw=st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.times()))
def test_reading_any_cell_ends_in_a_value_or_a_fault(kind, raw):
    with suppress(CellFault):
        value = read(kind, raw)
        assert from_text(field(kind), to_text(value)) == value
