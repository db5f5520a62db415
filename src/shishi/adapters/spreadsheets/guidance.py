"""What a clerk is told about every column: beside the cell, in the header's note, on the sheet 填表说明."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import DEMONSTRATION_LINE, GUIDE_SHEET, REQUIRED_MARK
from shishi.adapters.spreadsheets.writing import BLUE, FONT, GREY, INK, PALE, RED, for_print, text_width
from shishi.core.tables import CheckKind, Field, FieldType, Table
from shishi.core.values import scale_of

_KINDS = {
    FieldType.TEXT: "文字",
    FieldType.INTEGER: "整数",
    FieldType.DATE: "日期，如 2021-09-30",
    FieldType.ENUMERATION: "从下拉列表中选一项",
    FieldType.DIVISION: "行政区划代码或名称，可从下拉列表中选",
    FieldType.CITIZEN_NUMBER: "18 位公民身份号码",
    FieldType.CREDIT_CODE: "18 位统一社会信用代码",
    FieldType.REAL_ESTATE_UNIT: "28 位不动产单元号",
    FieldType.PHONE: "手机号码或带区号的固定电话",
    FieldType.YES_NO: "是 / 否",
    FieldType.DAY_TIME: "日期和时刻，如 2021-09-30 14:30",
    FieldType.POINT: "经度,纬度，如 118.75,30.94",
    FieldType.FILE: "文件名",
    FieldType.CHOICES: "可选几项，用顿号隔开",
    FieldType.IDENTITY_DOCUMENT: "证件号码",
    FieldType.REFERENCE: "另一台账中已有的一条，填其唯一标识",
}

_COLUMNS = (
    ("栏目", 22),
    ("必填", 6),
    ("填什么", 34),
    ("单位", 10),
    ("限制", 26),
    ("可填内容", 40),
    ("示例", 32),
    ("说明", 44),
)


def kind_of(field: Field) -> str:
    """The field's type in words, with its decimals."""
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        digits = scale_of(field)
        return f"数字，最多 {digits} 位小数" if digits else "整数"
    if field.type is FieldType.TEXT:
        return f"文字，最多 {field.max_length} 个字"
    return _KINDS[field.type]


def limits_of(field: Field) -> str:
    """The limits in words, empty when there are none."""
    words = (("不小于", "不早于"), ("不大于", "不晚于"))
    parts = []
    for limit, (number, day) in zip((field.minimum, field.maximum), words, strict=True):
        if limit is not None:
            parts.append(f"{day} {limit}" if isinstance(limit, date) else f"{number} {limit} {field.unit}".rstrip())
    return "，".join(parts)


def choices_of(field: Field, most: int = 30) -> str:
    """The titles that may be filled in."""
    more = f" 等 {len(field.values)} 项" if len(field.values) > most else ""
    return "、".join(choice.title for choice in field.values[:most]) + more


def describe_field(field: Field, needed: bool) -> str:
    """A few lines: kind, unit, limits, choices, note."""
    lines = [f"{'必填' if needed else '选填'}：{kind_of(field)}"]
    lines += [f"单位：{field.unit}"] if field.unit else []
    lines += [limits_of(field)] if limits_of(field) else []
    lines += [f"可填：{choices_of(field, 12)}"] if field.values else []
    lines += [field.note] if field.note else []
    lines += ["敏感信息，加密保存"] if field.sensitivity == "encrypted" else []
    return "\n".join(lines)


def sample_of(field: Field, divisions: Sequence[str]) -> str:
    """What stands in the sample row: the pack's sample, else the first thing that may be chosen."""
    if field.sample:
        return field.sample
    if field.values:
        return field.values[0].title
    if field.type is FieldType.YES_NO:
        return "是"
    return divisions[0] if field.type is FieldType.DIVISION and divisions else ""


def write_guide(book: xlsxwriter.Workbook, table: Table, *, demonstration: bool) -> None:
    """The sheet 填表说明: every column, then the rules that the rows are checked against."""
    sheet = book.add_worksheet(GUIDE_SHEET)
    base = {"font_name": FONT, "font_color": INK, "valign": "vcenter", "text_wrap": True}
    plain = book.add_format(base | {"bottom": 1, "bottom_color": "#D9DEE5"})
    head = book.add_format(base | {"bold": True, "bg_color": PALE, "bottom": 2, "bottom_color": BLUE})
    title = book.add_format({"bold": True, "font_size": 16, "font_name": FONT, "font_color": INK})
    grey = book.add_format({"font_name": FONT, "font_color": GREY})
    red = book.add_format({"font_name": FONT, "font_color": RED, "bold": True})
    rows = count()
    sheet.write_string(next(rows), 0, f"{table.title}　填表说明", title)
    sheet.write_string(next(rows), 0, f"{table.name}　第 {table.version} 版", grey)
    if demonstration:
        sheet.write_string(next(rows), 0, DEMONSTRATION_LINE, red)
    key = "、".join(table.by_name[name].title for name in table.key)
    sheet.write_string(next(rows), 0, f"同一条的标志（唯一标识）：{key}。带{REQUIRED_MARK}的必填。", grey)
    header = next(rows)
    for column, (text, width) in enumerate(_COLUMNS):
        sheet.write_string(header, column, text, head)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(header + 1, 1)
    for_print(sheet, header)
    sheet.protect()
    _write_fields(sheet, table, rows, plain)
    _write_checks(sheet, table, rows, plain, grey)


def _write_fields(sheet: Worksheet, table: Table, rows: Iterator[int], plain: Format) -> None:
    for field in table.fields:
        needed = REQUIRED_MARK if field.required or field.name in table.key else ""
        texts = (field.title, needed, kind_of(field), field.unit, limits_of(field), choices_of(field))
        _write_row(sheet, next(rows), (*texts, field.sample, field.note), plain)


def _write_row(sheet: Worksheet, row: int, texts: Sequence[str], form: Format) -> None:
    """A row as high as its longest text needs: a file cannot leave that to the program that opens it."""
    lines = max(-(-text_width(text) // width) for text, (_, width) in zip(texts, _COLUMNS, strict=True))
    sheet.set_row(row, 18 * max(lines, 1) + 2)
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, form)


def _write_checks(sheet: Worksheet, table: Table, rows: Iterator[int], plain: Format, grey: Format) -> None:
    if table.checks:
        next(rows)
        sheet.write_string(next(rows), 0, "审核规则（错误须改正；核实的，情况属实请在“核实说明”一栏写明原因）", grey)
    for check in table.checks:
        row = next(rows)
        sheet.write_string(row, 0, "错误" if check.kind is CheckKind.ERROR else "核实", plain)
        sheet.merge_range(row, 1, row, len(_COLUMNS) - 1, "", plain)
        sheet.write_string(row, 1, check.message, plain)
