"""What a clerk does to a workbook at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

KEY = "房屋编号"


def sheet_of(path: Path) -> Worksheet:
    """The sheet of a workbook that has rows; others tell how to fill it in, or what is wrong with it."""
    return next(sheet for sheet in load_workbook(path).worksheets if any(_is(cell, KEY) for cell in _cells(sheet)))


def _cells(sheet: Worksheet) -> Iterator[object]:
    return (cell for row in sheet.iter_rows() for cell in row)


def cell_of(sheet: Worksheet, key: str, title: str) -> Cell:
    """The cell of a column (by its title in the header) in the row of a key."""
    header = header_of(sheet, title)
    row = next(row for row in sheet.iter_rows(min_row=header.row) if any(cell.value == key for cell in row))
    found = sheet.cell(row[0].row or 0, header.column)
    assert isinstance(found, Cell)
    return found


def header_of(sheet: Worksheet, title: str) -> Cell:
    """The head of a column."""
    found = next(cell for row in sheet.iter_rows() for cell in row if _is(cell, title))
    assert isinstance(found, Cell)
    return found


def _is(cell: object, title: str) -> bool:
    return str(getattr(cell, "value", "") or "").strip().lstrip("*＊").startswith(title)


def write(path: Path, key: str, **cells: object) -> Path:
    """Change cells of one row (by titles) and save; the same file."""
    sheet = sheet_of(path)
    for title, value in cells.items():
        cell_of(sheet, key, title).value = value  # type: ignore[assignment]  # whatever a cell takes
    sheet.parent.save(path)
    return path


def add(path: Path, **cells: object) -> Path:
    """Fill the first line of an empty template (by titles) and save; the same file."""
    sheet = sheet_of(path)
    for title, value in cells.items():
        header = header_of(sheet, title)
        # Under the header stands a line that says how each column is filled in.
        sheet.cell(header.row + 2, header.column).value = value  # type: ignore[assignment]  # whatever a cell takes
    sheet.parent.save(path)
    return path


def comment_at(path: Path, key: str, title: str) -> str:
    """What is noted at a cell."""
    comment = cell_of(sheet_of(path), key, title).comment
    return comment.text if comment else ""
