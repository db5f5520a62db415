"""The child process that opens foreign workbooks, under limits that the parent never has to bear.

``python -m shishi.adapters.spreadsheets.child read PATH COLUMNS`` writes JSON lines: for each sheet an
object (``sheet``, ``start`` column, ``hidden`` rows), then its rows that hold anything as ``[row,
[cells…]]``, at last ``{"end": true}``. ``… mark SOURCE TARGET`` takes issues as JSON on standard input. Days
and times travel as ``{"date": …}`` and so on.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shishi.adapters.spreadsheets.base import STAMP_SHEET
from shishi.adapters.spreadsheets.prescan import Scan, SheetMarks, scan, too_large, unreadable
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MEMORY = 1536 * 2**20
CPU_SECONDS = 120


def main(arguments: list[str]) -> int:
    """Do what is asked; a refusal is an answer too. Exit code 0 whenever an answer was given."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if arguments[0] == "read":
            _read(Path(arguments[1]), int(arguments[2]))
        else:
            _mark(Path(arguments[1]), Path(arguments[2]))
        _say({"end": True})
    except Refused as refused:
        _refuse(refused)
    except MemoryError:
        _refuse(too_large("工作簿展开后占用内存过多。"))
    return 0


def _refuse(refused: Refused) -> None:
    _say({"refused": refused.code, "message": refused.message})


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=_plain, check_circular=False))
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(type(value).__name__)


def _read(path: Path, columns: int) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    found = scan(path, columns)
    try:
        book = CalamineWorkbook.from_path(path)
        names = sorted(book.sheet_names, key=lambda name: name != STAMP_SHEET)
        for name in names:
            _tell_sheet(name, book.get_sheet_by_name(name), found)
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable("工作簿的内容无法读取，可能已损坏。") from error


def _tell_sheet(name: str, sheet: CalamineSheet, found: Scan) -> None:
    marks = found.sheets.get(name, SheetMarks())
    start = sheet.start[1] if sheet.start else 0
    _say({"sheet": name, "start": start, "hidden": sorted(marks.hidden)})
    if sheet.start:
        _tell_rows(sheet.iter_rows(), start, marks)


def _tell_rows(rows: Iterable[list[Any]], start: int, marks: SheetMarks) -> None:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in marks.errors.items():
        by_row.setdefault(row, []).append((column - start, text))
    for number, cells in enumerate(rows, 1):
        for column, text in by_row.get(number, ()):
            if 0 <= column < len(cells):
                cells[column] = text
        if any(cell != "" for cell in cells):
            _say([number, cells])


def _mark(source: Path, target: Path) -> None:
    from shishi.adapters.spreadsheets.marks import mark

    found = scan(source, 702)
    mark(source if found.kind == "xlsx" else None, json.load(sys.stdin), target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
