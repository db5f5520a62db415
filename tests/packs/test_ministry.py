"""The ministry's list: every number of its article is claimed once, and comes out of the demonstration's rows."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from shishi.adapters.engines.base import RevisionTexts
from shishi.adapters.engines.reference import ReferenceEngine
from shishi.commands.demonstration.growing import grown
from shishi.commands.demonstration.planned import HandIn
from shishi.commands.demonstration.recipes import is_recipe, read_recipe
from shishi.core.assurance import Mark
from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level
from shishi.core.evaluation import Moments
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.printing import print_value, stated_number
from shishi.core.programmes import Pack, Programme, PublishedFigure
from shishi.core.provenance import Door, Provenance
from shishi.core.questions import Question
from shishi.core.rollup import amounts
from shishi.core.tables import FieldType, Table, Value, Values
from shishi.core.values import key_text
from shishi.packs.loading import load_pack

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "packs" / "mohurd" / "2021"
KNOWN_AT = datetime(2021, 11, 1, tzinfo=UTC)
PROVINCES = [
    f"{code}"
    for code in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 67))
]
WITHOUT_CITIES = {"11", "12", "31", "50", "66"}
TOLD_ROW_BY_ROW = {"A007", "A008", "A009", "A010"}
"""The estates have no recipe: test_demonstration proves theirs."""
TOO_LONG = {"rural_craftsmen"}
"""Proved by ``shishi demo --all``; its 59,000 rows are too many for a unit test."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(FOLDER)


@pytest.fixture(scope="module")
def tree() -> DivisionTree:
    """Provinces with 21 cities of one county each: as many as the recipes place rows in."""
    cities = [
        f"{province}{city:02}" for province in PROVINCES if province not in WITHOUT_CITIES for city in range(1, 22)
    ]
    units = [(COUNTRY, Level.COUNTRY), *((code, Level.PROVINCE) for code in PROVINCES)]
    units += [(code, Level.CITY) for code in cities] + [(f"{code}02", Level.COUNTY) for code in cities]
    return DivisionTree([Division(code, f"单位{code}", level) for code, level in units])


@pytest.fixture(scope="module")
def handed(pack: Pack, tree: DivisionTree) -> list[HandIn]:
    recipes = [read_recipe(path) for path in sorted((FOLDER / "demonstration").glob("*.yaml")) if is_recipe(path)]
    made = [item for recipe in recipes if recipe.programme not in TOO_LONG for item in grown(recipe, pack, tree)]
    return sorted(made, key=lambda item: (item.day, item.time))


class Rows:
    """Everything handed in, posted in the order of time; rows of one key are one entry."""

    def __init__(self, pack: Pack, handed: list[HandIn]) -> None:
        self.tables = {table.name: table for programme in pack.programmes for table in programme.tables}
        self.held: defaultdict[str, list[Revision]] = defaultdict(list)
        sequence = 0
        for item in handed:
            table = self.tables[item.table]
            at = datetime.combine(item.day, item.time, UTC)
            for row in item.rows:
                sequence += 1
                key, values = key_text(table, row), resolved(table, row)
                source = Provenance(Door.WORKBOOK, "", item.person)
                posted = RevisionKind.POSTED
                made = Revision(sequence, entry(table.name, key), posted, item.day, at, key, values, source)
                self.held[table.name].append(made)

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        return iter(self.held[table])

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        return iter(())  # the reference asks for revisions

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        return iter(())

    def head(self, table: str) -> int:
        return sum(map(len, self.held.values()))


def entry(table: str, key: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{table} {key}")


def resolved(table: Table, row: Values) -> Values:
    """References as the ledger holds them: the entry that the clerk's key names."""
    whole: dict[str, Value] = {field.name: row.get(field.name) for field in table.fields}
    for field in table.fields:
        if field.type is FieldType.REFERENCE and whole[field.name]:
            whole[field.name] = str(entry(field.references, str(whole[field.name]).upper()))
    return whole


@pytest.fixture(scope="module")
def rows(pack: Pack, handed: list[HandIn]) -> Rows:
    return Rows(pack, handed)


def article() -> dict[str, dict[str, str]]:
    with (REPOSITORY / "reference" / "seed-figures.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file) if row["id"].startswith("A")}


def test_every_number_of_the_article_is_claimed_once(pack: Pack) -> None:
    claims = Counter(claim.id for programme in pack.programmes for claim in programme.published)
    claims.update(fact.id for fact in pack.facts)
    assert claims == Counter(list(article()))


def test_every_row_of_a_recipe_passes_every_check(rows: Rows, handed: list[HandIn]) -> None:
    for item in handed:
        table = rows.tables[item.table]
        assert not check_sheet(table, [(row, Place(row=line)) for line, row in enumerate(item.rows, start=1)])
        for row in item.rows[:: 1 if len(item.rows) < 500 else 20]:
            assert not check_row(table, resolved(table, row), RowContext(Moments(item.day))), (table.name, row)


def test_every_reference_of_a_recipe_is_to_a_row_that_is_there(rows: Rows) -> None:
    entries = {name: {str(row.entry) for row in held} for name, held in rows.held.items()}
    for name, table in rows.tables.items():
        for field in (field for field in table.fields if field.references):
            if field.references.endswith("estate_renovation/estates"):
                continue  # these are told row by row, not by a recipe
            meant = {row.values[field.name] for row in rows.held[name]} - {None}
            assert meant <= entries.get(field.references, set()), (name, field.name)


def test_the_articles_numbers_are_printed_as_the_article_prints_them(
    pack: Pack, rows: Rows, tree: DivisionTree
) -> None:
    for programme in pack.programmes:
        if programme.code not in TOO_LONG:
            for claim in (item for item in programme.published if item.id not in TOLD_ROW_BY_ROW):
                printed = article()[claim.id]["printed"]
                if stated_number(printed) is not None:
                    assert told(programme, claim, rows, tree) == printed, claim.id


def told(programme: Programme, claim: PublishedFigure, rows: Rows, tree: DivisionTree) -> str:
    """The figure, or the promise, as it is printed."""
    indicators = {item.code: item for item in programme.indicators}
    indicator = indicators[claim.indicator]
    if claim.of_target:
        target = next(item for item in programme.targets if item.indicator == claim.indicator)
        form = replace(indicator, printed=target.printed or indicator.printed)
        return print_value(form, target.values[programme.division])
    question = Question(indicator, rows.tables, claim.as_of, KNOWN_AT, indicators=indicators)
    found = amounts(ReferenceEngine(rows), question, tree, claim.as_of).get(COUNTRY)
    return print_value(indicator, found.value if found else None)
