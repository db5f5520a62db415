"""What a clerk does to a workbook at the desk."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet


def cell_of(sheet: Worksheet, key: str, title: str) -> Cell:
    """The cell of a column (by its title in the header) in the row of a key (in the first column of the header)."""
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
    book = load_workbook(path)
    for title, value in cells.items():
        cell_of(book.worksheets[0], key, title).value = value  # type: ignore[assignment]  # whatever a cell takes
    book.save(path)
    return path


def add(path: Path, **cells: object) -> Path:
    """Fill the first line of an empty template (by titles) and save; the same file."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for title, value in cells.items():
        header = header_of(sheet, title)
        # Under the header stands a line that says how each column is filled in.
        sheet.cell(header.row + 2, header.column).value = value  # type: ignore[assignment]  # whatever a cell takes
    book.save(path)
    return path


def comment_at(path: Path, key: str, title: str) -> str:
    """What is noted at a cell."""
    comment = cell_of(load_workbook(path).worksheets[0], key, title).comment
    return comment.text if comment else ""
