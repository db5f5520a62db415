"""Reading a filled workbook: the child opens it, here its rows are found under whatever header it has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from shishi.adapters.spreadsheets.base import (
    GUIDE_SHEET,
    HANDED_SHEET,
    LIST_SHEET,
    STAMP_SHEET,
    RawCell,
    Sheetful,
    TemplateStamp,
)
from shishi.adapters.spreadsheets.cage import ask_child
from shishi.adapters.spreadsheets.headers import HEADER_ROWS, HEADER_WITHIN, condensed, find_header
from shishi.adapters.spreadsheets.sheets import Sheet, SheetReader
from shishi.adapters.spreadsheets.stamps import compare, read_stamp
from shishi.adapters.spreadsheets.understanding import Understood
from shishi.core.errors import Issue, Refused
from shishi.core.tables import Table

SPARE_COLUMNS = 64
_PASSED_OVER = {GUIDE_SHEET, LIST_SHEET, STAMP_SHEET, "说明", "填报说明", "填写说明"}
_TAGS: Mapping[str, Callable[[str], RawCell]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}

_Row = tuple[int, list[RawCell]]


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    table: Table
    corrected: Mapping[str, str]
    remembered: frozenset[str]
    kind: str = ""
    encoding: str = ""
    epoch: int = 1900
    sheets: list[SheetReader] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stamp: TemplateStamp | None = None
    handed: tuple[str, ...] = ()


def read_workbook(
    path: Path, table: Table, corrected: Mapping[str, str] | None = None, remembered: Iterable[str] = ()
) -> Sheetful:
    """Every row of every sheet that has the table's header. ``corrected``: header text → field name, as a person said;
    ``remembered``: those of them that were said before. ``Refused``: workbook_unreadable, workbook_too_large,
    workbook_has_macros, header_not_found, other_table, template_outdated, column_missing, column_twice,
    unit_mismatch."""
    reading = _Reading(table, corrected or {}, frozenset(map(condensed, remembered)))
    with closing(ask_child("read", str(path), str(len(table.fields) + SPARE_COLUMNS))) as lines:
        for about, rows in _sheets(lines):
            if "book" in about:
                reading.kind, reading.epoch, reading.encoding = about["book"], about["epoch"], about["encoding"]
            else:
                _read_sheet(reading, Sheet.told(about, reading.epoch, rows))
    read = [item for item in reading.sheets if item.header is not None]
    if not read:
        titles = "、".join(item.title for item in table.fields[:6])
        message = f"前 {HEADER_WITHIN} 行里没有找到“{table.title}”的表头（应有：{titles}…）。请使用系统下载的模板，或补上表头。"
        raise Refused("header_not_found", message)
    return _sheetful(reading, _settled(read))


def _read_sheet(reading: _Reading, sheet: Sheet) -> None:
    if sheet.name == STAMP_SHEET:
        reading.stamp = read_stamp([cell for _, cells in sheet.rows for cell in cells[:1] if cell])
        if reading.stamp is not None:
            reading.remarks += compare(reading.stamp, reading.table)
        return
    if sheet.name == HANDED_SHEET:
        reading.handed = tuple(str(cells[0]) for _, cells in sheet.rows if cells and cells[0] is not None)
        return
    if condensed(sheet.name) in _PASSED_OVER:
        return
    top = list(itertools.islice(sheet.rows, HEADER_WITHIN + HEADER_ROWS))
    if not top:
        return
    found = find_header(reading.table, top, sheet.merges, reading.corrected)
    reader = SheetReader(reading.table, sheet, found, reading.remembered)
    reading.sheets.append(reader)
    reader.read(itertools.chain(top, sheet.rows))


def _settled(read: list[SheetReader]) -> list[SheetReader]:
    """The sheets that count. Beside a whole one, a sheet that has few of the columns and not the key is some
    other table (a summary, a note): it is left out, aloud. Any other fault of a header refuses the file."""
    whole = max((len(item.columns) for item in read if not item.header_issues), default=0)
    kept = [item for item in read if not (item.header_issues and item.is_another(whole))]
    for item in read:
        if item not in kept:
            item.leave_out()
    issues = [issue for item in kept for issue in item.header_issues]
    if issues:
        raise Refused(issues[0].code, issues[0].message, issues)
    return kept


def _sheetful(reading: _Reading, read: list[SheetReader]) -> Sheetful:
    sheets = tuple(item.understood for item in reading.sheets)
    understood = Understood(reading.kind, reading.encoding, reading.epoch, sheets, tuple(reading.remarks))
    issues: list[Issue] = [issue for item in read for issue in item.faults()]
    return Sheetful(
        tuple(row for item in read for row in item.rows),
        {item.sheet.name: item.letters for item in read},
        understood.notes(),
        sum(item.understood.hidden_rows for item in read),
        reading.stamp,
        tuple(issues),
        understood,
        reading.handed,
    )


def _sheets(lines: Iterable[object]) -> Iterator[tuple[dict[str, Any], Iterator[_Row]]]:
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
        start = [None] * about.get("start", 0)
        yield about, (_row(line, start) for line in lines_of_sheet)


def _row(line: object, start: list[None]) -> _Row:
    number, cells = cast("tuple[int, list[Any]]", line)
    read = [None if cell == "" else _special(cell) if type(cell) is dict else cell for cell in cells]
    return number, [*start, *read] if start else read


def _special(cell: Mapping[str, str]) -> RawCell:
    ((tag, text),) = cell.items()
    return _TAGS[tag](text)
