"""Rows are checked: what is required, the table's own rules, queries with their explanation, keys that come twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.criteria import AnyOf, Compare, Moment, Not, Operator
from shishi.core.evaluation import Moments
from shishi.core.tables import Check, CheckKind, Field, FieldType, Table

PAID_LATE = Check(
    "issued_in_the_future",
    CheckKind.ERROR,
    Compare("issued_on", Operator.ON_OR_BEFORE, Moment.AS_OF),
    "颁证日期晚于截至日。",
)
LARGE = Check("area_unusual", CheckKind.QUERY, Compare("area", Operator.AT_MOST, 300), "面积超过300平方米，请核实。")
TABLE = Table(
    "x/2021/p/units",
    "单元",
    1,
    (
        Field("building", "楼栋", FieldType.TEXT),
        Field("number", "室号", FieldType.TEXT),
        Field("owner", "权利人", FieldType.TEXT, required=True),
        Field("area", "面积", FieldType.DECIMAL, scale=2),
        Field("issued_on", "颁证日期", FieldType.DATE),
    ),
    ("building", "number"),
    "building",
    checks=(PAID_LATE, LARGE),
)
GOOD = {"building": "1栋", "number": "101", "owner": "张三", "area": Decimal("90.00"), "issued_on": date(2021, 9, 1)}
TODAY = Moments(date(2021, 9, 30))
PLACE = Place("数据", 7, {"area": "D", "owner": "C", "number": "B", "building": "A"})


def codes(values: dict[str, object], explanation: str = "") -> list[tuple[str, str, str]]:
    context = RowContext(TODAY, PLACE, explanation)
    return [(item.code, item.field, item.column) for item in check_row(TABLE, GOOD | values, context)]


def test_a_good_row_has_no_fault():
    assert codes({}) == []


def test_required_fields_and_the_key_must_be_filled():
    assert codes({"owner": None, "number": None}) == [("required", "number", "B"), ("required", "owner", "C")]


def test_an_error_names_the_field_that_failed():
    assert codes({"issued_on": date(2021, 10, 1)}) == [("issued_in_the_future", "issued_on", "")]


def test_a_rule_that_cannot_be_known_says_nothing():
    assert codes({"issued_on": None, "area": None}) == []


def test_a_query_passes_with_an_explanation_only():
    large = {"area": Decimal("301.00")}
    assert codes(large) == [("query_unexplained", "area", "D")]
    assert codes(large, "  ") == [("query_unexplained", "area", "D")]
    assert codes(large, "商铺，已现场核实") == []


def test_the_field_is_found_under_not_and_any():
    nested = AnyOf((Not(Compare("area", Operator.MORE_THAN, 1)), Compare("owner", Operator.EQUALS, "李四")))
    table = Table("t", "t", 1, TABLE.fields, TABLE.key, "building", (Check("odd", CheckKind.ERROR, nested, "不对。"),))
    (issue,) = check_row(table, GOOD, RowContext(TODAY, PLACE))
    assert (issue.code, issue.field, issue.sheet, issue.row) == ("odd", "area", "数据", 7)


def test_the_second_and_later_rows_of_a_key_name_the_first():
    rows = [
        ({"building": "1栋", "number": "101"}, Place("甲", 3)),
        ({"building": "１栋", "number": "101 "}, Place("甲", 4)),
        ({"building": "1栋", "number": "102"}, Place("甲", 5)),
        ({"building": "1栋", "number": "101"}, Place("乙", 3)),
        ({"building": "1栋", "number": None}, Place("乙", 4)),
        ({"building": "1栋", "number": None}, Place("乙", 5)),
    ]
    issues = check_sheet(TABLE, rows)
    assert [(item.code, item.sheet, item.row) for item in issues] == [
        ("duplicate_key", "甲", 4),
        ("duplicate_key", "乙", 3),
    ]
    assert "第 3 行" in issues[0].message
    assert "工作表“甲”第 3 行" in issues[1].message
    assert "楼栋 1栋、室号 101" in issues[1].message
