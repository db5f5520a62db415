"""Handouts as workbooks and as CSV. What is words goes in as words: a text never becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import DEMONSTRATION_LINE
from shishi.adapters.spreadsheets.writing import (
    BLUE,
    FONT,
    GREY,
    INK,
    PALE,
    RED,
    WORKBOOK_OPTIONS,
    for_print,
    sheet_name,
    text_width,
)
from shishi.core.handouts import Cell, Column, Handout, Sheet, told

_BASE = {"font_name": FONT, "font_color": INK, "valign": "vcenter"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def workbook_of(handout: Handout) -> bytes:
    """The handout as .xlsx, a sheet for each of its sheets."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {**WORKBOOK_OPTIONS, "in_memory": True}) as book:
        for sheet in handout.sheets:
            _write(book, book.add_worksheet(sheet_name(sheet.title)), handout, sheet)
    return sink.getvalue()


def csv_of(handout: Handout) -> bytes:
    """The first sheet as CSV for spreadsheets (with a byte order mark); what stands
    on every copy stands in every row."""
    sheet, sink = handout.sheets[0], io.StringIO()
    facts = [*handout.facts, *([("演示", DEMONSTRATION_LINE)] if handout.demonstration else [])]
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([column.title for column in sheet.columns] + [name for name, _ in facts])
    for row in sheet.rows:
        cells = [_plain(cell, column) for cell, column in zip(row, sheet.columns, strict=True)]
        writer.writerow(cells + [_harmless(words) for _, words in facts])
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def _plain(cell: Cell, column: Column) -> str:
    text = told(cell, column)
    return _harmless(text) if isinstance(cell, str) else text


def _harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets the sign that makes it a text."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _write(book: xlsxwriter.Workbook, page: Worksheet, handout: Handout, sheet: Sheet) -> None:
    page.write_string(0, 0, handout.title, book.add_format(_BASE | {"bold": True, "font_size": 16}))
    page.write_string(1, 0, _facts(handout.facts), book.add_format(_BASE | {"font_color": GREY}))
    if handout.demonstration:
        page.write_string(2, 0, DEMONSTRATION_LINE, book.add_format(_BASE | {"font_color": RED, "bold": True}))
    line = {"bg_color": PALE, "text_wrap": True, "align": "center", "bottom": 2, "bottom_color": BLUE, "bold": True}
    head = book.add_format(_BASE | line)
    for at, column in enumerate(sheet.columns):
        page.write_string(3, at, column.title, head)
        page.set_column(at, at, _width(sheet, at))
    plain, bold = ([_form(book, column, strong) for column in sheet.columns] for strong in (False, True))
    for number, row in enumerate(sheet.rows):
        forms = bold if sheet.total and number + 1 == len(sheet.rows) else plain
        for at, cell in enumerate(row):
            _put(page, 4 + number, at, cell, forms[at])
    page.freeze_panes(4, 1)
    for_print(page, 3)


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    return "　".join(f"{name} {words}" for name, words in facts)


def _form(book: xlsxwriter.Workbook, column: Column, strong: bool) -> Format:
    looks = _BASE | ({"bold": True, "top": 1} if strong else {})
    if column.scale is None:
        return book.add_format(looks | {"num_format": "yyyy-mm-dd"})
    decimals = f".{'0' * column.scale}" if column.scale else ""
    return book.add_format(looks | {"num_format": f"#,##0{decimals}"})


def _put(page: Worksheet, row: int, at: int, cell: Cell, form: Format) -> None:
    # A file holds a double; up to 15 digits it stands for exactly one decimal.
    exact = isinstance(cell, int | Decimal) and len(Decimal(cell).as_tuple().digits) <= 15
    if cell is None:
        page.write_blank(row, at, None, form)
    elif isinstance(cell, int | Decimal) and exact:
        page.write_number(row, at, cell, form)
    elif isinstance(cell, date):
        page.write_datetime(row, at, cell, form)
    else:
        page.write_string(row, at, str(cell), form)


def _width(sheet: Sheet, at: int) -> int:
    cells = (told(row[at], sheet.columns[at], grouped=True) for row in sheet.rows[:400])
    return min(max(text_width(text) for text in (sheet.columns[at].title, *cells)) + 3, 42)
