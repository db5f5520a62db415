"""Reading a filled workbook: the child opens it, here its rows are found under whatever header it has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from shishi.adapters.spreadsheets.base import (
    GUIDE_SHEET,
    HANDED_SHEET,
    LIST_SHEET,
    STAMP_SHEET,
    Block,
    RawCell,
    Sheetful,
    TemplateStamp,
)
from shishi.adapters.spreadsheets.cage import ask_child
from shishi.adapters.spreadsheets.headers import HEADER_ROWS, HEADER_WITHIN, condensed, find_header
from shishi.adapters.spreadsheets.sheets import Raw, Sheet, SheetReader
from shishi.adapters.spreadsheets.stamps import compare, read_stamp
from shishi.adapters.spreadsheets.understanding import NotUnderstood, Understood
from shishi.core.errors import Issue
from shishi.core.tables import Table

SPARE_COLUMNS = 64
PASSED_OVER = {GUIDE_SHEET, LIST_SHEET, STAMP_SHEET, "说明", "填报说明", "填写说明"}
_TAGS: Mapping[str, Callable[[str], RawCell]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}

Told = Callable[[str, int, int], None]
"""Hears of the work: the stage, how much is done, of how much (0: not known)."""

LOOKING, READING = "检查文件（MiB）", "读取、核对（行）"
_MIB = 2**20


def read_workbook(
    path: Path, table: Table, corrected: Mapping[str, str] | None = None, remembered: Iterable[str] = ()
) -> Sheetful:
    """Every row of every sheet that has the table's header, at once. See :class:`Workbook`."""
    book = Workbook(path, table, corrected, remembered)
    rows = tuple(row for block in book.blocks() for row in block.rows())
    return replace(book.told(), rows=rows)


