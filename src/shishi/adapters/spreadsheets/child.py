"""The child process that opens foreign workbooks, under limits that the parent never has to bear.

``python -m shishi.adapters.spreadsheets.child read PATH COLUMNS`` writes JSON lines: while it looks into the file
``{"scanned": bytes, "of": bytes}``, then an object about the book (``book``: its kind, ``epoch``, ``encoding``), for
each sheet an object (what ``_about`` tells), then blocks of its rows that hold anything, column by column:
``[[row, …], [column, …]]``, at last ``{"end": true}``. A column is a list of cells, or ``{"of": […], "at": […]}`` when
few different ones stand in it. ``… mark SOURCE TARGET`` takes issues as JSON on standard input; ``… wait`` gets ready
and takes its arguments as a line of JSON there. Days and times travel as ``{"date": …}`` and so on.
"""

from __future__ import annotations

import csv
import json
import math
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from shishi.adapters.spreadsheets.base import HANDED_SHEET, STAMP_SHEET
from shishi.adapters.spreadsheets.prescan import MAX_MERGED, MAX_ROWS, Scan, scan, too_large, unreadable
from shishi.adapters.spreadsheets.sheet_marks import PERCENT, SheetMarks
from shishi.adapters.spreadsheets.texts import Text
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MEMORY = 1536 * 2**20
CPU_SECONDS = 120
MOST_ROWS, MOST_BYTES = 4096, 4 * 2**20
"""Of a block. The first one of a sheet is small, and as long as they are not large the next one has twice the rows."""
FIRST_ROWS = 64
_FEW = 4
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE


def main(arguments: list[str]) -> int:
    """Do what is asked; a refusal is an answer too. Exit code 0 whenever an answer was given."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if arguments == ["wait"]:
        import python_calamine  # noqa: F401 - while there is time

        arguments = json.loads(sys.stdin.buffer.readline() or b"[]")
    try:
        if not arguments:
            return 0
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


def _say(line: object) -> int:
    return sys.stdout.buffer.write(orjson.dumps(line, default=_plain, option=_OPTIONS))


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
    found = scan(path, columns, _say_scanned)
    size = path.stat().st_size
    _say_scanned(size, size)
    _say({"book": found.kind, "epoch": found.epoch, "encoding": found.text.encoding if found.text else ""})
    if found.text:
        _tell_text(path.stem[:31], found.text, columns)
    else:
        _tell_book(path, found)


def _say_scanned(done: int, of: int) -> None:
    _say({"scanned": done, "of": of})
    sys.stdout.flush()


def _tell_text(name: str, text: Text, columns: int) -> None:
    _say(_about(name, SheetMarks(), 0))
    try:
        _say_blocks(_text_rows(text, columns))
    except csv.Error as error:
        raise too_large("有一个单元格的内容过长。") from error


def _text_rows(text: Text, columns: int) -> Iterator[tuple[int, Sequence[object]]]:
    for number, cells in enumerate(text.rows(), 1):
        if number >= MAX_ROWS:
            raise too_large(f"文件超过 {MAX_ROWS - 1} 行。")
        if any(cells[columns:]):
            raise too_large(f"第 {number} 行有 {len(cells)} 列，最多 {columns} 列。")
        if any(cells):
            yield number, cells[:columns]


def _say_blocks(rows: Iterator[tuple[int, Sequence[object]]]) -> None:
    """The rows in blocks, column by column."""
    size = FIRST_ROWS
    while block := list(islice(rows, size)):
        columns = zip_longest(*(cells for _, cells in block), fillvalue="")
        said = _say([[number for number, _ in block], [_column(cells) for cells in columns]])
        size = min(2 * size, MOST_ROWS) if 2 * said < MOST_BYTES else max(size // 2, 1) if said > MOST_BYTES else size


def _column(cells: tuple[object, ...]) -> object:
    kinds = set(map(type, cells))
    if float in kinds and not math.isfinite(sum(cell for cell in cells if type(cell) is float)):
        cells = tuple(str(cell) if type(cell) is float and not math.isfinite(cell) else cell for cell in cells)
    # True equals 1.0: of the two only one would be left.
    distinct = cells if bool in kinds and float in kinds else dict.fromkeys(cells)
    if len(distinct) * _FEW > len(cells):
        return [None if cell == "" else cell for cell in cells] if "" in distinct else cells
    places = {cell: at for at, cell in enumerate(distinct)}
    return {"of": [None if cell == "" else cell for cell in places], "at": [places[cell] for cell in cells]}


def _tell_book(path: Path, found: Scan) -> None:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)  # by content, not by its name
        visible = {item.name: item.visible == SheetVisibleEnum.Visible for item in book.sheets_metadata}
        for name in sorted(book.sheet_names, key=lambda name: (name != STAMP_SHEET, name != HANDED_SHEET)):
            _tell_sheet(name, book.get_sheet_by_name(name), found, visible.get(name, True))
    except PasswordError as error:
        raise unreadable("工作簿设有打开密码，无法读取。请先取消密码（文件→信息→保护工作簿），") from error
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable("工作簿的内容无法读取，可能已损坏。") from error


def _about(name: str, marks: SheetMarks, start: int) -> dict[str, object]:
    """What a sheet's rows alone do not tell. Rows count from 1, columns from 0."""
    return {
        "sheet": name,
        "start": start,
        "hidden": sorted(marks.hidden),
        "hidden_columns": sorted(marks.hidden_columns),
        "formulas": marks.formulas,
        "spoilt": [[row, column, code] for (row, column), code in marks.spoilt.items()],
        "merges": marks.merges,
    }


