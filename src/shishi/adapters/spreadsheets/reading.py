"""Reading a filled workbook: the child opens it, here its rows are found under whatever header it has."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from shishi.adapters.spreadsheets.base import (
    GUIDE_SHEET,
    LIST_SHEET,
    SAMPLE_MARK,
    STAMP_SHEET,
    RawCell,
    ReadRow,
    Sheetful,
    TemplateStamp,
    column_letter,
)
from shishi.adapters.spreadsheets.cage import ask_child
from shishi.adapters.spreadsheets.headers import HEADER_WITHIN, Header, condensed, find_header, read_header
from shishi.adapters.spreadsheets.stamps import compare, read_stamp
from shishi.core.errors import Refused
from shishi.core.tables import Table

SPARE_COLUMNS = 64
_PASSED_OVER = {GUIDE_SHEET, LIST_SHEET, STAMP_SHEET, "说明", "填报说明", "填写说明"}
_TOTALS = {"合计", "小计", "总计", "共计", "总合计", "本页合计", "本页小计", "累计"}
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
    rows: list[ReadRow] = field(default_factory=list)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    stamp: TemplateStamp | None = None


def read_workbook(path: Path, table: Table) -> Sheetful:
    """Every row of every sheet that has the table's header. ``Refused``: workbook_unreadable, workbook_too_large,
    header_not_found, other_table, template_outdated, column_missing, column_twice."""
    reading = _Reading(table)
    with closing(ask_child("read", str(path), str(len(table.fields) + SPARE_COLUMNS))) as lines:
        for sheet in _sheets(lines):
            if sheet.name == STAMP_SHEET:
                reading.stamp = read_stamp([cell for _, cells in sheet.rows for cell in cells[:1] if cell])
                if reading.stamp is not None:
                    reading.skipped += compare(reading.stamp, table)
            elif condensed(sheet.name) not in _PASSED_OVER:
                _read_sheet(reading, sheet)
    if not reading.headers:
        titles = "、".join(item.title for item in table.fields[:6])
        message = f"前 {HEADER_WITHIN} 行里没有找到“{table.title}”的表头（应有：{titles}…）。请使用系统下载的模板，或补上表头。"
        raise Refused("header_not_found", message)
    return Sheetful(tuple(reading.rows), reading.headers, tuple(reading.skipped), reading.hidden_rows, reading.stamp)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as the child tells it: its first column, the rows that are hidden, those that hold anything."""

    name: str
    start: int
    hidden: frozenset[int]
    rows: Iterator[_Row]


def _sheets(lines: Iterable[object]) -> Iterator[_Sheet]:
    count = itertools.count()
    current = next(count)

    def sheet_of(line: object) -> int:
        nonlocal current
        current = next(count) if isinstance(line, dict) else current
        return current

    for _, group in itertools.groupby(lines, sheet_of):
        lines_of_sheet = iter(group)
        head = cast("dict[str, Any]", next(lines_of_sheet))
        yield _Sheet(head["sheet"], head["start"], frozenset(head["hidden"]), map(_row, lines_of_sheet))


def _row(line: object) -> _Row:
    number, cells = cast("tuple[int, list[Any]]", line)
    return number, [None if cell == "" else _special(cell) if type(cell) is dict else cell for cell in cells]


def _special(cell: Mapping[str, str]) -> RawCell:
    ((tag, text),) = cell.items()
    return _TAGS[tag](text)


def _read_sheet(reading: _Reading, sheet: _Sheet) -> None:
    top = list(itertools.islice(sheet.rows, HEADER_WITHIN))
    found = find_header(reading.table, top)
    if found is None:
        if top:
            reading.skipped.append(f"工作表“{sheet.name}”没有表头，未读取。")
        return
    number, cells = found
    header = read_header(reading.table, sheet.name, number, [*[None] * sheet.start, *cells])
    reading.headers[sheet.name] = {name: column_letter(at) for name, at in header.columns.items()}
    if header.unknown:
        unknown = "、".join(header.unknown)
        reading.skipped.append(f"工作表“{sheet.name}”有不属于本台账的栏目，未读取：{unknown}。")
    _read_rows(reading, sheet, header, (row for row in itertools.chain(top, sheet.rows) if row[0] > header.row))


def _read_rows(reading: _Reading, sheet: _Sheet, header: Header, rows: Iterator[_Row]) -> None:
    places = [(name, column_letter(at), at - sheet.start) for name, at in header.columns.items()]
    key = [at for name, _, at in places if name in reading.table.key]
    own = {at for _, _, at in places}
    explained = None if header.explanation is None else header.explanation - sheet.start
    for number, cells in rows:
        why = _why_skip(cells, key, own)
        if why:
            reading.skipped.append(f"工作表“{sheet.name}”第 {number} 行是{why}，未计入。")
            continue
        found = {name: (letter, cells[at]) for name, letter, at in places}
        said = cells[explained] if explained is not None else None
        if said is None and all(raw is None or (isinstance(raw, str) and raw.isspace()) for _, raw in found.values()):
            continue
        reading.hidden_rows += number in sheet.hidden
        reading.rows.append(ReadRow(sheet.name, number, found, "" if said is None else str(said).strip()))


def _why_skip(cells: Sequence[RawCell], key: Sequence[int], own: Set[int]) -> str:
    """The sample row, marked in a column of no field; a total row, which says so and has no full key."""
    if SAMPLE_MARK in cells and any(cell == SAMPLE_MARK for at, cell in enumerate(cells) if at not in own):
        return "示例行"
    if any(_may_be_total(cells[at]) for at in key) and any(_is_total(cell) for cell in cells):
        return "合计行"
    return ""


def _may_be_total(cell: RawCell) -> bool:
    return cell is None or _is_total(cell)


def _is_total(cell: RawCell) -> bool:
    return isinstance(cell, str) and "计" in cell and condensed(cell) in _TOTALS
