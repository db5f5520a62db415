"""Service items: the standard's code sets word by word, and codes by the profile that they look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.core.service_items import CODE_SETS, Satisfaction, fault_of_basic_code, fault_of_item_code, fits, profile_of
from shishi.packs.loading import load_pack

NATIONAL = "12441500196720244T3442199806003"
PACK = load_pack(Path(__file__).parents[2] / "packs" / "xuancheng" / "2021")
ITEMS = next(item for item in PACK.programmes if item.name.endswith("/service_items")).table("items")


@pytest.mark.parametrize("column", sorted(CODE_SETS))
def test_the_catalogues_values_are_those_of_the_standard_in_its_words_and_order(column: str) -> None:
    told = [(choice.value, choice.title) for choice in ITEMS.by_name[column].values]
    assert told == [(word, code.title) for word, code in CODE_SETS[column].items()]
    codes = [code.code for code in CODE_SETS[column].values()]
    assert codes == sorted(set(codes))


def test_one_is_the_best_in_this_standard_and_the_last_two_are_bad() -> None:
    assert [(level.value, level.label, level.bad) for level in Satisfaction] == [
        (1, "非常满意", False),
        (2, "满意", False),
        (3, "基本满意", False),
        (4, "不满意", True),
        (5, "非常不满意", True),
    ]


@pytest.mark.parametrize(
    ("code", "profile"),
    [
        (NATIONAL, "national"),
        (f"{NATIONAL}01", "case"),
        ("511Z07001006-511602000000-000-11511301008778183N-1-00", "segmented"),
        ("SX-2021-001", "standard"),
        ("A" * 50, "local"),
    ],
)
def test_a_code_is_held_against_the_profile_that_it_looks_like(code: str, profile: str) -> None:
    found = profile_of(code)
    assert found is not None
    assert found.code == profile


def test_a_code_with_a_wrong_credit_code_in_it_is_a_typing_slip() -> None:
    assert fault_of_item_code(NATIONAL) == ""
    assert "校验位不符" in fault_of_item_code(NATIONAL.replace("244T", "245T"))


@pytest.mark.parametrize("code", ["", "事项一", "SX 001", "A" * 51, "-SX", "<b>"])
def test_what_no_profile_allows_is_refused_with_the_way_out(code: str) -> None:
    assert "请对照" in fault_of_item_code(code)


def test_a_basic_code_may_be_longer_than_the_standard_says() -> None:
    assert fault_of_basic_code("442199806003") == ""
    assert fault_of_basic_code("4" * 50) == ""
    assert fault_of_basic_code("4" * 51)


def test_a_national_code_tells_its_basic_code() -> None:
    assert fits(NATIONAL, "442199806003")
    assert not fits(NATIONAL, "442199806004")
    assert fits("SX-1", "442199806004")
