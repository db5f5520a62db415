"""Exports 导出: rows as people read them, streamed to the file: many need no more memory than ten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import DEMONSTRATION_LINE, column_letter
from shishi.adapters.spreadsheets.writing import (
    BLUE,
    FONT,
    GREY,
    INK,
    PALE,
    RED,
    WORKBOOK_OPTIONS,
    for_print,
    is_number,
    number_format,
    sheet_name,
    text_width,
    write_value,
)
from shishi.core.tables import Field, Table, Values
from shishi.core.values import shown

HEADER_ROW = 3


def write_export(
    table: Table,
    rows: Iterable[Values],
    path: Path,
    title: str,
    note: str,
    *,
    masked: bool = True,
) -> int:
    """Write the rows and tell how many. Sensitive values are masked unless ``masked`` is false. ``note`` is the
    line under the title (as of which day, which division, who took it out)."""
    written = 0
    with xlsxwriter.Workbook(str(path), {**WORKBOOK_OPTIONS, "constant_memory": True}) as book:
        sheet = book.add_worksheet(sheet_name(table.title))
        forms = [_form(book, item) for item in table.fields]
        _write_top(book, sheet, table, forms, (title, note))
        columns = [
            (at, item, form, masked and item.sensitive)
            for at, (item, form) in enumerate(zip(table.fields, forms, strict=True))
        ]
        for written, values in enumerate(rows, 1):
            for at, item, form, hidden in columns:
                value = values.get(item.name)
                if hidden and value is not None:
                    sheet.write_string(HEADER_ROW + written, at, shown(item, value), form)
                else:
                    write_value(sheet, (HEADER_ROW + written, at), item, value, form)
        last = column_letter(len(table.fields) - 1)
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + written, len(table.fields) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{last}{HEADER_ROW + written + 1}"})
        for_print(sheet, HEADER_ROW)
    return written


def _write_top(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: Table, forms: Sequence[Format], lines: tuple[str, str]
) -> None:
    base = {"font_name": FONT, "font_color": INK, "valign": "vcenter"}
    line = {"bg_color": PALE, "text_wrap": True, "align": "center", "bottom": 2, "bottom_color": BLUE}
    head = book.add_format(base | line | {"bold": True})
    for at, (item, form) in enumerate(zip(table.fields, forms, strict=True)):
        sheet.set_column(at, at, _width(item), form)
    sheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.write_string(0, 0, lines[0], book.add_format(base | {"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, lines[1], book.add_format(base | {"font_color": GREY}))
    if table.demonstration:
        sheet.write_string(2, 0, DEMONSTRATION_LINE, book.add_format(base | {"font_color": RED, "bold": True}))
    for at, item in enumerate(table.fields):
        unit = f"（{item.unit}）" if item.unit else ""
        sheet.write_string(HEADER_ROW, at, f"{item.title}{unit}", head)


def _form(book: xlsxwriter.Workbook, field: Field) -> Format:
    align = "right" if is_number(field) else "left"
    kept = {"num_format": number_format(field), "align": align, "valign": "vcenter", "indent": 1}
    return book.add_format(kept | {"font_name": FONT, "font_color": INK})


def _width(field: Field) -> int:
    listed = max((text_width(choice.title) for choice in field.values), default=0) + 2
    return min(max(14, text_width(f"{field.title}{field.unit}") + 4, text_width(field.sample) + 4, listed), 40)
