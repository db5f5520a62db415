"""Cell changes as a workbook 变更对照表: a line for every cell, old and new side by side, coloured by what happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import xlsxwriter

from shishi.adapters.spreadsheets.base import DEMONSTRATION_LINE
from shishi.adapters.spreadsheets.writing import BLUE, FONT, GREY, INK, PALE, RED, WORKBOOK_OPTIONS, for_print
from shishi.core.cell_changes import ShownCell, ShownRow

HEADER_ROW = 3
_COLUMNS = (
    ("工作表", 18), ("行", 7), ("条目", 26), ("变化", 8), ("列", 6), ("栏目", 18), ("原值", 28), ("新值", 28),
    ("发出时的值（此后被别人改过）", 28),
)  # fmt: skip
_KINDS = {"posted": ("新增", "#E3F1E5"), "revised": ("更新", "#FFF6DA"), "withdrawn": ("撤下", "#F1E4E2")}
_CONFLICT = "#FBD5CF"


def write_differences(
    rows: Iterable[ShownRow], path: Path, *, title: str, note: str, demonstration: bool = False
) -> int:
    """Write the workbook and tell how many cells it lists. Conflicts are red, with what the sender had been given."""
    written = 0
    with xlsxwriter.Workbook(str(path), {**WORKBOOK_OPTIONS, "constant_memory": True}) as book:
        sheet = book.add_worksheet("变更对照")
        base = {"font_name": FONT, "font_color": INK, "valign": "top", "text_wrap": True}
        head = book.add_format(base | {"bold": True, "bg_color": PALE, "bottom": 2, "bottom_color": BLUE})
        fills = [*_KINDS.values(), ("冲突", _CONFLICT)]
        forms = {word: book.add_format(base | {"num_format": "@", "bg_color": colour}) for word, colour in fills}
        for at, (_, width) in enumerate(_COLUMNS):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 16, "font_name": FONT}))
        sheet.write_string(1, 0, note, book.add_format({"font_color": GREY, "font_name": FONT}))
        if demonstration:
            warning = book.add_format({"font_color": RED, "bold": True, "font_name": FONT})
            sheet.write_string(2, 0, DEMONSTRATION_LINE, warning)
        for at, (text, _) in enumerate(_COLUMNS):
            sheet.write_string(HEADER_ROW, at, text, head)
        for written, (row, cell) in enumerate(_cells(rows), 1):
            word = _KINDS[row.kind][0]
            form = forms["冲突" if cell and cell.conflict else word]
            for at, text in enumerate(_texts(row, cell, word)):
                sheet.write_string(HEADER_ROW + written, at, text, form)
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + written, len(_COLUMNS) - 1)
        for_print(sheet, HEADER_ROW)
    return written


def _cells(rows: Iterable[ShownRow]) -> Iterator[tuple[ShownRow, ShownCell | None]]:
    """Each cell with its row; a row without cells alone."""
    for row in rows:
        for cell in row.cells or (None,):
            yield row, cell


def _texts(row: ShownRow, cell: ShownCell | None, word: str) -> tuple[str, ...]:
    place = row.sheet, str(row.row or ""), row.key, word
    if cell is None:
        return (*place, "", "", "", "", "")
    made = (cell.made or "（工作簿里没有）") if cell.conflict else ""
    return (*place, cell.column, cell.title, cell.old, cell.new, made)
