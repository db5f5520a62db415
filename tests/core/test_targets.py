"""Targets: the parts make the whole, or the difference is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.indicators import Indicator, Measure, TargetTree
from shishi.core.targets import adds_up, check_sum

ON = date(2021, 9, 30)
TREE = DivisionTree(
    [
        Division("34", "安徽省", Level.PROVINCE),
        Division("3418", "宣城市", Level.CITY),
        Division("341802", "宣州区", Level.COUNTY),
        Division("341821", "郎溪县", Level.COUNTY),
        Division("341825", "旌德县", Level.COUNTY),
    ]
)


def targets(values: Mapping[str, int], **named: tuple[int, str]) -> TargetTree:
    difference = {code[1:]: (Decimal(gap), reason) for code, (gap, reason) in named.items()}
    return TargetTree("issued", 1, {code: Decimal(value) for code, value in values.items()}, "文件", difference)


def test_parts_that_make_the_whole_raise_no_issue() -> None:
    assert check_sum(targets({"341800": 60, "341802": 10, "341821": 20, "341825": 30}), TREE, ON) == ()


def test_a_gap_is_named_with_whole_parts_and_difference() -> None:
    (issue,) = check_sum(targets({"341800": 61, "341802": 10, "341821": 20, "341825": 30}), TREE, ON)
    assert issue.code == "target_sum_mismatch"
    assert "宣城市" in issue.message
    assert "61" in issue.message
    assert "60" in issue.message


def test_a_named_difference_closes_exactly_its_gap() -> None:
    values = {"341800": 61, "341802": 10, "341821": 20, "341825": 30}
    assert check_sum(targets(values, _341800=(1, "市本级机动")), TREE, ON) == ()
    (issue,) = check_sum(targets(values, _341800=(2, "市本级机动")), TREE, ON)
    assert issue.code == "target_sum_mismatch"


def test_the_parts_are_the_nearest_divisions_that_have_a_target() -> None:
    assert check_sum(targets({"340000": 30, "341802": 10, "341821": 20}), TREE, ON) == ()
    assert check_sum(targets({"000000": 30, "340000": 30, "341802": 10, "341821": 20}), TREE, ON) == ()


def test_a_single_target_needs_no_parts() -> None:
    assert check_sum(targets({"341800": 60}), TREE, ON) == ()


def test_an_unknown_division_is_an_issue_of_its_own() -> None:
    (issue,) = check_sum(targets({"341800": 60, "341899": 60}), TREE, ON)
    assert (issue.code, issue.field) == ("target_division_unknown", "341899")


def test_a_difference_without_parts_is_unfounded() -> None:
    (issue,) = check_sum(targets({"341800": 60}, _341800=(1, "机动")), TREE, ON)
    assert issue.code == "target_difference_unfounded"


def test_ratios_and_distinct_counts_do_not_add_up() -> None:
    made = {measure: adds_up(Indicator("x", "数", measure, "个")) for measure in Measure}
    assert made == {
        Measure.COUNT: True,
        Measure.SUM: True,
        Measure.REPORTS: True,
        Measure.REPORTED: True,
        Measure.RATIO: False,
        Measure.DISTINCT: False,
    }
