"""The city's list: every number of its article comes out of the demonstration's rows, printed as it was printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shishi.adapters.engines.reference import ReferenceEngine
from shishi.commands.demonstration.figures import ExpectedFigure, compare, expected_figures
from shishi.commands.demonstration.growing import grown
from shishi.commands.demonstration.planned import HandIn
from shishi.commands.demonstration.recipes import is_recipe, read_recipe
from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.evaluation import Moments
from shishi.core.printing import Agreement, stated_number
from shishi.core.programmes import Pack
from shishi.core.questions import Question
from shishi.core.rollup import amounts
from shishi.packs.loading import load_pack
from tests.packs.test_ministry import Rows, resolved

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "packs" / "xuancheng" / "2021"
KNOWN_AT = datetime(2021, 11, 1, tzinfo=UTC)
COUNTIES = ("341802", "341821", "341823", "341824", "341825", "341871", "341881", "341882")
GROWN = {
    "city_news", "elder_care", "enterprise_support", "lift_rescue", "lift_retrofit", "road_traffic", "school_places",
    "service_items",
}  # fmt: skip
"""The others are told row by row: test_demonstration proves theirs."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(FOLDER)


@pytest.fixture(scope="module")
def tree() -> DivisionTree:
    units = [("00", Level.COUNTRY), ("34", Level.PROVINCE), ("3418", Level.CITY)]
    units += [(code, Level.COUNTY) for code in COUNTIES]
    return DivisionTree([Division(code, f"单位{code}", level) for code, level in units])


@pytest.fixture(scope="module")
def handed(pack: Pack, tree: DivisionTree) -> list[HandIn]:
    recipes = [read_recipe(file) for file in sorted((FOLDER / "demonstration").glob("*.yaml")) if is_recipe(file)]
    made = [item for recipe in recipes if recipe.programme in GROWN for item in grown(recipe, pack, tree)]
    return sorted(made, key=lambda item: (item.day, item.time))


@pytest.fixture(scope="module")
def rows(pack: Pack, handed: list[HandIn]) -> Rows:
    return Rows(pack, handed)


def test_every_row_of_a_recipe_passes_every_check(rows: Rows, handed: list[HandIn]) -> None:
    for item in handed:
        table = rows.tables[item.table]
        assert not check_sheet(table, [(row, Place(row=line)) for line, row in enumerate(item.rows, start=1)])
        for row in item.rows[:: 1 if len(item.rows) < 500 else 20]:
            assert not check_row(table, resolved(table, row), RowContext(Moments(item.day))), (table.name, row)


def test_every_reference_of_a_recipe_is_to_a_row_that_is_there(rows: Rows) -> None:
    entries = {name: {str(row.entry) for row in held} for name, held in rows.held.items()}
    for name in list(rows.held):
        for field in (field for field in rows.tables[name].fields if field.references):
            meant = {row.values[field.name] for row in rows.held[name]} - {None}
            assert meant <= entries.get(field.references, set()), (name, field.name)


def claimed(pack: Pack) -> list[ExpectedFigure]:
    found = expected_figures(REPOSITORY / "reference" / "seed-figures.csv", [pack])
    return [item for item in found if item.programme.rpartition("/")[2] in GROWN and not item.of_target]


def test_the_articles_numbers_come_out_of_the_rows_as_they_were_printed(
    pack: Pack, rows: Rows, tree: DivisionTree
) -> None:
    assert len(claimed(pack)) == 22
    for expected in claimed(pack):
        assert expected.as_of is not None
        programme = next(item for item in pack.programmes if item.name == expected.programme)
        indicators = {item.code: item for item in programme.indicators}
        indicator = indicators[expected.indicator]
        question = Question(indicator, rows.tables, expected.as_of, KNOWN_AT, indicators=indicators)
        amount = amounts(ReferenceEngine(rows), question, tree, expected.as_of).get(expected.division)
        held = compare(expected, indicator, amount.value if amount else None)
        assert held.agreement is Agreement.EXACT, held
        assert stated_number(expected.printed) is None or held.printed == expected.printed
