"""One sheet of a workbook: its header with units, its data rows, and everything that is passed over on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shishi.adapters.spreadsheets.base import RawCell, ReadRow, column_letter
from shishi.adapters.spreadsheets.headers import HEADER_ROWS, Column, Header, condensed, spellings
from shishi.adapters.spreadsheets.measures import NUMERIC, Measure, converted, measures, stated_units, units_row
from shishi.adapters.spreadsheets.merged import Merged
from shishi.adapters.spreadsheets.passing import is_numbering, is_sample, is_total, is_total_row, what_by_first
from shishi.adapters.spreadsheets.totals import Total, check_totals
from shishi.adapters.spreadsheets.understanding import How, Matched, Passed, SheetRead, What
from shishi.core.days import SECOND_EPOCH
from shishi.core.errors import Issue
from shishi.core.tables import FieldType, Table

_SPOILT = {
    "formula_outside": "这个公式取自别的文件或外部程序，送来的文件里看不到它的依据。请改为填写结果（复制后选择性粘贴为数值）。",
    "formula_without_value": "这个公式没有算出的结果。请用 Excel 或 WPS 打开、保存一次再报送，或改为填写结果。",
}
_DAYS = (FieldType.DATE, FieldType.DAY_TIME)
_EARLIEST, _LATEST = 20_000, 80_000  # serial days that may be days at all, in either epoch
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the child tells it. Rows count from 1, columns from 0; ``spoilt``: row → column → code."""

    name: str
    rows: Iterator[tuple[int, list[RawCell]]]
    hidden: frozenset[int]
    hidden_columns: frozenset[int]
    formulas: int
    spoilt: Mapping[int, Mapping[int, str]]
    merges: tuple[tuple[int, int, int, int], ...]
    visible: bool
    epoch: int

    @classmethod
    def told(cls, about: Mapping[str, Any], epoch: int, rows: Iterator[tuple[int, list[RawCell]]]) -> Sheet:
        """From the child's line about it."""
        spoilt: dict[int, dict[int, str]] = {}
        for row, column, code in about["spoilt"]:
            spoilt.setdefault(row, {})[column] = code
        return cls(
            about["sheet"],
            rows,
            frozenset(about["hidden"]),
            frozenset(about["hidden_columns"]),
            about["formulas"],
            spoilt,
            tuple((top, left, low, right) for top, left, low, right in about["merges"]),
            about.get("visible", True),
            epoch,
        )