class Workbook:
    """A workbook that is being read. ``corrected``: header text → field name, as a person said; ``remembered``:
    those of them that were said before."""

    def __init__(
        self,
        path: Path,
        table: Table,
        corrected: Mapping[str, str] | None = None,
        remembered: Iterable[str] = (),
        told: Told | None = None,
    ) -> None:
        self._path, self._table = path, table
        self._corrected = corrected or {}
        self._remembered = frozenset(map(condensed, remembered))
        self._hears = told or (lambda stage, done, total: None)
        self._kind = self._encoding = ""
        self._epoch = 1900
        self._sheets: list[SheetReader] = []
        self._remarks: list[str] = []
        self._stamp: TemplateStamp | None = None
        self._handed: tuple[str, ...] = ()

    def blocks(self, meanwhile: Callable[[], None] | None = None) -> Iterator[Block]:
        """The data rows of every sheet that has the table's header, some at a time; may be asked once. ``meanwhile`` is
        called once while the child looks into the file. ``Refused``:
        workbook_unreadable, workbook_too_large, workbook_has_macros, header_not_found, other_table, template_outdated,
        column_missing, column_twice, unit_mismatch."""
        width = str(len(self._table.fields) + SPARE_COLUMNS)
        with closing(ask_child("read", str(self._path), width, meanwhile=meanwhile)) as lines:
            for about, raw in told_sheets(lines):
                if "scanned" in about:
                    self._hears(LOOKING, about["scanned"] // _MIB, about["of"] // _MIB)
                elif "book" in about:
                    self._kind, self._epoch, self._encoding = about["book"], about["epoch"], about["encoding"]
                else:
                    sheet = Sheet.told(about, self._epoch, self._counted(raw, about.get("rows") or 0))
                    yield from self._read_sheet(sheet)
        read = [item for item in self._sheets if item.header is not None]
        if not read:
            titles = "、".join(item.title for item in self._table.fields[:6])
            message = f"前 {HEADER_WITHIN} 行里没有找到“{self._table.title}”的表头（应有：{titles}…）。请使用系统下载的模板，或补上表头。"
            raise NotUnderstood("header_not_found", message, (), self._understood())
        issues = _settle(read)
        if issues:
            raise NotUnderstood(issues[0].code, issues[0].message, issues, self._understood())

    def _understood(self) -> Understood:
        sheets = tuple(item.understood for item in self._sheets)
        return Understood(self._kind, self._encoding, self._epoch, sheets, tuple(self._remarks))

    def told(self) -> Sheetful:
        """What the workbook said beside its rows, once they have been read."""
        understood = self._understood()
        read = [item for item in self._sheets if item.understood.matched]
        return Sheetful(
            (),
            {item.sheet.name: item.letters for item in read},
            understood.notes(),
            sum(item.understood.hidden_rows for item in read),
            self._stamp,
            tuple(issue for item in read for issue in item.faults()),
            understood,
            self._handed,
        )

    def _counted(self, blocks: Iterator[Raw], rows: int) -> Iterator[Raw]:
        done = 0
        for block in blocks:
            yield block
            done += len(block[0])
            self._hears(READING, done, rows)

    def _read_sheet(self, sheet: Sheet) -> Iterator[Block]:
        if sheet.name == STAMP_SHEET:
            self._stamp = read_stamp([cell for cell in _first_column(sheet) if cell])
            if self._stamp is not None:
                self._remarks += compare(self._stamp, self._table)
            return
        if sheet.name == HANDED_SHEET:
            self._handed = tuple(str(cell) for cell in _first_column(sheet) if cell is not None)
            return
        if condensed(sheet.name) in PASSED_OVER:
            return
        top: list[tuple[int, list[RawCell]]] = []
        while len(top) < HEADER_WITHIN + 2 * HEADER_ROWS and (raw := next(sheet.blocks, None)) is not None:
            top += zip(raw[0], map(list, zip(*raw[1], strict=True)), strict=True)
        if not top:
            return
        found = find_header(self._table, top[: HEADER_WITHIN + HEADER_ROWS], sheet.merges, self._corrected)
        reader = SheetReader(self._table, sheet, found, self._remembered)
        self._sheets.append(reader)
        yield from reader.read(top, sheet.blocks)


def _first_column(sheet: Sheet) -> Iterator[RawCell]:
    return (cell for _, columns in sheet.blocks for cell in (columns[0] if columns else ()))


def _settle(read: list[SheetReader]) -> list[Issue]:
    """Which sheets count. Beside a whole one, a sheet that has few of the columns and not the key is some
    other table (a summary, a note): it is left out, aloud. Any other fault of a header refuses the file: these are
    given back."""
    whole = max((len(item.columns) for item in read if not item.header_issues), default=0)
    issues: list[Issue] = []
    for item in read:
        if item.header_issues and item.is_another(whole):
            item.leave_out()
        else:
            issues += item.header_issues
    return issues


def told_sheets(lines: Iterable[object]) -> Iterator[tuple[dict[str, Any], Iterator[Raw]]]:
    """What the child says, sheet by sheet: about it, and its rows."""
    count = itertools.count()
    current = next(count)

    def sheet_of(line: object) -> int:
        nonlocal current
        current = next(count) if isinstance(line, dict) else current
        return current

    for _, group in itertools.groupby(lines, sheet_of):
        lines_of_sheet = iter(group)
        about = cast("dict[str, Any]", next(lines_of_sheet))
        start = about.get("start", 0)
        yield about, (_raw(line, start) for line in lines_of_sheet)


def _raw(line: object, start: int) -> Raw:
    numbers, columns = cast("tuple[list[int], list[Any]]", line)
    return numbers, [*([None] * len(numbers) for _ in range(start)), *map(_column, columns)]


def _column(said: Any) -> Sequence[RawCell]:
    if type(said) is dict:
        few = [_special(cell) if type(cell) is dict else cell for cell in said["of"]]
        return [few[at] for at in said["at"]]
    if dict in set(map(type, said)):
        return [_special(cell) if type(cell) is dict else cell for cell in said]
    return cast("list[RawCell]", said)


def _special(cell: Mapping[str, str]) -> RawCell:
    ((tag, text),) = cell.items()
    return _TAGS[tag](text)
