"""What reporting costs is counted from the definitions: what is asked twice, what nobody reads, what is due."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shishi.core.burden import burden, read_fields
from shishi.core.criteria import Compare, Operator, Through
from shishi.core.divisions import Level
from shishi.core.fillings import Minutes, Way, measured
from shishi.core.indicators import Indicator, Measure
from shishi.core.programmes import Cadence, PeriodKind, Programme, Rung
from shishi.core.tables import Choice, Field, FieldType, Table

NAME = "somewhere/2021/homes"
ESTATES = Table(
    f"{NAME}/estates", "小区台账", 1,
    (Field("code", "小区编号", FieldType.TEXT), Field("county", "县市区", FieldType.DIVISION),
     Field("name", "小区名称", FieldType.TEXT, synonyms=("小区",)), Field("developer", "信用代码", FieldType.CREDIT_CODE),
     Field("stage", "阶段", FieldType.ENUMERATION, values=(Choice("a", "甲"),))),
    ("code",), "county",
)  # fmt: skip
HOMES = Table(
    f"{NAME}/homes", "房屋台账", 1,
    (Field("number", "房屋编号", FieldType.TEXT), Field("county", "县市区", FieldType.DIVISION),
     Field("estate", "所属小区", FieldType.REFERENCE, references=ESTATES.name),
     Field("estate_name", "小区", FieldType.TEXT, required=True), Field("area", "面积", FieldType.DECIMAL, scale=2),
     Field("stage", "阶段", FieldType.ENUMERATION, values=(Choice("b", "乙"),)), Field("colour", "颜色", FieldType.TEXT),
     Field("place", "坐标", FieldType.POINT)),
    ("number",), "county",
)  # fmt: skip
FIRMS = Table(
    "somewhere/2021/firms/firms", "企业台账", 1,
    (Field("code", "代码", FieldType.CREDIT_CODE), Field("county", "县市区", FieldType.DIVISION),
     Field("estate", "小区名称", FieldType.TEXT)),
    ("code",), "county",
)  # fmt: skip


def programme(*tables: Table, code: str = "homes", **more: object) -> Programme:
    known: dict[str, Any] = {"indicators": (), **more}
    return Programme(f"somewhere/2021/{code}", "房屋", "承诺", "依据", "3418", Level.COUNTY, tables, **known)


HOUSING = programme(
    ESTATES,
    HOMES,
    indicators=(
        Indicator("area", "面积", Measure.SUM, "平方米", table=HOMES.name, field="area", scale=2,
                  where=Through("estate", ESTATES.name, Compare("stage", Operator.EQUALS, "a"))),
    ),
    cadences=(
        Cadence(HOMES.name, PeriodKind.DAY, working_days_only=True), Cadence(ESTATES.name, PeriodKind.HALF_MONTH),
    ),
    ladder=(Rung("reminder", 1), Rung("prompt_notice", 5)),
)  # fmt: skip


def test_what_the_row_that_is_referred_to_says_already_is_asked_twice() -> None:
    (twice,) = burden([HOUSING], shortest=3).twice
    assert (twice.first, twice.second) == ("《小区台账》“小区名称”", "《房屋台账》“小区”")
    assert "所属小区" in twice.because


def test_what_two_programmes_ask_of_one_firm_is_asked_twice() -> None:
    found = burden([HOUSING, programme(FIRMS, code="firms")], shortest=3).twice
    assert [(item.second, item.because) for item in found[1:]] == [
        ("《企业台账》“小区名称”", "同一个单位（统一社会信用代码）")
    ]


def test_the_same_word_for_different_choices_is_not_the_same_question() -> None:
    assert "阶段" not in {item.title for item in burden([HOUSING], shortest=3).twice}


def test_what_no_definition_reads_is_told() -> None:
    found = burden([HOUSING], shortest=3).unread
    assert {(item.table, item.field) for item in found} == {
        ("小区台账", "小区名称"), ("小区台账", "信用代码"), ("房屋台账", "小区"), ("房屋台账", "阶段"), ("房屋台账", "颜色"),
    }  # fmt: skip
    assert (ESTATES.name, "stage") in set(read_fields(HOUSING))


def test_reports_are_counted_for_each_body_and_week() -> None:
    leads = {HOUSING.name: ["市房产局", "宣州区"], "somewhere/2021/firms": ["宣州区"]}
    firms = programme(FIRMS, code="firms", cadences=(Cadence(FIRMS.name, PeriodKind.WEEK),))
    found = {load.who: load for load in burden([HOUSING, firms], shortest=3, leads=leads).loads}
    assert found["市房产局"].weekly == Decimal(250 + 24) / 52
    assert (found["宣州区"].tables, found["宣州区"].weekly) == (3, Decimal(250 + 24 + 52) / 52)


def test_deadlines_below_the_measure_are_told_and_minutes_only_where_they_were_measured() -> None:
    found = burden([HOUSING], shortest=3, minutes={HOMES.name: [Minutes(Decimal("4.5"), 20)]})
    assert [(item.rung, item.days) for item in found.short] == [("提醒", 1)]
    told = {form.title: form.took(Way.FORM) for form in found.forms}
    assert told == {"小区台账": None, "房屋台账": Minutes(Decimal("4.5"), 20)}
    assert all(form.took(way) is None for form in found.forms for way in (Way.CELL, Way.DEVICE))


def test_what_the_platform_gives_is_no_burden_of_the_pack() -> None:
    record = replace(HOMES, name=f"{NAME}/work_record", title="工作纪实")
    found = burden([programme(record)], shortest=3, given=frozenset({"work_record"}))
    assert (found.forms, found.unread, found.twice) == ((), (), ())


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ([60, 90, 120, 600], None),
        ([60, 90, 120, 600, 3000], Minutes(Decimal("2.0"), 5)),
        ([60, 90, 100, 107, 600, 3000], Minutes(Decimal("1.7"), 6)),
        ([], None),
    ],
)
def test_minutes_are_the_median_of_enough_fillings(seconds: list[int], told: Minutes | None) -> None:
    assert measured(seconds) == told


def test_a_cell_takes_seconds_and_is_told_in_seconds() -> None:
    told = measured([4, 6, 7, 9, 300], Way.CELL)
    assert told is not None
    assert (told.way, told.seconds, told.times) == (Way.CELL, 7, 5)
