from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.divisions import (
    COUNTRY,
    Division,
    DivisionTree,
    Level,
    is_placeholder,
    level_of,
    normalise,
    parent_code,
)
from shishi.core.errors import Misuse
from shishi.core.programmes import DivisionChange
from shishi.core.rollup import nodes_above

DAY = date(2021, 9, 30)
BECAME_A_CITY = DivisionChange("341822", "广德县", date(2019, 7, 1), ("341882",), "国函〔2019〕50号", verified=False)


def unit(code: str, name: str, valid_from: date | None = None) -> Division:
    return Division(code, name, level_of(code), is_placeholder(code, name), valid_from)


XUANCHENG = [
    unit("34", "安徽省"),
    unit("3418", "宣城市"),
    unit("341802", "宣州区"),
    unit("341802001", "西林街道"),
    unit("341802001001", "锦城社区居委会"),
    unit("341882", "广德市"),
    unit("341882001", "桃州街道"),
]
GUANGDONG = [
    unit("44", "广东省"),
    unit("4419", "东莞市"),
    unit("441900", "东莞市"),
    unit("441900003", "东城街道"),
]
DRUM_TOWERS = [
    unit("32", "江苏省"),
    unit("3201", "南京市"),
    unit("320106", "鼓楼区"),
    unit("3203", "徐州市"),
    unit("320302", "鼓楼区"),
]
BEIJING = [unit("11", "北京市"), unit("1101", "市辖区"), unit("110101", "东城区")]
TREE = DivisionTree([*XUANCHENG, *GUANGDONG, *DRUM_TOWERS, *BEIJING], [BECAME_A_CITY])


def codes(units: tuple[Division, ...]) -> list[str]:
    return [one.code for one in units]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("34", "34"),
        ("340000", "34"),
        ("341800", "3418"),
        ("341802", "341802"),
        ("341802000000", "341802"),
        ("341802001000", "341802001"),
        ("３４１８００", "3418"),
        (" 341802 ", "341802"),
        ("000000", COUNTRY),
        ("00", COUNTRY),
        ("441900", "4419"),
        ("350527000", "350527"),
        ("350527000000", "350527"),
    ],
)
def test_a_code_is_read_padded_or_not(written: str, code: str) -> None:
    assert normalise(written) == code


@pytest.mark.parametrize("written", ["", "3", "341", "34180", "宣城市", "34180A", "3418-2", "3418020010010"])
def test_what_is_no_code_is_refused_with_the_way_out(written: str) -> None:
    with pytest.raises(Misuse) as refusal:
        normalise(written)
    assert refusal.value.code == "division_malformed"
    assert "341800" in refusal.value.message


significant = st.builds(
    lambda parts, depth: "".join(f"{part:0{width}}" for part, width in zip(parts, (2, 2, 2, 3, 3), strict=True))[
        : (2, 4, 6, 9, 12)[depth]
    ],
    st.tuples(st.integers(11, 65), *[st.integers(1, 99)] * 2, *[st.integers(1, 999)] * 2),
    st.integers(0, 4),
)


@given(significant)
def test_padding_changes_nothing_and_every_ancestor_is_a_prefix(code: str) -> None:
    for length in (6, 9, 12):
        if length >= len(code):
            assert normalise(code.ljust(length, "0")) == code
    above = parent_code(code)
    assert above == COUNTRY or code.startswith(str(above))
    assert level_of(str(above)) == level_of(code) - 1
    assert normalise(Division(code, "", level_of(code)).official_code) == code


def test_lineage_goes_from_the_country_down() -> None:
    assert codes(TREE.lineage("341802001001", DAY)) == ["00", "34", "3418", "341802", "341802001", "341802001001"]
    assert codes(TREE.lineage("000000", DAY)) == ["00"]
    assert TREE.lineage("990000", DAY) == ()


