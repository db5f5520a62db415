"""Editing in place: a cell that is typed on a page becomes a revision, and nobody
overwrites what they have not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.audit.selectors import verify
from shishi.apps.ledger.editing import Edit, EditConflict, Edited, Editing, edit_rows
from shishi.apps.ledger.listing import ListedRow, rows_of
from shishi.apps.ledger.models import Batch, Proposal, Receipt, RevisionRow
from shishi.apps.programmes.selectors import table_named
from shishi.core.errors import Misuse, Refused
from shishi.core.listing import RowsAsked
from tests.apps.town import CITIZEN, DAY, GUANGDE, HOMES, PROGRAMME, Town, home, pack_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in(
        home("X1", "issued", owner="张三", citizen=CITIZEN, area="80.50"), home("X2"), home("G1", county=GUANGDE)
    )
    return town


def seen(town: Town, person: Person | None = None) -> dict[str, ListedRow]:
    programme, table = table_named("homes")
    rows = rows_of(person or town.operator, programme, table, RowsAsked(DAY), at=town.now)
    return {row.key: row for row in rows.rows}


def edit(
    town: Town,
    cells: Mapping[ListedRow, Mapping[str, str]],
    by: Person | None = None,
    explanation: str = "",
    **told: Any,
) -> Edited:
    programme, table = table_named("homes")
    preview = told.pop("preview", False)
    edits = [Edit(row.entry, row.sequence, typed, explanation) for row, typed in cells.items()]
    editing = Editing(programme, table, DAY, edits, **told)
    return edit_rows(editing, by=by or town.clerk(), at=town.tick(), preview=preview)


def one(town: Town, key: str, cells: Mapping[str, str], **told: Any) -> Edited:
    return edit(town, {Row(seen(town)[key]): cells}, **told)


class Row:
    """A listed row that can stand as a key."""

    def __init__(self, row: ListedRow) -> None:
        self.entry, self.sequence = row.entry, row.sequence


def test_a_typed_cell_is_a_revision_with_its_day_and_person(filled: Town) -> None:
    edited = one(filled, "X2", {"area": "66.6", "owner": "李四"})
    row = seen(filled)["X2"]
    assert (edited.status, row.cells["area"].text, row.cells["owner"].text) == ("written", "66.60", "李*")
    held = RevisionRow.objects.get(sequence=row.sequence)
    assert (held.kind, held.effective_on, held.batch.person, held.batch.door) == (
        "revised",
        DAY,
        "clerk_xuanzhou",
        "form",
    )
    assert verify().broken is None


def test_what_was_not_typed_stays_encrypted_cells_too(filled: Town) -> None:
    before = RevisionRow.objects.get(sequence=seen(filled)["X1"].sequence).cells
    one(filled, "X1", {"household": "H9"})
    after = RevisionRow.objects.get(sequence=seen(filled)["X1"].sequence).cells
    assert {**before, "household": "H9"} == after


def test_an_emptied_cell_is_cleared(filled: Town) -> None:
    one(filled, "X1", {"area": ""})
    assert seen(filled)["X1"].cells["area"].text == ""


def test_the_same_edit_again_writes_nothing(filled: Town) -> None:
    row = Row(seen(filled)["X2"])
    edit(filled, {row: {"area": "66.60"}})
    batches = Batch.objects.count()
    assert edit(filled, {row: {"area": "66.60"}}).status == "unchanged"
    assert Batch.objects.count() == batches


def test_a_mended_cell_is_no_report_of_the_county(filled: Town) -> None:
    receipts = Receipt.objects.count()
    one(filled, "X2", {"area": "66.60"})
    assert Receipt.objects.count() == receipts


def test_the_second_of_two_people_sees_the_first_ones_change_and_decides(filled: Town) -> None:
    row = Row(seen(filled)["X2"])
    edit(filled, {row: {"area": "70.00"}}, by=filled.operator)
    with pytest.raises(EditConflict) as told:
        edit(filled, {row: {"area": "90.00", "household": "H2"}})
    (conflict,) = told.value.conflicts
    assert (conflict.title, conflict.seen, conflict.now, conflict.wanted) == ("面积", "", "70.00", "90.00")
    assert conflict.person == "operator"
    assert seen(filled)["X2"].cells["household"].text == ""
    edit(filled, {row: {"area": "90.00", "household": "H2"}}, overwrite=True)
    assert seen(filled)["X2"].cells["area"].text == "90.00"


def test_edits_of_different_cells_do_not_disturb_each_other(filled: Town) -> None:
    row = Row(seen(filled)["X2"])
    edit(filled, {row: {"area": "70.00"}}, by=filled.operator)
    edit(filled, {row: {"household": "H2"}})
    cells = seen(filled)["X2"].cells
    assert (cells["area"].text, cells["household"].text) == ("70.00", "H2")


def test_a_fault_refuses_all_and_names_its_place(filled: Town) -> None:
    rows = seen(filled)
    with pytest.raises(Refused) as refused:
        edit(filled, {Row(rows["X1"]): {"area": "1.00"}, Row(rows["X2"]): {"stage": "issued", "area": "0.001"}})
    told = {(issue.row, issue.field) for issue in refused.value.issues}
    assert (2, "area") in told
    assert seen(filled)["X1"].cells["area"].text == "80.50"


def test_in_a_bulk_edit_faulty_rows_are_skipped_and_told(filled: Town) -> None:
    rows = seen(filled)
    cells = {Row(rows[key]): {"stage": "issued"} for key in ("X1", "X2", "G1")}
    told = edit(
        filled,
        {
            **cells,
        },
        preview=True,
        skip=True,
        by=filled.operator,
    )
    assert (told.rows, [item.key for item in told.skipped]) == (0, ["X2", "G1"])
    mine = [Row(rows[key]) for key in ("X1", "X2")]
    told = edit(filled, {mine[0]: {"area": "1.00"}, mine[1]: {"area": "0.00"}}, skip=True)
    assert (told.status, told.rows, [item.key for item in told.skipped]) == ("written", 1, ["X2"])
    assert seen(filled)["X1"].cells["area"].text == "1.00"


def test_a_preview_writes_nothing_and_shows_each_cell(filled: Town) -> None:
    told = one(filled, "X2", {"area": "66.60"}, preview=True)
    (row,) = told.difference.rows
    assert [(cell.title, cell.old, cell.new) for cell in row.cells] == [("面积", "", "66.60")]
    assert seen(filled)["X2"].cells["area"].text == ""


def test_an_unusual_value_needs_its_explanation(filled: Town) -> None:
    with pytest.raises(Refused) as refused:
        one(filled, "X2", {"area": "900"})
    assert refused.value.issues[0].code == "query_unexplained"
    one(filled, "X2", {"area": "900"}, explanation="整栋一户")
    assert seen(filled)["X2"].cells["area"].text == "900.00"


@pytest.mark.parametrize("name", ["number", "county", "colour"])
def test_what_decides_which_row_it_is_is_not_edited_in_place(filled: Town, name: str) -> None:
    with pytest.raises(Misuse):
        one(filled, "X2", {name: "341821"})


def test_rows_out_of_reach_are_as_unknown_as_rows_that_are_not_there(filled: Town) -> None:
    for by in (filled.clerk("guangde"), filled.clerk("langxi")):
        with pytest.raises(Misuse) as wrong:
            one(filled, "X2", {"area": "1.00"}, by=by)
        assert wrong.value.code == "unknown_row"


def test_who_may_read_but_not_hand_in_is_refused(filled: Town) -> None:
    with pytest.raises(Misuse) as wrong:
        one(filled, "X2", {"area": "1.00"}, by=filled.leader)
    assert wrong.value.code == "out_of_reach"


def test_nothing_is_true_from_tomorrow(filled: Town) -> None:
    programme, table = table_named("homes")
    row = seen(filled)["X2"]
    editing = Editing(programme, table, DAY + timedelta(days=1), [Edit(row.entry, row.sequence, {"area": "1.00"})])
    with pytest.raises(Misuse):
        edit_rows(editing, by=filled.clerk(), at=filled.tick())


def test_where_the_pack_asks_for_a_second_person_an_edit_waits_for_one(
    db: None, own_folder: Any, code_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = replace(PROGRAMME, tables=tuple(replace(t, approval=t.name == HOMES.name) for t in PROGRAMME.tables))
    town = Town(own_folder, code_list, pack_of(approved))
    from shishi.apps.ledger.proposals import approve, propose_workbook
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    from shishi.apps.ledger.intake import HandIn

    path = town.folder / "first.xlsx"
    import json

    path.write_text(json.dumps([home("X2")]))
    programme, table = table_named("homes")
    made = propose_workbook(HandIn(programme, table, path, DAY), by=town.clerk(), at=town.tick())
    assert isinstance(made, Proposal)
    approve(made, by=town.reviewer, at=town.tick())
    edited = one(town, "X2", {"area": "66.60"})
    assert (edited.status, seen(town)["X2"].cells["area"].text) == ("proposed", "")
    approve(Proposal.objects.get(pk=edited.proposal), by=town.reviewer, at=town.tick())
    assert seen(town)["X2"].cells["area"].text == "66.60"
