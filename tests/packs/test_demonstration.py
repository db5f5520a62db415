"""The demonstration is honest: its rows pass every check, and the articles' figures come out of them by counting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from shishi.adapters.engines.base import RevisionTexts
from shishi.adapters.engines.reference import ReferenceEngine
from shishi.commands.demonstration.figures import compare, expected_figures
from shishi.commands.demonstration.hand_ins import clerks, hand_ins
from shishi.commands.demonstration.planned import HandIn
from shishi.core.assurance import Mark
from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.divisions import Division, DivisionTree, level_of
from shishi.core.evaluation import Moments
from shishi.core.identifiers import fault_of_citizen_number, fault_of_credit_code, fault_of_real_estate_unit
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.printing import Agreement
from shishi.core.programmes import Pack, Programme
from shishi.core.provenance import Door, Provenance
from shishi.core.questions import Question
from shishi.core.rollup import amounts
from shishi.core.tables import FieldType, Table, Values
from shishi.core.values import key_text
from shishi.packs.loading import load_pack

REPOSITORY = Path(__file__).parents[2]
PACKS = REPOSITORY / "packs"
SEEDS = REPOSITORY / "reference" / "seed-figures.csv"
TITLES = "xuancheng/2021/title_certificates"
KNOWN_AT = datetime(2021, 11, 1, tzinfo=UTC)
LAST = date(2021, 9, 30)


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
def handed(tree: DivisionTree) -> list[HandIn]:
    return list(hand_ins(PACKS, tree))


class Ledger:
    """Every hand-in posted, entries told apart by their keys."""

    def __init__(self, handed: list[HandIn], tables: dict[str, Table]) -> None:
        self.held: dict[str, list[Revision]] = {name: [] for name in tables}
        self.sequence = 0
        for item in handed:
            at = datetime.combine(item.day, item.time, UTC) - timedelta(hours=8)
            for row in item.rows:
                self._post(tables[item.table], item, row, at)

    def _post(self, table: Table, item: HandIn, row: Values, at: datetime) -> None:
        self.sequence += 1
        values, key = resolved(table, row), key_text(table, row)
        source = Provenance(Door.WORKBOOK, "", item.person)
        made = Revision(self.sequence, entry(table.name, key), RevisionKind.POSTED, item.day, at, key, values, source)
        self.held[table.name].append(made)

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        return iter(self.held[table])

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        return iter(())  # the reference asks for revisions

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        return iter(())

    def head(self, table: str) -> int:
        return self.sequence


def entry(table: str, key: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{table} {key}")


def resolved(table: Table, row: Values) -> Values:
    references = [field for field in table.fields if field.type is FieldType.REFERENCE and row[field.name]]
    return {**row, **{field.name: str(entry(field.references, str(row[field.name]))) for field in references}}


@pytest.fixture(scope="module")
def ledger(handed: list[HandIn], tables: dict[str, Table]) -> Ledger:
    return Ledger(handed, tables)


def figure(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programme: Programme, code: str, on: date
) -> dict[str, int]:
    indicators = {item.code: item for item in programme.indicators}
    question = Question(indicators[code], tables, on, KNOWN_AT, indicators=indicators)
    found = amounts(ReferenceEngine(ledger), question, tree, on)
    return {node: int(amount.value) for node, amount in found.items() if amount.value is not None}


def test_every_row_passes_every_check_of_its_table(handed: list[HandIn], tables: dict[str, Table]) -> None:
    for item in handed:
        table = tables[item.table]
        assert not check_sheet(table, [(row, Place(row=line)) for line, row in enumerate(item.rows, start=1)])
        every = 40 if table.short == "estates" else 1
        for row in item.rows[::every]:
            assert set(row) <= set(table.by_name)
            assert not check_row(table, resolved(table, row), RowContext(Moments(item.day))), row


def test_the_articles_figures_come_out_of_the_rows(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme], packs: list[Pack]
) -> None:
    engine, proven = ReferenceEngine(ledger), set()
    for expected in expected_figures(SEEDS, packs):
        if expected.as_of is None:
            assert compare(expected, None, None).agreement is Agreement.NOT_CHECKABLE
            continue
        indicators = {item.code: item for item in programmes[expected.programme].indicators}
        indicator = indicators[expected.indicator]
        if expected.of_target or not ledger.held[(indicators.get(indicator.numerator) or indicator).table]:
            continue
        question = Question(indicator, tables, expected.as_of, KNOWN_AT, indicators=indicators)
        found = amounts(engine, question, tree, expected.as_of)[expected.division]
        held = compare(expected, indicator, found.value)
        assert held.agreement is Agreement.EXACT, held
        proven.add(expected.id)
        if any(sign.isdigit() for sign in expected.printed):
            assert held.printed == expected.printed
    assert proven >= {"A007", "A009", "A010", "B003", "B005", "B017", "B019", "B020.1", "B020.4", "B021", "B024"}


def test_a_figure_that_differs_is_off(programmes: dict[str, Programme], packs: list[Pack]) -> None:
    expected = next(item for item in expected_figures(SEEDS, packs) if item.id == "B018")
    indicator = programmes[TITLES].indicator("issued_units")
    assert compare(expected, indicator, None).agreement is Agreement.NOT_CHECKABLE
    assert compare(expected, indicator, Decimal(13349)).agreement is Agreement.OFF


def test_what_the_article_left_empty_is_equal_to_nothing_and_not_to_zero(
    programmes: dict[str, Programme], packs: list[Pack]
) -> None:
    expected = next(item for item in expected_figures(SEEDS, packs) if item.id == "B002")
    indicator = programmes[expected.programme].indicator(expected.indicator)
    assert compare(expected, indicator, None).agreement is Agreement.EXACT
    assert compare(expected, indicator, Decimal(0)).agreement is Agreement.OFF


def test_every_unit_that_remains_has_a_reason(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme]
) -> None:
    programme = programmes[TITLES]
    codes = [item.code for item in programme.indicators if item.code.startswith("remaining_")]
    found = {code: figure(ledger, tables, tree, programme, code, LAST)["3418"] for code in codes}
    assert found.pop("remaining_units") == 1817
    assert found.pop("remaining_without_cause") == 0
    assert sum(found.values()) == 1817


def test_the_clearings_come_to_zero_only_on_the_last_day(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme]
) -> None:
    for code in ("blocked_units", "uncollected_certificates", "unfinished_projects", "overdue_gaps"):
        before = figure(ledger, tables, tree, programmes[TITLES], code, date(2021, 9, 29))
        assert before["3418"] > 0
        assert set(figure(ledger, tables, tree, programmes[TITLES], code, LAST).values()) == {0}


def test_one_county_is_silent_one_is_behind_and_one_jumps(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme], handed: list[HandIn]
) -> None:
    units = [item for item in handed if item.table == f"{TITLES}/units"]
    assert max(item.day for item in units if item.division == "341824") == date(2021, 9, 28)
    issued = [
        figure(ledger, tables, tree, programmes[TITLES], "issued_units", day) for day in (LAST - timedelta(1), LAST)
    ]
    assert issued[1]["341882"] * 100 < 71 * 1710
    assert issued[1]["341871"] - issued[0]["341871"] > 400


def test_figures_never_fall_from_one_report_to_the_next(
    ledger: Ledger, tables: dict[str, Table], tree: DivisionTree, programmes: dict[str, Programme], handed: list[HandIn]
) -> None:
    days = sorted({item.day for item in handed if item.table == f"{TITLES}/units"})
    for code in ("registered_units", "issued_units"):
        found = [figure(ledger, tables, tree, programmes[TITLES], code, day) for day in days]
        for earlier, later in pairwise(found):
            assert all(later[node] >= value for node, value in earlier.items())


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


def test_the_same_seed_gives_the_same_rows(tree: DivisionTree, handed: list[HandIn]) -> None:
    assert list(hand_ins(PACKS, tree)) == handed


def test_hand_ins_come_in_the_order_of_time_from_known_clerks(handed: list[HandIn], tree: DivisionTree) -> None:
    moments = [(item.day, item.time) for item in handed]
    assert moments == sorted(moments)
    known = {clerk.username: clerk for clerk in clerks(PACKS, tree)}
    for item in handed:
        clerk = known[item.person]
        assert clerk.division == item.division
        assert item.table.split("/")[2] == clerk.programme
