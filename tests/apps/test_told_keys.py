"""A key that means a row of another table is told by that row's key, wherever people read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from shishi.apps.ledger.listing import rows_of
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.one_row import row_of
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.showing import told_keys
from shishi.core.calendars import day_of
from shishi.core.listing import RowsAsked
from shishi.core.values import KEY_SEPARATOR
from tests.apps.town import DAY, ESTATES, HOMES, PROGRAMME, REPORTS, XUANZHOU, Town, home, pack_of, read_rows

pytestmark = pytest.mark.django_db
KEYED = replace(
    HOMES,
    fields=tuple(replace(item, required=True) if item.name == "estate" else item for item in HOMES.fields),
    key=("estate", "number"),
)


@pytest.fixture
def keyed(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose homes are known by their estate and a number in it."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    found = Town(own_folder, code_list, pack_of(replace(PROGRAMME, tables=(ESTATES, KEYED, REPORTS))))
    found.hand_in({"code": "E1", "county": XUANZHOU, "name": "双桥"}, table="estates")
    found.hand_in(home("H1", estate="E1"), home("H2", estate="E1"))
    return found


def entry_of(table: str) -> UUID:
    return RevisionRow.objects.filter(table=table).earliest("sequence").entry


def test_on_the_page_of_a_row_and_on_those_that_it_refers_to(keyed: Town) -> None:
    estate = row_of(keyed.clerk(), entry_of(ESTATES.name), at=keyed.now)
    assert [item.key for item in estate.referred] == ["E1 / H1", "E1 / H2"]
    own = row_of(keyed.clerk(), entry_of(KEYED.name), at=keyed.now)
    assert own.key == "E1 / H1"
    assert [item.key for item in own.refers] == ["E1"]


def test_in_a_list(keyed: Town) -> None:
    found = rows_of(keyed.clerk(), PROGRAMME, KEYED, RowsAsked(DAY), at=keyed.now)
    assert [item.key for item in found.rows] == ["E1 / H1", "E1 / H2"]


def test_before_the_row_that_is_meant_was_there_its_identifier_is_told(keyed: Town) -> None:
    rows = list(live(KEYED.name, day_of(keyed.now)).order_by("key"))
    estate = entry_of(ESTATES.name)
    assert told_keys(KEYED, rows, DAY.replace(year=2020)) == [f"{estate} / H1".upper(), f"{estate} / H2".upper()]


def test_a_part_that_is_one_of_a_list_is_told_by_its_title(keyed: Town) -> None:
    staged = replace(KEYED, key=("stage", "number"))
    (row, *_) = live(KEYED.name, day_of(keyed.now)).order_by("key")
    row.key = f"LISTED{KEY_SEPARATOR}H1"
    assert told_keys(staged, [row], DAY) == ["已列入 / H1"]
