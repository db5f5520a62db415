"""Rows go out in a locked workbook and come back: only what its sender touched counts."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import HANDED_SHEET, IDENTITY_TITLE, Sheetful
from shishi.adapters.spreadsheets.reading import Workbook
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.ledger.differences import Difference, difference
from shishi.apps.ledger.handing_out import Wanted, hand_out_to_return
from shishi.apps.ledger.intake import HandIn, WorkbookRefused
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.services import Received, receive_workbook, undo_batch
from shishi.apps.ledger.single_rows import correct_key, withdraw_row
from shishi.apps.programmes.selectors import table_named, tables
from shishi.core.ledger import Mode
from shishi.core.tables import Table
from tests.apps.town import CITIZEN, DAY, HOMES, LANGXI, OTHER_CITIZEN, XUANZHOU, Town, home, read_rows

HEADER, FIRST = 4, 6


@pytest.fixture
def filled(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Three homes of 宣州区 and one of 郎溪县; real workbooks are read by the real reader."""

    def read(path: Path, table: Table, *more: Any) -> Sheetful:
        return (Workbook if zipfile.is_zipfile(path) else read_rows)(path, table, *more)

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read)
    rows = [home(f"H{at}", area="80", owner="张三丰", citizen=CITIZEN) for at in (1, 2, 3)]
    town.hand_in(*rows, home("L1", county=LANGXI))
    return town


def handed_out(town: Town, *, to: Person | None = None, division: str = XUANZHOU, name: str = "回填.xlsx") -> Path:
    programme, table = table_named("homes")
    wanted = Wanted(programme, table, tables(), DAY, division)
    rows, handed = hand_out_to_return(wanted, to=to or town.clerk(), at=town.tick())
    path = town.folder / name
    write_template(table, path, rows=rows, handed=handed, divisions=[(XUANZHOU, "宣州区")])
    return path


def edited(path: Path, edit: Callable[[Worksheet], object], name: str = "交回.xlsx") -> Path:
    book = load_workbook(path)
    edit(book.worksheets[0])
    target = path.with_name(name)
    book.save(target)
    return target


def column(sheet: Worksheet, title: str) -> int:
    for cell in sheet[HEADER]:
        if str(cell.value).split("\n")[0].lstrip("＊") == title:
            return int(cell.column)
    raise AssertionError(title)


def put(cells: Mapping[tuple[int, str], object]) -> Callable[[Worksheet], None]:
    """Type into cells: (row of the data from 0, title) → value."""

    def edit(sheet: Worksheet) -> None:
        for (at, title), value in cells.items():
            sheet.cell(FIRST + at, column(sheet, title)).value = value

    return edit


def back(town: Town, path: Path, *, by: Person | None = None, as_of: date = DAY, **asked: Any) -> Received:
    programme, table = table_named("homes")
    hand_in = HandIn(programme, table, path, as_of)
    return receive_workbook(replace(hand_in, **asked), by=by or town.clerk(), at=town.tick())


def told(town: Town, path: Path, **asked: Any) -> Difference:
    received = back(town, path, dry_run=True, **asked)
    assert received.weighed is not None
    return difference(received.weighed, HOMES, tables(), DAY)


def codes(town: Town, path: Path, **asked: Any) -> list[tuple[str, int | None, str]]:
    with pytest.raises(WorkbookRefused) as refused:
        back(town, path, **asked)
    return [(issue.code, issue.row, issue.column) for issue in refused.value.issues]


def held(key: str) -> dict[str, object]:
    (row,) = live(HOMES.name, DAY).filter(key=key)
    return dict(row.cells)


def test_what_may_change_is_unlocked_and_the_key_and_the_division_are_not(filled: Town) -> None:
    sheet = load_workbook(handed_out(filled)).worksheets[0]
    assert sheet.protection.sheet
    locked = {
        title: sheet.cell(FIRST, column(sheet, title)).protection.locked for title in ("房屋编号", "县市区", "阶段")
    }
    assert locked == {"房屋编号": True, "县市区": True, "阶段": False}
    below = {title: sheet.cell(FIRST + 3, column(sheet, title)).protection.locked for title in ("房屋编号", "阶段")}
    letter = sheet.cell(HEADER, column(sheet, IDENTITY_TITLE)).column_letter
    assert sheet.column_dimensions[letter].hidden
    assert sheet.cell(FIRST + 1, column(sheet, IDENTITY_TITLE)).value == 2
    assert set(below.values()) <= {False, True}


def test_a_workbook_that_comes_back_untouched_changes_nothing(filled: Town) -> None:
    received = back(filled, handed_out(filled))
    assert (received.status, received.rows) == ("unchanged", 3)