def test_a_placeholder_carries_lineage_but_is_not_among_the_units() -> None:
    assert codes(TREE.lineage("110101", DAY)) == ["00", "11", "1101", "110101"]
    assert TREE.under("11", Level.CITY, DAY) == ()
    assert codes(TREE.under("11", Level.CITY, DAY, placeholders=True)) == ["1101"]
    assert codes(TREE.under("11", Level.COUNTY, DAY)) == ["110101"]
    assert TREE.named("市辖区", DAY) == ()


def test_a_twin_is_never_found_but_keeps_the_way_up_from_its_streets() -> None:
    city = TREE.find("441900", DAY)
    assert city is not None
    assert (city.code, city.level, city.official_code) == ("4419", Level.CITY, "441900")
    assert codes(TREE.lineage("441900003", DAY)) == ["00", "44", "4419", "441900", "441900003"]
    assert codes(TREE.children("441900", DAY)) == ["441900003"]
    assert codes(TREE.named("东莞市", DAY)) == ["4419"]
    assert codes(TREE.under("44", Level.STREET, DAY)) == ["441900003"]
    unknown_street = TREE.place("441900999", DAY)
    assert unknown_street is not None
    assert unknown_street.code == "4419"


def test_a_name_may_belong_to_several_units_and_names_from_above_tell_them_apart() -> None:
    assert codes(TREE.named("鼓楼区", DAY)) == ["320106", "320302"]
    assert codes(TREE.named("南京市鼓楼区", DAY)) == ["320106"]
    assert codes(TREE.named("江苏省 徐州市／鼓楼区", DAY)) == ["320302"]
    assert TREE.named("宣城市鼓楼区", DAY) == ()
    assert TREE.named("", DAY) == ()


def test_a_county_that_became_a_city_is_each_in_its_time() -> None:
    before, after = date(2019, 6, 30), date(2019, 7, 1)
    old = TREE.find("341822", before)
    assert old is not None
    assert (old.name, old.valid_from, old.valid_to, old.successors) == ("广德县", None, before, ("341882",))
    new = TREE.find("341882", after)
    assert new is not None
    assert (new.name, new.valid_from, new.valid_to) == ("广德市", after, None)
    assert TREE.find("341822", after) is new
    assert TREE.find("341882", before) is old
    assert TREE.name("341822", DAY) == "广德市"
    assert codes(TREE.named("广德县", DAY)) == ["341882"]
    assert codes(TREE.under("3418", Level.COUNTY, before)) == ["341802", "341822"]
    assert codes(TREE.under("3418", Level.COUNTY, after)) == ["341802", "341882"]


def test_a_row_under_an_old_street_counts_at_the_successor_county() -> None:
    place = TREE.place("341822101", DAY)
    assert place is not None
    assert place.code == "341882"
    assert TREE.find("341822101", DAY) is None


def test_streets_known_only_under_the_new_code_belong_to_the_old_county_before_the_change() -> None:
    before = date(2018, 1, 1)
    assert codes(TREE.lineage("341882001", before)) == ["00", "34", "3418", "341822", "341882001"]
    assert codes(TREE.children("341822", before)) == ["341882001"]


def test_a_split_unit_is_placed_above_its_parts() -> None:
    split = DivisionChange("341802", "宣州区", date(2030, 1, 1), ("341803", "341804"), "假设")
    tree = DivisionTree([*XUANCHENG, unit("341803", "甲区"), unit("341804", "乙区")], [split])
    assert tree.find("341802", date(2030, 1, 1)) is None
    place = tree.place("341802", date(2030, 1, 1))
    assert place is not None
    assert place.code == "3418"


def test_a_unit_that_took_another_in_keeps_its_own_first_day() -> None:
    merged = DivisionChange("330104", "江干区", date(2021, 4, 9), ("330102",), "假设")
    upper = unit("330102", "上城区", valid_from=date(1949, 10, 1))
    tree = DivisionTree([unit("33", "浙江省"), unit("3301", "杭州市"), upper], [merged])
    assert codes(tree.under("3301", Level.COUNTY, date(2021, 4, 8))) == ["330102", "330104"]
    assert codes(tree.under("3301", Level.COUNTY, date(2021, 4, 9))) == ["330102"]
    assert tree.name("330104", DAY) == "上城区"


