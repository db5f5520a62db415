"""The template 模板: the workbook that a clerk fills in, made from the table and carrying the table's stamp."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import (
    DEMONSTRATION_LINE,
    EXPLANATION_TITLE,
    GUIDE_SHEET,
    HANDED_SHEET,
    IDENTITY_TITLE,
    NUMBER_TITLE,
    REQUIRED_MARK,
    SAMPLE_MARK,
    STAMP_SHEET,
    HandedOut,
    column_letter,
)
from shishi.adapters.spreadsheets.guidance import describe_field, kind_of, sample_of, write_guide
from shishi.adapters.spreadsheets.stamps import stamp_cells, stamp_of
from shishi.adapters.spreadsheets.writing import (
    BLUE,
    FONT,
    GREY,
    INK,
    LAST_ROW,
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
from shishi.core.tables import CheckKind, Field, FieldType, Table, Value, Values

HEADER_ROW = 3
FIRST_FIELD = 1
_LONG_LIST = 255
_PROTECTION = {
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "delete_rows": True,
    "sort": True,
    "autofilter": True,
}
_LOCKED_PROTECTION = _PROTECTION | {"insert_rows": False}  # a row put between others would be locked as they are
_LOCKED_FILL = "#EEF1F4"


@dataclass(frozen=True, slots=True)
class _Forms:
    """The cell formats of the sheet."""

    title: Format
    line: Format
    warning: Format
    header: Format
    star: Format
    head: Format
    unit: Format
    sample: Format
    number: Format


def write_template(
    table: Table,
    path: Path,
    *,
    divisions: Sequence[tuple[str, str]] = (),
    rows: Iterable[Values] = (),
    demonstration: bool = False,
    handed: HandedOut | None = None,
) -> None:
    """Write the workbook. ``divisions``: (official code, name) for the drop-down; ``rows``: filled in beforehand,
    as given (masking and the keys of referred rows are the caller's). With ``handed`` each row carries its identity
    and what the table locks can't be typed over."""
    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as book:
        book.set_properties({"title": table.title, "comments": f"{table.name} v{table.version}"})
        maker = _Maker(book, table, divisions, demonstration or table.demonstration, handed)
        maker.write_sheet(rows)
        write_guide(book, table, demonstration=demonstration or table.demonstration)
        maker.write_stamp()


class _Maker:
    """One template being made."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        table: Table,
        divisions: Sequence[tuple[str, str]],
        demonstration: bool,
        handed: HandedOut | None,
    ) -> None:
        self._book, self._table, self._demonstration, self._handed = book, table, demonstration, handed
        self._divisions = [f"{code} {name}" for code, name in divisions]
        self._sheet: Worksheet = book.add_worksheet(sheet_name(table.title))
        self._lists: list[list[str]] = []
        add = book.add_format
        base = {"font_name": FONT, "font_color": INK, "valign": "vcenter"}
        self._forms = _Forms(
            title=add(base | {"bold": True, "font_size": 16}),
            line=add(base | {"font_color": GREY}),
            warning=add(base | {"bold": True, "font_color": RED}),
            header=add(
                base | {"bold": True, "bg_color": PALE, "text_wrap": True, "align": "center", "bottom": 2}
                | {"bottom_color": BLUE, "right": 1, "right_color": "#FFFFFF"}
            ),
            star=add({"bold": True, "font_color": RED, "font_name": FONT}),
            head=add({"bold": True, "font_color": INK, "font_name": FONT}),
            unit=add({"font_color": GREY, "font_size": 9, "font_name": FONT}),
            sample=add(base | {"italic": True, "font_color": GREY, "num_format": "@", "locked": False, "indent": 1}),
            number=add(base | {"font_color": GREY, "align": "center", "locked": False}),
        )  # fmt: skip

    def write_sheet(self, rows: Iterable[Values]) -> None:
        """Title, explanation, header, sample, rows, and what helps while typing."""
        sheet, fields = self._sheet, self._table.fields
        self._write_top()
        last = FIRST_FIELD + len(fields)
        sheet.write_string(HEADER_ROW, 0, NUMBER_TITLE, self._forms.header)
        sheet.set_default_row(20)
        sheet.set_column(0, 0, 6, self._forms.number)
        forms = [self._data_form(item) for item in fields]
        for at, item in enumerate(fields, FIRST_FIELD):
            self._write_head(at, item)
            sheet.set_column(at, at, _width(item), forms[at - FIRST_FIELD])
            self._write_sample(at, item)
        sheet.write_string(HEADER_ROW + 1, 0, SAMPLE_MARK, self._forms.sample)
        self._write_explanation(last)
        end = self._write_rows(rows, forms)
        if self._handed:
            self._write_identities(self._handed, last)
        for at, item in enumerate(fields, FIRST_FIELD):
            self._guard(at, item)
        self._settle(last, end)

    def _write_top(self) -> None:
        sheet, forms = self._sheet, self._forms
        sheet.set_row(0, 30, forms.title)
        sheet.write_string(0, 0, self._table.title, forms.title)
        sheet.set_row(1, 20, forms.line)
        units = dict.fromkeys(item.unit for item in self._table.fields if item.unit)
        unit = f"单位：{'、'.join(units)}。" if units else ""
        line = (
            f"{unit}填报说明：带{REQUIRED_MARK}的为必填；灰色“{SAMPLE_MARK}”行不读取，不必删除；请不要改动表头；"
            f"各栏要求见“{GUIDE_SHEET}”，点中单元格也有提示。"
        )
        sheet.write_string(1, 0, line, forms.line)
        sheet.set_row(2, 18, forms.warning if self._demonstration else forms.line)
        about = DEMONSTRATION_LINE if self._demonstration else f"台账版本：第 {self._table.version} 版"
        about += f"　{self._handed.note}" if self._handed else ""
        sheet.write_string(2, 0, about, forms.warning if self._demonstration else forms.line)
        sheet.set_row(HEADER_ROW, 36, forms.line)

    def _write_head(self, at: int, field: Field) -> None:
        forms = self._forms
        needed = field.required or field.name in self._table.key
        parts: list[object] = [forms.star, REQUIRED_MARK] if needed else []
        parts += [forms.head, field.title]
        if field.unit:
            parts += [forms.unit, f"\n（{field.unit}）"]
        if len(parts) == 2:
            self._sheet.write_string(HEADER_ROW, at, field.title, forms.header)
        else:
            self._sheet.write_rich_string(HEADER_ROW, at, *parts, forms.header)
        note = describe_field(field, needed)
        height = 22 * (note.count("\n") + 2 + text_width(note) // 60)
        self._sheet.write_comment(HEADER_ROW, at, note, {"author": "", "x_scale": 2, "height": height})

    def _write_sample(self, at: int, field: Field) -> None:
        self._sheet.write_string(HEADER_ROW + 1, at, sample_of(field, self._divisions), self._forms.sample)

    def _write_explanation(self, at: int) -> None:
        queries = [item for item in self._table.checks if item.kind is CheckKind.QUERY]
        form = self._book.add_format(
            {"num_format": "@", "locked": False, "text_wrap": True, "valign": "vcenter", "indent": 1}
        )
        self._sheet.write_string(HEADER_ROW, at, EXPLANATION_TITLE, self._forms.header)
        self._sheet.set_column(at, at, 28, form)
        note = "数据触发核实性审核而情况属实时，在这里写明原因；其他情况留空。"
        if queries:
            note += "\n" + "\n".join(f"· {item.message}" for item in queries[:8])
        self._sheet.write_comment(HEADER_ROW, at, note, {"author": "", "x_scale": 2, "y_scale": 1.5})

    def _write_rows(self, rows: Iterable[Values], forms: Sequence[Format]) -> int:
        at = HEADER_ROW + 1
        if self._handed:
            forms = [self._data_form(item, locked=item.name in self._table.locked) for item in self._table.fields]
        for at, values in enumerate(rows, HEADER_ROW + 2):
            self._sheet.write_number(at, 0, at - HEADER_ROW - 1, self._forms.number)
            for column, (field, form) in enumerate(zip(self._table.fields, forms, strict=True), FIRST_FIELD):
                write_value(self._sheet, (at, column), field, self._titled(field, values), form)
        return at

    def _write_identities(self, handed: HandedOut, explained: int) -> None:
        """The number of each row in a hidden column, to be found again wherever the row ends up."""
        at = explained + 1
        form = self._book.add_format({"font_color": GREY, "num_format": "0"})
        self._sheet.write_string(HEADER_ROW, at, IDENTITY_TITLE, self._forms.header)
        self._sheet.set_column(at, at, 8, form, {"hidden": True})
        plain = self._book.add_format({"num_format": "@", "locked": False, "text_wrap": True, "valign": "vcenter"})
        for number, explanation in enumerate(handed.explanations, 1):
            self._sheet.write_number(HEADER_ROW + 1 + number, at, number, form)
            if explanation:
                self._sheet.write_string(HEADER_ROW + 1 + number, explained, explanation, plain)

    def _titled(self, field: Field, values: Values) -> Value:
        """A division is filled in as the drop-down has it, code and name."""
        value = values.get(field.name)
        if field.type is FieldType.DIVISION and value is not None:
            return next((item for item in self._divisions if item.split(" ", 1)[0] == value), value)
        return value

    def _data_form(self, field: Field, *, locked: bool = False) -> Format:
        align = "right" if is_number(field) else "left"
        kept = {"num_format": number_format(field), "locked": locked, "align": align, "valign": "vcenter", "indent": 1}
        shade = {"bg_color": _LOCKED_FILL} if locked else {}
        return self._book.add_format(kept | shade | {"font_name": FONT, "font_color": INK})

    def _guard(self, at: int, field: Field) -> None:
        """Drop-downs, kinds and limits, with the message shown while the cell is chosen."""
        needed = field.required or field.name in self._table.key
        rule = self._rule(field) | {
            "ignore_blank": True,
            "input_title": field.title[:32],
            "input_message": describe_field(field, needed)[:255],
            "error_title": field.title[:32],
            "error_message": f"请按要求填写：{kind_of(field)}。"[:255],
        }
        self._sheet.data_validation(HEADER_ROW + 2, at, LAST_ROW, at, rule)

    def _rule(self, field: Field) -> dict[str, object]:
        listed = self._listed(field)
        if listed:
            strict = "stop" if field.type in (FieldType.ENUMERATION, FieldType.YES_NO) else "warning"
            return {"validate": "list", "source": self._source(listed), "error_type": strict}
        if is_number(field):
            low, high = (limit if limit is not None else far for limit, far in _limits(field))
            kind = "integer" if field.type is FieldType.INTEGER else "decimal"
            return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high, "error_type": "stop"}
        return {"validate": "any"}

    def _listed(self, field: Field) -> list[str]:
        if field.type is FieldType.YES_NO:
            return ["是", "否"]
        if field.type is FieldType.ENUMERATION:
            return [choice.title for choice in field.values]
        return self._divisions if field.type is FieldType.DIVISION else []

    def _source(self, listed: list[str]) -> object:
        """A short list stands in the rule itself, a long one in the hidden sheet."""
        if len(",".join(listed)) <= _LONG_LIST and not any("," in item for item in listed):
            return listed
        if listed not in self._lists:
            self._lists.append(listed)
        letter = column_letter(1 + self._lists.index(listed))
        return f"={STAMP_SHEET}!${letter}$1:${letter}${len(listed)}"

    def _settle(self, last: int, end: int) -> None:
        sheet = self._sheet
        sheet.freeze_panes(HEADER_ROW + 1, FIRST_FIELD + 1)
        sheet.protect("", _LOCKED_PROTECTION if self._handed else _PROTECTION)
        for_print(sheet, HEADER_ROW)
        sheet.print_area(0, 0, max(end, HEADER_ROW + 20), last)
        sheet.set_selection(HEADER_ROW + 2, FIRST_FIELD, HEADER_ROW + 2, FIRST_FIELD)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letter(last)}{LAST_ROW}"})
        sheet.set_comments_author("")

    def write_stamp(self) -> None:
        """The hidden sheet: the stamp in column A, long lists in the columns after it."""
        hidden = self._book.add_worksheet(STAMP_SHEET)
        for row, text in enumerate(stamp_cells(stamp_of(self._table))):
            hidden.write_string(row, 0, text)
        for column, listed in enumerate(self._lists, 1):
            for row, text in enumerate(listed):
                hidden.write_string(row, column, text)
        if self._demonstration:
            hidden.write_string(0, len(self._lists) + 1, DEMONSTRATION_LINE)
        hidden.hide()
        hidden.protect()
        if self._handed:
            listed = self._book.add_worksheet(HANDED_SHEET)
            for row, text in enumerate(self._handed.lines):
                listed.write_string(row, 0, text)
            listed.hide()
            listed.protect()


def _limits(field: Field) -> tuple[tuple[object, float], tuple[object, float]]:
    return (field.minimum, -1e15), (field.maximum, 1e15)


def _width(field: Field) -> int:
    listed = max((text_width(choice.title) for choice in field.values), default=0) + 4
    usual = {
        FieldType.CITIZEN_NUMBER: 21,
        FieldType.CREDIT_CODE: 21,
        FieldType.REAL_ESTATE_UNIT: 32,
        FieldType.DIVISION: 24,
        FieldType.DATE: 13,
        FieldType.DAY_TIME: 21,
        FieldType.MONEY: 16,
        FieldType.PHONE: 15,
        FieldType.POINT: 20,
    }.get(field.type, 10)
    return min(max(usual + 2, text_width(field.title) + 5, text_width(field.sample) + 4, listed), 40)
