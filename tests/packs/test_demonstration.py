"""The demonstration is honest: its rows tell the daily cycle, and belong to nobody."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from shishi.adapters.engines.reference import ReferenceEngine
from shishi.commands.demonstration.hand_ins import clerks, hand_ins
from shishi.commands.demonstration.planned import HandIn
from shishi.core.divisions import Division, DivisionTree, level_of
from shishi.core.identifiers import fault_of_citizen_number, fault_of_credit_code, fault_of_real_estate_unit
from shishi.core.programmes import Pack, Programme
from shishi.core.questions import Question
from shishi.core.rollup import amounts
from shishi.core.tables import Table, Values
from shishi.packs.loading import load_pack
from tests.packs.grown import KNOWN_AT, Rows

REPOSITORY = Path(__file__).parents[2]
PACKS = REPOSITORY / "packs"
TITLES = "xuancheng/2021/title_certificates"
LAST = date(2021, 9, 30)
TWO = ("title_certificates", "resettlement_homes")


@pytest.fixture(scope="module")
def packs() -> list[Pack]:
    return [load_pack(path.parent) for path in sorted(PACKS.glob("*/2021/pack.yaml"))]


@pytest.fixture(scope="module")
def programmes(packs: list[Pack]) -> dict[str, Programme]:
    return {item.name: item for pack in packs for item in pack.programmes}


@pytest.fixture(scope="module")
def tables(programmes: dict[str, Programme]) -> dict[str, Table]:
    return {table.name: table for item in programmes.values() for table in item.tables}


@pytest.fixture(scope="module")
def tree(programmes: dict[str, Programme]) -> DivisionTree:
    """Only the units that targets name, and two villages for each county of the city."""
    targets = (target for item in programmes.values() for target in item.targets)
    codes = {"34", *(code for target in targets for code in target.values)} - {"00"}
    counties = [code for code in codes if code.startswith("3418") and len(code) == 6]
    codes |= {code + below for code in counties for below in ("001", "001001", "001002")}
    return DivisionTree([Division(code, f"单位{code}", level_of(code)) for code in sorted(codes)])


@pytest.fixture(scope="module")
def handed(tree: DivisionTree, packs: list[Pack]) -> list[HandIn]:
    return list(hand_ins(PACKS, tree, packs, TWO))


@pytest.fixture(scope="module")
def ledger(handed: list[HandIn], tables: dict[str, Table]) -> Rows:
    return Rows(tables, handed)


def figure(
    ledger: Rows, tables: dict[str, Table], tree: DivisionTree, programme: Programme, code: str, on: date
) -> dict[str, int]:
    indicators = {item.code: item for item in programme.indicators}
    question = Question(indicators[code], tables, on, KNOWN_AT, indicators=indicators)
    found = amounts(ReferenceEngine(ledger), question, tree, on)
    return {node: int(amount.value) for node, amount in found.items() if amount.value is not None}


def test_every_unit_that_remains_has_a_reason(
    ledger: Rows, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme]
) -> None:
    programme = programmes[TITLES]
    codes = [item.code for item in programme.indicators if item.code.startswith("remaining_")]
    found = {code: figure(ledger, tables, tree, programme, code, LAST)["3418"] for code in codes}
    assert found.pop("remaining_units") == 1817
    assert found.pop("remaining_without_cause") == 0
    assert sum(found.values()) == 1817


def test_the_clearings_come_to_zero_only_on_the_last_day(
    ledger: Rows, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme]
) -> None:
    for code in ("blocked_units", "uncollected_certificates", "unfinished_projects", "overdue_gaps"):
        before = figure(ledger, tables, tree, programmes[TITLES], code, date(2021, 9, 29))
        assert before["3418"] > 0
        assert set(figure(ledger, tables, tree, programmes[TITLES], code, LAST).values()) == {0}


def test_one_county_is_silent_one_is_behind_and_one_jumps(
    ledger: Rows, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme], handed: list[HandIn]
) -> None:
    units = [item for item in handed if item.table == f"{TITLES}/units"]
    assert max(item.day for item in units if item.division == "341824") == date(2021, 9, 28)
    issued = [
        figure(ledger, tables, tree, programmes[TITLES], "issued_units", day) for day in (LAST - timedelta(1), LAST)
    ]
    assert issued[1]["341882"] * 100 < 71 * 1710
    assert issued[1]["341871"] - issued[0]["341871"] > 400


def test_figures_never_fall_from_one_report_to_the_next(
    ledger: Rows, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme], handed: list[HandIn]
) -> None:
    days = sorted({item.day for item in handed if item.table == f"{TITLES}/units"})
    for code in ("registered_units", "issued_units"):
        found = [figure(ledger, tables, tree, programmes[TITLES], code, day) for day in days]
        for earlier, later in pairwise(found):
            assert all(later[node] >= value for node, value in earlier.items())


def test_what_a_unit_reached_it_keeps_and_its_days_stand_in_order(handed: list[HandIn]) -> None:
    reached: dict[object, Values] = {}
    for item in (item for item in handed if item.table == f"{TITLES}/units"):
        for row in item.rows:
            before = reached.get(row["unit_number"], {})
            for name in ("first_registered_on", "made_on", "collected_on", "gap_supplied_on"):
                assert before.get(name) in (None, row[name]), row
            days = [row[name] for name in ("first_registered_on", "applied_on", "made_on", "collected_on") if row[name]]
            assert days == sorted(days), row  # type: ignore[type-var]  # all of them are dates
            reached[row["unit_number"]] = row
    assert len(reached) == 15167


def test_a_division_without_news_hands_in_the_same_once_more(handed: list[HandIn]) -> None:
    jingde = {item.day: item for item in handed if item.table == f"{TITLES}/units" and item.division == "341825"}
    assert jingde[date(2021, 9, 29)].rows == jingde[date(2021, 9, 28)].rows


def test_identifiers_are_valid_and_belong_to_nobody(handed: list[HandIn]) -> None:
    for item in handed:
        for row in item.rows:
            if number := row.get("owner_number"):
                assert str(number).startswith("199999")
                assert fault_of_citizen_number(str(number), item.day) is None
            if code := row.get("developer_code") or row.get("contractor_code"):
                assert str(code)[2:8] == "999999"
                assert fault_of_credit_code(str(code)) is None
            if unit := row.get("unit_number"):
                assert str(unit)[6:9] == "999"
                assert fault_of_real_estate_unit(str(unit)) is None


def test_people_and_firms_are_named_as_demonstration(handed: list[HandIn]) -> None:
    for item in handed:
        for row in item.rows:
            for name in ("owner", "developer", "contractor", "name"):
                assert name not in row or str(row[name]).startswith("演示") or str(row[name]).endswith("号楼")


def test_the_same_recipes_give_the_same_rows(tree: DivisionTree, packs: list[Pack], handed: list[HandIn]) -> None:
    homes = [item for item in handed if item.table.split("/")[2] == TWO[1]]
    assert list(hand_ins(PACKS, tree, packs, TWO[1:])) == homes


def test_hand_ins_come_in_the_order_of_time_from_known_clerks(
    handed: list[HandIn], tree: DivisionTree, packs: list[Pack]
) -> None:
    moments = [(item.received, item.time) for item in handed]
    assert moments == sorted(moments)
    known = {clerk.username: clerk for clerk in clerks(PACKS, tree, packs, TWO)}
    for item in handed:
        clerk = known[item.person]
        assert clerk.division == item.division
        assert item.table.split("/")[2] == clerk.programme