def _tell_sheet(name: str, sheet: CalamineSheet, found: Scan, visible: bool) -> None:
    marks = found.sheets.get(name, SheetMarks())
    marks.merges += [(top + 1, left, low + 1, right) for (top, left), (low, right) in sheet.merged_cell_ranges or ()]
    if sum(max(low - top + 1, 0) * max(right - left + 1, 0) for top, left, low, right in marks.merges) > MAX_MERGED:
        raise too_large("合并单元格的范围过大。")
    start = sheet.start[1] if sheet.start else 0
    _say(_about(name, marks, start) | {"visible": visible, "rows": sheet.height})
    if sheet.start:
        _say_blocks(_rows(sheet.iter_rows(), start, marks))


def _rows(rows: Iterable[list[Any]], start: int, marks: SheetMarks) -> Iterator[tuple[int, list[Any]]]:
    changes: dict[int, list[tuple[int, str | int]]] = {}
    for (row, column), text in marks.errors.items():
        changes.setdefault(row, []).append((column - start, text))
    for (row, column), width in marks.shown.items():
        changes.setdefault(row, []).append((column - start, width))
    for number, cells in enumerate(rows, 1):
        for column, told in changes.get(number, ()) if changes else ():
            if 0 <= column < len(cells):
                cells[column] = told if isinstance(told, str) else _as_shown(cells[column], told)
        if cells.count("") < len(cells):
            yield number, cells


def _as_shown(value: object, width: int) -> object:
    """A number as the clerk saw it: as a percentage, or filled up with zeros in front."""
    if not isinstance(value, float):
        return value
    number = Decimal(format(value, ".15g"))
    if width == PERCENT:
        return f"{(number * 100).normalize():f}%"
    return f"{int(number):0{width}d}" if number == int(number) else value


def _mark(source: Path, target: Path) -> None:
    from shishi.adapters.spreadsheets.marks import mark
    from shishi.adapters.spreadsheets.retelling import told_again

    found = scan(source, 702)
    issues = json.load(sys.stdin)
    if found.kind == "xlsx":
        mark(source, issues, target)
    else:
        again = told_again(source, found.text)
        names = again[1] if again else {}
        issues = [issue | {"sheet": names.get(issue["sheet"], issue["sheet"])} for issue in issues]
        mark(again[0] if again else None, issues, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
