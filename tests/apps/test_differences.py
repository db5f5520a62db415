"""The difference between two moments: the rows, batches and divisions that made it add up to it exactly."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.engines.differing import Change
from shishi.apps.indicators.differences import Difference, Moments, difference, forget
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.selectors import batch_of
from shishi.apps.ledger.services import undo_batch
from shishi.apps.programmes.selectors import table_named
from shishi.core.errors import Misuse
from shishi.core.rollup import total
from tests.apps.town import DAY, GUANGDE, LANGXI, NAME, XUANZHOU, Town, home, read_rows

BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Two days: on the second X2 is issued, X3 is new and issued, X1 falls back, G1 goes to 郎溪县."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    forget()
    made = Town(own_folder, code_list)
    made.hand_in(home("X1", "issued", area="10.50"), home("X2", area="20"), as_of=BEFORE, by=made.clerk())
    made.hand_in(home("G1", "issued", county=GUANGDE, household="H9"), as_of=BEFORE, by=made.clerk("guangde"))
    rows = [home("X1", area="11.25", issued_on=""), home("X2", "issued", area="20"), home("X3", "issued")]
    made.hand_in(*rows, by=made.clerk(), file="宣州区二.xlsx")
    return made


def told(town: Town, code: str = "issued", earlier: date = BEFORE, **asked: Any) -> Difference:
    known = {name: asked.pop(name) for name in ("known_at", "division", "basis") if name in asked}
    before = Moments(earlier, asked.pop("then", None))
    return difference(town.operator, Asked(NAME, asked.pop("as_of", DAY), **known), before, code, at=town.now, **asked)


def test_rows_that_came_in_and_went_out_make_the_difference(town: Town) -> None:
    found = told(town)
    assert (found.before.value, found.after.value, found.amount, found.explained) == (2, 3, 1, 1)
    assert {change: (item.parts, item.amount) for change, item in found.sums.items()} == {
        Change.CAME_IN: (2, 2),
        Change.WENT_OUT: (1, -1),
    }
    assert {row.key: row.amount for row in found.rows} == {"X2": 1, "X3": 1, "X1": -1}
    row = next(row for row in found.rows if row.key == "X2")
    assert ("阶段", "已列入", "已发证") in [(cell.title, cell.before, cell.after) for cell in row.cells]
    assert row.cause is not None
    assert (row.cause.file, row.cause.person, row.cause.row) == ("宣州区二.xlsx", "clerk_xuanzhou", 3)


def test_batches_and_divisions_add_up_to_it(town: Town) -> None:
    town.hand_in(home("L1", "issued", county=LANGXI), by=town.clerk("langxi"), file="郎溪县.xlsx")
    found = told(town)
    assert [(item.origin and item.origin.file, item.parts, item.amount) for item in found.origins] == [
        ("宣州区二.xlsx", 3, 1),
        ("郎溪县.xlsx", 1, 1),
    ]
    assert {item.unit.name: item.amount for item in found.units} == {"宣州区": 1, "郎溪县": 1}
    assert total(item.amount for item in found.units) == found.amount == 2


def test_a_sum_tells_what_each_row_added_and_took(town: Town) -> None:
    found = told(town, "area")
    assert found.amount == Decimal("0.75")
    (row,) = found.rows
    assert (row.change, row.before, row.after) == (Change.CHANGED, Decimal("10.50"), Decimal("11.25"))


def test_a_ratio_is_explained_by_its_parts_and_what_each_did(town: Town) -> None:
    found = told(town, "rate", part="denominator")
    assert (found.counted.code, found.amount, found.total) == ("homes", 1, 1)
    assert found.effects is not None
    assert sum(found.effects) == found.points
    assert found.points == found.after.value - found.before.value  # type: ignore[operator]  # both are there


def test_two_moments_of_knowing_of_one_day(town: Town) -> None:
    then = town.now
    batch = town.hand_in(home("X4", "issued"), by=town.clerk(), file="补报.xlsx")
    found = told(town, earlier=DAY, then=then)
    assert [(row.key, row.cause and row.cause.file) for row in found.rows] == [("X4", "补报.xlsx")]
    then = town.now
    undo_batch(batch_of(batch.batch), table_named("homes")[1], reason="误报", by=town.operator, at=town.tick())
    found = told(town, earlier=DAY, then=then)
    (row,) = found.rows
    assert (row.key, row.amount, row.change, row.now) == ("X4", -1, Change.WENT_OUT, None)
    assert row.cause is not None
    assert row.cause.kind == "voided"


def test_a_row_that_goes_to_another_division_is_told_where_it_left_and_where_it_went(town: Town) -> None:
    town.hand_in(home("G1", "issued", county=LANGXI, household="H9"), by=town.operator)
    whole = told(town, change=Change.MOVED)
    assert [(row.key, row.amount) for row in whole.rows] == [("G1", 0)]
    assert {item.unit.name: item.amount for item in whole.units} == {"广德市": -1, "郎溪县": 1, "宣州区": 1}
    assert [row.change for row in told(town, division=GUANGDE).rows] == [Change.WENT_OUT]


def test_values_that_are_told_apart_are_the_parts_of_a_distinct_count(town: Town) -> None:
    town.hand_in(home("G2", county=GUANGDE, household="H9"), home("G3", county=GUANGDE, household="H10"))
    found = told(town, "households")
    assert (found.amount, [row.key for row in found.rows], found.units) == (1, ["G3"], ())


def test_a_figure_of_ones_own_gives_way_to_another(town: Town) -> None:
    town.hand_in({"county": XUANZHOU, "complaints": 3}, table="reports", as_of=BEFORE)
    town.hand_in({"county": XUANZHOU, "complaints": 5}, {"county": "341800", "complaints": 9}, table="reports")
    found = told(town, "complaints")
    assert (found.before.value, found.after.value, found.explained) == (3, 9, 6)
    assert sorted((row.change, row.amount) for row in found.rows) == [(Change.CAME_IN, 9), (Change.WENT_OUT, -3)]


def test_what_was_never_reported_is_null_and_all_of_it_comes_in(town: Town) -> None:
    found = told(town, earlier=date(2021, 9, 1))
    assert (found.before.value, found.after.value, found.explained, found.points) == (None, 3, 3, None)


def test_moments_the_wrong_way_round_and_places_out_of_reach_are_told(town: Town) -> None:
    with pytest.raises(Misuse, match="对调"):
        told(town, earlier=DAY + timedelta(days=1))
    asked = Asked(NAME, DAY, division=GUANGDE)
    with pytest.raises(Misuse, match="查看范围"):
        difference(town.clerk(), asked, Moments(BEFORE), "issued", at=town.now)