class SheetReader:
    """Reads one sheet under the header that was found in it."""

    def __init__(self, table: Table, sheet: Sheet, header: Header | None, remembered: frozenset[str]) -> None:
        self.table, self.sheet, self.header = table, sheet, header
        self.rows: list[ReadRow] = []
        self.understood = SheetRead(sheet.name, visible=sheet.visible)
        self.columns = header.columns if header else ()
        self.letters = {column.field.name: column_letter(column.at) for column in self.columns}
        self.header_issues: list[Issue] = []
        self._remembered = remembered
        self._measures: dict[str, Measure] = {}
        self._converts = False
        self._totals: list[Total] = []
        self._issues: list[Issue] = []
        self._explained = header.explanation if header else None
        self._identified = header.identity if header else None
        self._places = [(column.field.name, column_letter(column.at), column.at) for column in self.columns]
        self._key = [column.at for column in self.columns if column.field.name in table.key]
        self._fields = {column.at: column.field for column in self.columns}
        self._own = set(self._fields)
        self._width = max((*self._own, self._explained or 0, self._identified or 0), default=0) + 1

    def read(self, rows: Iterable[tuple[int, list[RawCell]]]) -> None:
        """All of the sheet's rows, header and all."""
        if self.header is None:
            return
        body = self._begin(self.header, iter(rows))
        if not self.header_issues:
            self._read_body(self.header, body)
        self._finish(self.header)

    def faults(self) -> Iterator[Issue]:
        """Faults of single cells, and totals that differ."""
        yield from self._issues
        yield from check_totals(self.table, self.rows, self._totals)

    def is_another(self, whole: int) -> bool:
        """Whether the sheet is some other table beside one with ``whole`` columns."""
        missing = {issue.field for issue in self.header_issues if issue.code == "column_missing"}
        return bool(missing & set(self.table.key)) and len(self.columns) * 2 < whole

    def leave_out(self) -> None:
        """Forget the sheet, aloud."""
        self.rows, self.understood.matched = [], ()
        self.understood.passed = [Passed(What.SHEET, None, "", self.sheet.name)]

    def _begin(self, header: Header, rows: Iterator[tuple[int, list[RawCell]]]) -> Iterator[tuple[int, list[RawCell]]]:
        """Up to the first data row: titles, units, the header itself, numbering."""
        known = frozenset(item.unit for item in self.table.fields if item.unit)
        stated: tuple[str, ...] = ()
        below: dict[int, str] = {}
        rest: list[tuple[int, list[RawCell]]] = []
        for number, cells in rows:
            if number <= header.last:
                stated += stated_units(cells, known)
                if number < header.first:
                    self._pass(What.TITLE, number, cells)
            elif number <= header.last + HEADER_ROWS and (units := units_row(cells, header, known)) is not None:
                below |= units
                self._pass(What.UNIT, number, cells)
            elif number <= header.last + HEADER_ROWS and is_numbering(cells):
                self._pass(What.NUMBERING, number, cells)
            elif number <= header.last + HEADER_ROWS and _only_units(cells, stated_units(cells, known)):
                stated += stated_units(cells, known)
                self._pass(What.UNIT, number, cells)
            else:
                rest.append((number, cells))
                break
        place = (self.sheet.name, header.last)
        self._measures, mismatched = measures(self.columns, stated, below, place)
        self._converts = self.sheet.epoch == 1904 or any(item.factor != 1 for item in self._measures.values())
        self.header_issues = [*self._header_faults(header), *mismatched]
        yield from rest
        yield from rows

    def _header_faults(self, header: Header) -> Iterator[Issue]:
        for issue in header.issues:
            yield Issue(issue.code, issue.message, self.sheet.name, issue.row, issue.column, issue.field)
        for item in self.table.fields:
            if item.name not in self.letters and (item.required or item.name in self.table.key):
                message = f"缺少必填栏目“{item.title}”，请补上这一列，或改用系统下载的模板。{_hint(header, item.title)}"
                yield Issue("column_missing", message, self.sheet.name, header.last, "", item.name)

    def _read_body(self, header: Header, rows: Iterator[tuple[int, list[RawCell]]]) -> None:
        merged = Merged(self.sheet.merges, header.last, self._own)
        noted = False
        for number, cells in rows:
            if len(cells) < self._width:
                cells += [None] * (self._width - len(cells))
            what = self._what(header, cells, noted=noted)
            if what is not None:
                noted = what is What.NOTE
                if what is What.TOTAL:
                    self._note_total(number, cells)
                self._pass(what, number, cells)
            else:
                self._read_row(number, cells, merged)

    def _read_row(self, number: int, cells: Sequence[RawCell], merged: Merged) -> None:
        found = {name: (letter, cells[at]) for name, letter, at in self._places}
        said = cells[self._explained] if self._explained is not None else None
        spoilt = self.sheet.spoilt.get(number) if self.sheet.spoilt else None
        if said is None and spoilt is None and all(_is_blank(raw) for _, raw in found.values()):
            return
        if merged.any:
            merged.hold(number, cells)
            self._fill_down(number, found, merged)
        if spoilt is not None:
            self._refuse_spoilt(number, found, spoilt)
        self.understood.hidden_rows += number in self.sheet.hidden
        mark = cells[self._identified] if self._identified is not None else None
        row = ReadRow(self.sheet.name, number, found, _text(said), _text(mark))
        self.rows.append(self._in_own_units(row) if self._converts else row)

    def _what(self, header: Header, cells: Sequence[RawCell], *, noted: bool) -> What | None:
        if is_sample(cells, self._own):
            return What.SAMPLE
        if is_total_row(cells, self._key):
            return What.TOTAL
        return what_by_first(cells, header.texts, noted=noted)

    def _in_own_units(self, row: ReadRow) -> ReadRow:
        """The row with its numbers in the fields' units, its bare serial days from 1900 on."""
        cells = dict(row.cells)
        for name, (letter, raw) in row.cells.items():
            measure = self._measures.get(name)
            if raw is not None and measure is not None and measure.factor != 1:
                cells[name] = letter, self._converted(row, letter, measure, raw)
            elif self.sheet.epoch == 1904 and self.table.by_name[name].type in _DAYS:
                cells[name] = letter, _from_second_epoch(raw)
        return replace(row, cells=cells)

    def _converted(self, row: ReadRow, letter: str, measure: Measure, raw: RawCell) -> RawCell:
        try:
            return converted(raw, measure)
        except ValueError as ambiguous:
            title, unit = measure.field.title, measure.unit
            message = (
                f"“{title}”这一列的单位是“{unit}”，“{ambiguous}”分不清是多少。请只写以“{unit}”为单位的数，或写全单位。"
            )
            self._issues.append(Issue("unit_ambiguous", message, row.sheet, row.row, letter, measure.field.name))
            return None

    def _note_total(self, number: int, cells: Sequence[RawCell]) -> None:
        label = next((str(cell).strip() for cell in cells if is_total(cell)), "")
        numbers = {
            column.field.name: (column_letter(column.at), cells[column.at])
            for column in self.columns
            if column.field.type in NUMERIC
        }
        row = ReadRow(self.sheet.name, number, numbers)
        row = self._in_own_units(row) if self._converts else row
        self._totals.append(Total(len(self.rows), label, row))

    def _fill_down(self, number: int, found: dict[str, tuple[str, Any]], merged: Merged) -> None:
        """A text of a merged cell stands in each of its rows; a number does not: nobody knows how it divides."""
        for at, top, value in merged.in_row(number):
            field, letter = self._fields[at], column_letter(at)
            if found[field.name][1] is not None:
                continue
            if field.type in NUMERIC:
                message = f"“{field.title}”在合并单元格里（从第 {top} 行起），分不清各行是多少。请取消合并，逐行填写。"
                self._issues.append(Issue("merged_number", message, self.sheet.name, number, letter, field.name))
            else:
                found[field.name] = (letter, value)
                self.understood.filled_down += 1

    def _refuse_spoilt(self, number: int, found: dict[str, tuple[str, Any]], spoilt: Mapping[int, str]) -> None:
        for at, code in spoilt.items():
            field = self._fields.get(at)
            if field is not None:
                letter = column_letter(at)
                found[field.name] = (letter, None)
                message = f"“{field.title}”：{_SPOILT[code]}"
                self._issues.append(Issue(code, message, self.sheet.name, number, letter, field.name))

    def _pass(self, what: What, number: int, cells: Sequence[RawCell]) -> None:
        texts = (str(cell).strip() for cell in cells if cell is not None)
        self.understood.passed.append(Passed(what, number, "", "　".join(filter(None, texts))[:_SHOWN]))

    def _finish(self, header: Header) -> None:
        told = self.understood
        told.header, told.rows, told.formulas = (header.first, header.last), len(self.rows), self.sheet.formulas
        told.hidden_columns = tuple(column_letter(at) for at in sorted(self._own & self.sheet.hidden_columns))
        told.passed += [Passed(What.COLUMN, None, column_letter(at), text) for at, text in header.unknown]
        told.matched = tuple(self._matched(column) for column in self.columns)

    def _matched(self, column: Column) -> Matched:
        measure = self._measures.get(column.field.name, Measure(column.field))
        again = column.how is How.CORRECTED and not self._remembered.isdisjoint(
            map(condensed, spellings(column.header))
        )
        letter = column_letter(column.at)
        return Matched(
            column.field.name,
            column.field.title,
            letter,
            column.header,
            column.how,
            measure.unit,
            measure.factor,
            again,
        )


def _hint(header: Header, title: str) -> str:
    """How to say that one of the columns nobody knew is the missing one."""
    texts = [text for _, text in header.unknown[:6]]
    if not texts:
        return ""
    one = f"“{texts[0]}”一列" if len(texts) == 1 else "、".join(f"“{text}”" for text in texts) + "中的一列"
    said = texts[0] if len(texts) == 1 else "那个表头"
    return f"如果就是{one}，报送时指明即可：--map {said}={title}。"


def _text(raw: RawCell) -> str:
    """A remark beside a row; a bare number as a person writes it."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return "" if raw is None else str(raw).strip()


def _is_blank(raw: RawCell) -> bool:
    return raw is None or (isinstance(raw, str) and raw.isspace())


def _only_units(cells: Sequence[RawCell], stated: Sequence[str]) -> bool:
    return bool(stated) and sum(cell is not None for cell in cells) == 1


def _from_second_epoch(raw: RawCell) -> RawCell:
    """A bare serial day of a workbook that counts from 1904, counted from 1900."""
    if isinstance(raw, float) and _EARLIEST < raw + SECOND_EPOCH < _LATEST:
        return raw + SECOND_EPOCH
    return raw