def test_the_difference_names_row_column_old_and_new_and_masks_what_is_sensitive(filled: Town) -> None:
    path = edited(handed_out(filled), put({(1, "阶段"): "已登记", (1, "身份证号"): OTHER_CITIZEN}))
    (row,) = told(filled, path).rows
    assert (row.kind, row.key, row.sheet, row.row) == ("revised", "H2", "房屋台账", FIRST + 1)
    stage, citizen = row.cells
    assert (stage.column, stage.title, stage.old, stage.new, stage.conflict) == ("E", "阶段", "已列入", "已登记", False)
    assert "*" in citizen.old
    assert OTHER_CITIZEN not in citizen.new
    assert CITIZEN not in citizen.old


def test_cells_that_the_sender_left_alone_never_revert_a_newer_value(filled: Town) -> None:
    path = edited(handed_out(filled), put({(0, "面积"): 81}))
    filled.hand_in(home("H1", "registered", citizen=OTHER_CITIZEN))
    received = back(filled, path)
    assert received.revised == 1
    cells = held("H1")
    assert (cells["stage"], cells["area"]) == ("registered", "81.00")
    assert cells["citizen"]["tail"] != held("H2")["citizen"]["tail"]


def test_a_cell_that_somebody_else_changed_too_is_told_and_not_overwritten(filled: Town) -> None:
    path = edited(handed_out(filled), put({(0, "阶段"): "已登记", (2, "面积"): 99}))
    filled.hand_in(home("H1", "issued"))
    assert codes(filled, path) == [("changed_since", FIRST, "E")]
    conflict = told(filled, path).rows[0].cells[0]
    assert (conflict.made, conflict.old, conflict.new) == ("已列入", "已发证", "已登记")
    assert held("H1")["stage"] == "issued"
    assert held("H3")["area"] == "80.00"
    assert back(filled, path, overwrite=True).revised == 2
    assert held("H1")["stage"] == "registered"


def test_two_who_wanted_the_same_do_not_disagree(filled: Town) -> None:
    path = edited(handed_out(filled), put({(0, "阶段"): "已登记"}))
    filled.hand_in(home("H1", "registered"))
    assert back(filled, path).status == "unchanged"


def test_an_emptied_cell_is_cleared_and_told(filled: Town) -> None:
    path = edited(handed_out(filled), put({(0, "面积"): None}))
    (row,) = told(filled, path).rows
    assert (row.cells[0].old, row.cells[0].new) == ("80.00", "")
    back(filled, path)
    assert "area" not in held("H1")


def test_rows_that_were_taken_out_stay_in_merge_and_are_named(filled: Town) -> None:
    path = edited(handed_out(filled), lambda sheet: sheet.delete_rows(FIRST + 1))
    assert told(filled, path).kept == ("H2",)
    received = back(filled, path)
    assert received.status == "unchanged"
    assert any("1 行不在表里，保留不变" in note for note in received.notes)


def test_rows_that_were_taken_out_are_withdrawn_in_replace_within_the_division_only(filled: Town) -> None:
    path = edited(handed_out(filled), lambda sheet: sheet.delete_rows(FIRST + 1))
    (row,) = told(filled, path, mode=Mode.REPLACE, division=XUANZHOU).rows
    assert (row.kind, row.key) == ("withdrawn", "H2")
    assert back(filled, path, mode=Mode.REPLACE, division=XUANZHOU).withdrawn == 1
    assert sorted(live(HOMES.name, DAY).values_list("key", flat=True)) == ["H1", "H3", "L1"]


def test_a_replacement_does_not_withdraw_what_its_sender_never_had(filled: Town) -> None:
    path = handed_out(filled)
    filled.hand_in(home("H9"))
    assert codes(filled, path, mode=Mode.REPLACE, division=XUANZHOU) == [("unknown_to_sheet", None, "")]
    assert live(HOMES.name, DAY).filter(key="H9").exists()


def test_a_row_that_was_withdrawn_meanwhile_stays_so_and_an_edit_of_it_is_told(filled: Town) -> None:
    path = handed_out(filled)
    withdraw_row(HOMES, {"number": "H1"}, as_of=DAY, reason="拆除", by=filled.operator, at=filled.tick())
    assert back(filled, path).status == "unchanged"
    assert not live(HOMES.name, DAY).filter(key="H1").exists()
    assert codes(filled, edited(path, put({(0, "面积"): 1}))) == [("row_withdrawn_since", FIRST, "B")]