def test_changes_that_chase_each_other_end() -> None:
    round_trip = [
        DivisionChange("341802", "甲", date(2001, 1, 1), ("341803",), ""),
        DivisionChange("341803", "乙", date(2000, 1, 1), ("341802",), ""),
    ]
    tree = DivisionTree(XUANCHENG, round_trip)
    assert tree.find("341802", DAY) is None
    assert codes(tree.lineage("341802", DAY)) == ["00", "34", "3418"]


def test_a_partial_tree_answers_from_what_is_there() -> None:
    tree = DivisionTree([unit("34", "安徽省"), unit("341802001", "西林街道")])
    assert codes(tree.lineage("341802001999", DAY)) == ["00", "34", "341802001"]
    assert codes(tree.children("34", DAY)) == ["341802001"]
    assert tree.name("3418", DAY) == "3418"
    assert len(tree) == len(list(tree)) == 3


changes = st.lists(
    st.builds(
        lambda old, new, day: DivisionChange(old, f"旧{old}", date(2010, 1, 1) + timedelta(day), (new,), "假设"),
        st.sampled_from(["341821", "341822", "341823", "341802"]),
        st.sampled_from(["341881", "341882", "341883"]),
        st.integers(0, 5000),
    ),
    max_size=4,
    unique_by=lambda change: change.code,
)
known = st.sets(significant, max_size=12).map(
    lambda found: [unit(code, f"名{code}") for code in {a for c in found for a in ancestry(c)}]
)


def ancestry(code: str) -> list[str]:
    up = parent_code(code)
    return [] if code == COUNTRY else [code, *ancestry(str(up))]


@given(known, changes, st.dates(date(2005, 1, 1), date(2030, 1, 1)))
def test_on_every_day_children_and_lineage_tell_the_same_story(
    units: list[Division], changes: list[DivisionChange], on: date
) -> None:
    tree = DivisionTree([*XUANCHENG, unit("341881", "宁国市"), *units], changes)
    for one in list(tree):
        standing = tree.find(one.code, on)
        if standing is None:
            continue
        line = tree.lineage(one.code, on)
        assert line[0].code == COUNTRY
        assert line[-1] is standing is tree.place(one.code, on)
        for above, below in pairwise(line):
            assert below in tree.children(above.code, on)
            assert below in tree.under(above.code, below.level, on, placeholders=True)


odd = st.builds(
    lambda old, new, day: DivisionChange(old, f"旧{old}", date(2010, 1, 1) + timedelta(day), (new,), "假设"),
    st.sampled_from(["3418", "341802", "341802001", "341881"]),
    st.sampled_from(["34", "341821", "341802002", "341881001", "341802001003"]),
    st.integers(0, 5000),
)


@given(known, st.lists(odd, max_size=3, unique_by=lambda change: change.code), st.permutations(range(40)))
def test_what_lies_above_a_code_is_its_lineage_whichever_code_was_asked_before(
    units: list[Division], changes: list[DivisionChange], order: list[int]
) -> None:
    tree = DivisionTree([*XUANCHENG, unit("341881", "宁国市"), *units], changes)
    asked = [one.code for one in tree] + ["341802001999", "330999"]
    for place in order:
        code = asked[place % len(asked)]
        for on in (date(2009, 1, 1), DAY):
            assert list(nodes_above(tree, code, on)) == (codes(tree.lineage(code, on)) or [COUNTRY])


@given(changes, st.dates(date(2005, 1, 1), date(2030, 1, 1)))
def test_the_counties_of_a_day_never_count_a_street_twice(changes: list[DivisionChange], on: date) -> None:
    tree = DivisionTree(XUANCHENG, changes)
    streets = [
        street.code
        for county in tree.under(COUNTRY, Level.COUNTY, on)
        for street in tree.under(county.code, Level.STREET, on)
    ]
    assert len(streets) == len(set(streets))
    assert set(streets) <= set(codes(tree.under(COUNTRY, Level.STREET, on)))
