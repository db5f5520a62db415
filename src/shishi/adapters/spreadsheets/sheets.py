"""One sheet of a workbook: its header with units, its data rows, and everything that is passed over on the way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shishi.adapters.spreadsheets.base import Block, RawCell, ReadRow, column_letter
from shishi.adapters.spreadsheets.headers import HEADER_ROWS, Column, Header, condensed, spellings
from shishi.adapters.spreadsheets.measures import NUMERIC, Measure, converted, measures, stated_units, units_row
from shishi.adapters.spreadsheets.merged import Merged
from shishi.adapters.spreadsheets.passing import (
    division_in,
    is_numbering,
    is_sample,
    is_total,
    is_total_row,
    what_by_first,
)
from shishi.adapters.spreadsheets.totals import Amounts, Total, check_totals
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


Columns = Sequence[Sequence[RawCell]]
Raw = tuple[Sequence[int], Columns]
"""Some rows as the child sends them: their numbers, and their cells column by column."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the child tells it. Rows count from 1, columns from 0; ``spoilt``: row → column → code."""

    name: str
    blocks: Iterator[Raw]
    hidden: frozenset[int]
    hidden_columns: frozenset[int]
    formulas: int
    spoilt: Mapping[int, Mapping[int, str]]
    merges: tuple[tuple[int, int, int, int], ...]
    visible: bool
    epoch: int

    @classmethod
    def told(cls, about: Mapping[str, Any], epoch: int, blocks: Iterator[Raw]) -> Sheet:
        """From the child's line about it."""
        spoilt: dict[int, dict[int, str]] = {}
        for row, column, code in about["spoilt"]:
            spoilt.setdefault(row, {})[column] = code
        return cls(
            about["sheet"],
            blocks,
            frozenset(about["hidden"]),
            frozenset(about["hidden_columns"]),
            about["formulas"],
            spoilt,
            tuple((top, left, low, right) for top, left, low, right in about["merges"]),
            about.get("visible", True),
            epoch,
        )


