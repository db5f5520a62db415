"""A file that can't carry marks (csv, xls, ods), told again as a workbook of the same content, to be marked there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shishi.adapters.spreadsheets.texts import Text

MOST_CELLS = 500_000
Sheets = Iterator[tuple[str, Iterable[Sequence[Any]], Sequence[tuple[int, int, int, int]]]]


def told_again(path: Path, text: Text | None) -> tuple[Workbook, dict[str, str]] | None:
    """The workbook, and under which name each sheet stands in it; ``None`` when there is too much of it."""
    book, names, left = Workbook(), {}, MOST_CELLS
    del book[book.sheetnames[0]]
    for name, rows, merges in _sheets_of_text(path, text) if text else _sheets_of_book(path):
        sheet = book.create_sheet(_allowed(name))
        names[name] = sheet.title
        for number, cells in enumerate(rows, 1):
            left -= len(cells)
            if left < 0:
                return None
            _write_row(sheet, number, cells)
        for top, left_column, low, right in merges:
            sheet.merge_cells(start_row=top, start_column=left_column, end_row=low, end_column=right)
    return book, names


def _allowed(name: str) -> str:
    return "".join("_" if sign in "[]:*?/\\" else sign for sign in name)[:31] or "表"


def _sheets_of_text(path: Path, text: Text) -> Sheets:
    yield path.stem[:31], islice(text.rows(), MOST_CELLS), ()


def _sheets_of_book(path: Path) -> Sheets:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        merges = [
            (top + 1, left + 1, low + 1, right + 1) for (top, left), (low, right) in sheet.merged_cell_ranges or ()
        ]
        yield name, sheet.to_python(skip_empty_area=False), merges


def _write_row(sheet: Worksheet, number: int, cells: Sequence[Any]) -> None:
    for at, value in enumerate(cells, 1):
        if value in (None, ""):
            continue
        cell = sheet.cell(number, at)
        cell.value = str(value) if isinstance(value, timedelta) else value
        if isinstance(value, str):
            cell.data_type = "s"  # text stays text, also when it begins with =