def test_a_key_corrected_meanwhile_is_kept(filled: Town) -> None:
    path = edited(handed_out(filled), put({(0, "面积"): 81}))
    correct_key(
        HOMES, {"number": "H1"}, {"number": "H8"}, as_of=DAY, reason="抄错", by=filled.operator, at=filled.tick()
    )
    assert back(filled, path).revised == 1
    assert (held("H8")["area"], live(HOMES.name, DAY).filter(key="H1").exists()) == ("81.00", False)


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ({(0, "房屋编号"): "H7"}, [("row_key_changed", FIRST, "B")]),
        ({(0, "县市区"): LANGXI}, [("locked_cell_changed", FIRST, "C"), ("out_of_reach", FIRST, "C")]),
        ({(0, IDENTITY_TITLE): 2, (1, IDENTITY_TITLE): 1},
         [("row_key_changed", FIRST, "B"), ("row_key_changed", FIRST + 1, "B")]),
    ],
    ids=["another key", "another division", "identities swapped"],
)  # fmt: skip
def test_a_row_can_not_become_another_one(
    filled: Town, cells: Mapping[tuple[int, str], object], wanted: list[tuple[str, int, str]]
) -> None:
    assert codes(filled, edited(handed_out(filled), put(cells))) == wanted


@pytest.mark.parametrize("forge", ["cut", "moved", "aged", "head"])
def test_identities_that_were_tampered_with_refuse_the_whole_workbook(filled: Town, forge: str) -> None:
    book = load_workbook(handed_out(filled))
    sheet = book[HANDED_SHEET]
    lines = [str(row[0].value) for row in sheet.iter_rows()]
    match forge:
        case "cut":
            sheet.delete_rows(3)
        case "moved":
            sheet.cell(2, 1).value, sheet.cell(3, 1).value = lines[2], lines[1]
        case "aged":
            entry, sequence, key = lines[1].split(" ")
            sheet.cell(2, 1).value = f"{entry} {int(sequence) + 1} {key}"
        case _:
            sheet.cell(1, 1).value = lines[0].replace("clerk_xuanzhou", "somebody_else")
    path = filled.folder / "伪造.xlsx"
    book.save(path)
    assert codes(filled, path) == [("identity_forged", None, "")]


def test_rows_copied_into_another_sheet_are_known_by_their_key(filled: Town) -> None:
    def lose(sheet: Worksheet) -> None:
        for at in range(3):
            sheet.cell(FIRST + at, column(sheet, IDENTITY_TITLE)).value = None
        put({(0, "面积"): 81})(sheet)

    path = edited(handed_out(filled), lose)
    filled.hand_in(home("H1", "registered"))
    assert back(filled, path).revised == 1
    assert held("H1")["stage"] == "registered"


def test_a_new_row_under_the_others_is_posted_but_not_over_one_that_its_sender_never_had(filled: Town) -> None:
    new = {(3, "房屋编号"): "H4", (3, "县市区"): XUANZHOU, (3, "阶段"): "已登记"}
    path = edited(handed_out(filled), put(new))
    assert told(filled, path).rows[0].kind == "posted"
    filled.hand_in(home("H4", "issued"))
    assert {code for code, _, _ in codes(filled, path)} == {"changed_since"}
    assert held("H4")["stage"] == "issued"


def test_explanations_go_out_with_their_rows(filled: Town) -> None:
    filled.hand_in(home("H1", area="900", _explanation="两户合并"))
    assert back(filled, handed_out(filled)).status == "unchanged"


def test_undoing_tells_the_cells_that_it_gives_back(filled: Town) -> None:
    from shishi.apps.ledger.differences import difference_of_batch
    from shishi.apps.ledger.selectors import batch_of

    done = back(filled, edited(handed_out(filled), put({(0, "阶段"): "已登记"})))
    batch = batch_of(done.batch)
    undoing = undo_batch(batch, HOMES, reason="报错", by=filled.clerk(), at=filled.tick())
    first, second = (
        difference_of_batch(item, HOMES, tables(), to=filled.clerk(), at=filled.tick()).rows[0].cells[0]
        for item in (batch, undoing)
    )
    assert (first.old, first.new) == ("已列入", "已登记")
    assert (second.old, second.new) == ("已登记", "已列入")


def test_a_large_workbook_whose_rows_are_read_ahead_comes_back_the_same(
    filled: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shishi.apps.ledger.services.MANY_ROWS", 1)
    filled.hand_in(home("H5"), home("H6"))
    path = edited(handed_out(filled), put({(0, "面积"): 81}))
    assert [row.key for row in told(filled, path).rows] == ["H1"]
    filled.hand_in(home("H2", "registered"))
    assert back(filled, path).revised == 1
    assert (held("H1")["area"], held("H2")["stage"]) == ("81.00", "registered")