class SheetReader:
    """Reads one sheet under the header that was found in it, block by block."""

    def __init__(self, table: Table, sheet: Sheet, header: Header | None, remembered: frozenset[str]) -> None:
        self.table, self.sheet, self.header = table, sheet, header
        self.understood = SheetRead(sheet.name, visible=sheet.visible)
        self.columns = header.columns if header else ()
        self.letters = {column.field.name: column_letter(column.at) for column in self.columns}
        self._named = self._division_by_name()
        self.header_issues: list[Issue] = []
        self._remembered = remembered
        self._measures: dict[str, Measure] = {}
        self._converts = False
        self._totals: list[Total] = []
        self._amounts = Amounts(table, sheet.hidden)
        self._issues: list[Issue] = []
        self._noted = False
        self._explained = header.explanation if header else None
        self._identified = header.identity if header else None
        self._key = [column.at for column in self.columns if column.field.name in table.key]
        self._fields = {column.at: column.field for column in self.columns}
        self._own = set(self._fields)
        self._width = max((*self._own, self._explained or 0, self._identified or 0), default=0) + 1

    def read(self, top: Sequence[tuple[int, list[RawCell]]], blocks: Iterator[Raw]) -> Iterator[Block]:
        """The sheet's data rows; ``top`` are its first rows, header and all."""
        if self.header is None:
            return
        rest = self._begin(self.header, top)
        if not self.header_issues:
            merged, first = Merged(self.sheet.merges, self.header.last, self._own), _transposed(rest)
            for raw in itertools.chain([first] if rest else [], blocks):
                block = self._read_block(self.header, raw, merged)
                if block is not None:
                    yield block
        self._finish(self.header)

    def faults(self) -> Iterator[Issue]:
        """Faults of single cells, and totals that differ."""
        yield from self._issues

    def _division_by_name(self) -> str:
        """The division that the sheet's name says, where every row needs one and no column gives it."""
        name = self.table.division_field
        item = self.table.by_name.get(name)
        if self.header is None or name in self.letters or item is None:
            return ""
        found = division_in(self.sheet.name) if item.required or name in self.table.key else ""
        if found:
            self.letters[name] = ""
        return found

    def is_another(self, whole: int) -> bool:
        """Whether the sheet is some other table beside one with ``whole`` columns."""
        missing = {issue.field for issue in self.header_issues if issue.code == "column_missing"}
        return bool(missing & set(self.table.key)) and len(self.columns) * 2 < whole

    def leave_out(self) -> None:
        """Forget the sheet, aloud."""
        self.understood.matched = ()
        self.understood.passed = [Passed(What.SHEET, None, "", self.sheet.name)]

    def _begin(self, header: Header, top: Sequence[tuple[int, list[RawCell]]]) -> Sequence[tuple[int, list[RawCell]]]:
        """Up to the first data row: titles, units, the header itself, numbering. Gives the rows that are left."""
        known = frozenset(item.unit for item in self.table.fields if item.unit)
        stated: tuple[str, ...] = ()
        below: dict[int, str] = {}
        passed = 0
        for number, cells in top:
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
                break
            passed += 1
        place = (self.sheet.name, header.last)
        self._measures, mismatched = measures(self.columns, stated, below, place)
        self._converts = self.sheet.epoch == 1904 or any(item.factor != 1 for item in self._measures.values())
        self.header_issues = [*self._header_faults(header), *mismatched]
        return top[passed:]

    def _header_faults(self, header: Header) -> Iterator[Issue]:
        for issue in header.issues:
            yield Issue(issue.code, issue.message, self.sheet.name, issue.row, issue.column, issue.field)
        for item in self.table.fields:
            if item.name not in self.letters and (item.required or item.name in self.table.key):
                message = f"缺少必填栏目“{item.title}”，请补上这一列，或改用系统下载的模板。{_hint(header, item.title)}"
                yield Issue("column_missing", message, self.sheet.name, header.last, "", item.name)

    def _read_block(self, header: Header, raw: Raw, merged: Merged) -> Block | None:
        numbers, columns = raw[0], _widened(raw, self._width)
        taken = self._data_rows(header, numbers, columns, merged)
        if not taken:
            return None
        whole = len(taken) == len(numbers)
        if not whole:
            numbers = [numbers[at] for at in taken]
        found: dict[str, Sequence[RawCell]] = {
            column.field.name: columns[column.at] if whole else [columns[column.at][at] for at in taken]
            for column in self.columns
        }
        if self._named:
            found[self.table.division_field] = [self._named] * len(numbers)
        if merged.any or self.sheet.spoilt:
            found = self._mended(numbers, found, merged)
        if self.sheet.hidden:
            self.understood.hidden_rows += len(self.sheet.hidden.intersection(numbers))
        if self._converts:
            found = {name: self._in_own_units(name, cells, numbers) for name, cells in found.items()}
        self._amounts.keep(numbers, found)
        beside = (_texts(columns, at, taken) for at in (self._explained, self._identified))
        return Block(self.sheet.name, self.letters, numbers, found, *beside)

    def _data_rows(self, header: Header, numbers: Sequence[int], columns: Columns, merged: Merged) -> list[int]:
        """The indices of the rows that are data; the others are noted."""
        taken: list[int] = []
        sure = self._key[0] if self._key else 0
        for at, cells in enumerate(zip(*columns, strict=True)):
            what = self._what(header, cells, noted=self._noted)
            if what is not None:
                self._noted = what is What.NOTE
                if what is What.TOTAL:
                    self._note_total(numbers[at], cells, len(taken))
                self._pass(what, numbers[at], cells)
            elif not (_is_blank(cells[sure]) and self._says_nothing(numbers[at], cells)):
                if merged.any:
                    merged.hold(numbers[at], cells)
                taken.append(at)
        return taken

    def _says_nothing(self, number: int, cells: Sequence[RawCell]) -> bool:
        said = self._explained is not None and cells[self._explained] is not None
        return not said and number not in self.sheet.spoilt and all(_is_blank(cells[at]) for at in self._own)

    def _mended(
        self, numbers: Sequence[int], found: Mapping[str, Sequence[RawCell]], merged: Merged
    ) -> dict[str, Sequence[RawCell]]:
        """The columns with what merged cells say further down, and without what a formula spoilt."""
        mended = {name: list(cells) for name, cells in found.items()}
        for at, number in enumerate(numbers):
            self._fill_down(at, number, mended, merged)
            if number in self.sheet.spoilt:
                self._refuse_spoilt(at, number, mended)
        return dict(mended)

    def _what(self, header: Header, cells: Sequence[RawCell], *, noted: bool) -> What | None:
        if is_sample(cells, self._own):
            return What.SAMPLE
        if is_total_row(cells, self._key):
            return What.TOTAL
        return what_by_first(cells, header.texts, noted=noted)

    def _in_own_units(self, name: str, cells: Sequence[RawCell], numbers: Sequence[int]) -> Sequence[RawCell]:
        """A column with its numbers in the field's unit, its bare serial days from 1900 on."""
        measure = self._measures.get(name)
        if measure is not None and measure.factor != 1:
            return [
                None if raw is None else self._converted(number, measure, raw)
                for number, raw in zip(numbers, cells, strict=True)
            ]
        if self.sheet.epoch == 1904 and self.table.by_name[name].type in _DAYS:
            return [_from_second_epoch(raw) for raw in cells]
        return cells

    def _converted(self, number: int, measure: Measure, raw: RawCell) -> RawCell:
        try:
            return converted(raw, measure)
        except ValueError as ambiguous:
            field, unit = measure.field, measure.unit
            message = f"“{field.title}”这一列的单位是“{unit}”，“{ambiguous}”分不清是多少。请只写以“{unit}”为单位的数，或写全单位。"
            letter = self.letters[field.name]
            self._issues.append(Issue("unit_ambiguous", message, self.sheet.name, number, letter, field.name))
            return None

    def _note_total(self, number: int, cells: Sequence[RawCell], before: int) -> None:
        label = next((str(cell).strip() for cell in cells if is_total(cell)), "")
        said: dict[str, tuple[str, RawCell]] = {}
        for column in self.columns:
            name = column.field.name
            if column.field.type in NUMERIC:
                cell = self._in_own_units(name, [cells[column.at]], [number])[0] if self._converts else cells[column.at]
                said[name] = (self.letters[name], cell)
        self._totals.append(Total(self._amounts.many + before, label, ReadRow(self.sheet.name, number, said)))

    def _fill_down(self, at: int, number: int, found: Mapping[str, list[RawCell]], merged: Merged) -> None:
        """A text of a merged cell stands in each of its rows; a number does not: nobody knows how it divides."""
        for column, top, value in merged.in_row(number):
            field, letter = self._fields[column], column_letter(column)
            if found[field.name][at] is not None:
                continue
            if field.type in NUMERIC:
                message = f"“{field.title}”在合并单元格里（从第 {top} 行起），分不清各行是多少。请取消合并，逐行填写。"
                self._issues.append(Issue("merged_number", message, self.sheet.name, number, letter, field.name))
            else:
                found[field.name][at] = value
                self.understood.filled_down += 1

    def _refuse_spoilt(self, at: int, number: int, found: Mapping[str, list[RawCell]]) -> None:
        for column, code in self.sheet.spoilt[number].items():
            field = self._fields.get(column)
            if field is not None:
                found[field.name][at] = None
                message = f"“{field.title}”：{_SPOILT[code]}"
                letter = column_letter(column)
                self._issues.append(Issue(code, message, self.sheet.name, number, letter, field.name))

    def _pass(self, what: What, number: int, cells: Sequence[RawCell]) -> None:
        texts = (str(cell).strip() for cell in cells if cell is not None)
        self.understood.passed.append(Passed(what, number, "", "　".join(filter(None, texts))[:_SHOWN]))

    def _finish(self, header: Header) -> None:
        told = self.understood
        told.header, told.rows, told.formulas = (header.first, header.last), self._amounts.many, self.sheet.formulas
        told.hidden_columns = tuple(column_letter(at) for at in sorted(self._own & self.sheet.hidden_columns))
        told.passed += [Passed(What.COLUMN, None, column_letter(at), text) for at, text in header.unknown]
        told.matched = tuple(self._matched(column) for column in self.columns)
        checked = check_totals(self._amounts, self._totals)
        self._issues += checked.issues
        told.visible_totals, told.division = checked.visible, self._named

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


def _transposed(rows: Sequence[tuple[int, list[RawCell]]]) -> Raw:
    return [number for number, _ in rows], list(itertools.zip_longest(*(cells for _, cells in rows)))


def _widened(raw: Raw, width: int) -> Columns:
    """The block's columns, and empty ones up to the width."""
    numbers, columns = raw
    return [*columns, *([None] * len(numbers) for _ in range(width - len(columns)))]


def _texts(columns: Columns, at: int | None, taken: Sequence[int]) -> list[str]:
    if at is None:
        return []
    return ["" if columns[at][row] is None else str(columns[at][row]).strip() for row in taken]


def _is_blank(raw: RawCell) -> bool:
    return raw is None or (isinstance(raw, str) and raw.isspace())


def _only_units(cells: Sequence[RawCell], stated: Sequence[str]) -> bool:
    return bool(stated) and sum(cell is not None for cell in cells) == 1


def _from_second_epoch(raw: RawCell) -> RawCell:
    """A bare serial day of a workbook that counts from 1904, counted from 1900."""
    if isinstance(raw, float) and _EARLIEST < raw + SECOND_EPOCH < _LATEST:
        return raw + SECOND_EPOCH
    return raw
