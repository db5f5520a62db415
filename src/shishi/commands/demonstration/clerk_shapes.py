"""The same rows as different clerks would send them: our template, a sheet with title, serial numbers, 合计 and
signature, a header of two rows, or a text file of an older system. Every one says that it is a demonstration."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from shishi.adapters.spreadsheets.template import write_template
from shishi.adapters.spreadsheets.writing import WORKBOOK_OPTIONS, is_number, number_format, sheet_name, write_value
from shishi.core.tables import Field, FieldType, Table, Value, Values
from shishi.core.values import shown

LABEL = "演示数据，不反映任何单位的真实情况"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a clerk sends: rows of a table, by whom (the division's name), as of a day."""

    table: Table
    rows: Sequence[Values]
    sender: str
    day: date


def write_as_clerks_do(sent: Sent, stem: Path) -> Path:
    """Write the file beside ``stem`` in the shape that this sender uses for this table, always the same; returns it."""
    shapes: tuple[Callable[[Sent, Path], Path], ...] = (_template, _titled, _grouped, _text_file)
    return shapes[crc32(f"{sent.table.name}/{sent.sender}".encode()) % len(shapes)](sent, stem)


def _template(sent: Sent, stem: Path) -> Path:
    path = stem.with_suffix(".xlsx")
    write_template(sent.table, path, rows=sent.rows, demonstration=True)
    return path


def _titled(sent: Sent, stem: Path) -> Path:
    """Title, sender and day, serial numbers, days and amounts as text, a total, who filled it in."""
    path, fields = stem.with_suffix(".xlsx"), sent.table.fields[::-1]
    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(sheet_name(sent.table.title))
        bold = book.add_format({"bold": True, "align": "center", "font_size": 15})
        sheet.merge_range(0, 0, 0, max(len(fields), 1), f"{sent.table.title}（演示）", bold)
        sheet.write_string(1, 0, f"填报单位：{sent.sender}")
        sheet.write_string(1, max(len(fields) // 2, 3), f"填报日期：{_long(sent.day)}")
        for at, title in enumerate(["序号", *(_title(item) for item in fields)]):
            sheet.write_string(2, at, title, book.add_format({"bold": True, "border": 1, "text_wrap": True}))
        for line, row in enumerate(sent.rows, 3):
            sheet.write_number(line, 0, line - 2)
            for at, item in enumerate(fields, 1):
                _write_text(sheet, line, at, item, row.get(item.name))
        end = 3 + len(sent.rows)
        sheet.write_string(end, 0, "合计")
        for at, item in enumerate(fields, 1):
            if is_number(item):
                total = sum((_number(row.get(item.name)) for row in sent.rows), Decimal(0))
                sheet.write_string(end, at, f"{total:,f}")
        sheet.write_string(end + 1, 0, f"填表人：{sent.sender}演示填报员")
        sheet.write_string(end + 2, 0, f"备注：{LABEL}")
    return path


def _grouped(sent: Sent, stem: Path) -> Path:
    """A header of two rows: what a row is, and how it stands."""
    path, fields = stem.with_suffix(".xlsx"), sent.table.fields
    first = max(len(sent.table.key), len(fields) // 2)
    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(sheet_name(sent.table.title))
        head = book.add_format({"bold": True, "align": "center", "border": 1, "text_wrap": True})
        sheet.write_string(0, 0, f"{sent.table.title}（{LABEL}）")
        for start, end, title in ((0, first - 1, "基本情况"), (first, len(fields) - 1, "进展情况")):
            if end > start:
                sheet.merge_range(1, start, 1, end, title, head)
            elif end == start:
                sheet.write_string(1, start, title, head)
        for at, item in enumerate(fields):
            sheet.write_string(2, at, item.title, head)
        forms = [book.add_format({"num_format": number_format(item)}) for item in fields]
        for line, row in enumerate(sent.rows, 3):
            for at, item in enumerate(fields):
                write_value(sheet, (line, at), item, row.get(item.name), forms[at])
    return path


def _text_file(sent: Sent, stem: Path) -> Path:
    """Text with commas in GB 18030, as an older system puts it out."""
    path, fields = stem.with_suffix(".csv"), sent.table.fields
    with path.open("w", encoding="gb18030", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([f"{sent.table.title}（{LABEL}）"])
        lines.writerow([_title(item) for item in fields])
        for row in sent.rows:
            lines.writerow([_dotted(item, row.get(item.name)) for item in fields])
    return path


def _title(item: Field) -> str:
    return f"{item.title}（{item.unit}）" if item.unit else item.title


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _write_text(sheet: Worksheet, line: int, at: int, item: Field, value: Value) -> None:
    if value is None:
        return
    if isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_string(line, at, _long(value))
    elif is_number(item) and isinstance(value, int | Decimal):
        sheet.write_string(line, at, f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}")
    else:
        sheet.write_string(line, at, shown(item, value, masked=False))


def _dotted(item: Field, value: Value) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.year}.{value.month}.{value.day}"
    if item.type is FieldType.MONEY and isinstance(value, Decimal):
        return format(value, "f")
    return shown(item, value, masked=False)


def _number(value: Value) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal(0)
