"""What a specimen of the zoo is, how it is tried, and the rows that most of them hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.core.cells import CellFault, parse
from shishi.core.errors import Refused
from shishi.core.tables import Table, Value
from tests.adapters.units_table import TABLE, World

Make = Callable[[Path], None]
Row = Mapping[str, Value]

HEADER: list[object] = ["项目名称", "室号", "县市区", "办证阶段", "建筑面积", "补缴金额", "颁证日期", "层数"]
CELLS: list[list[object]] = [
    ["锦绣苑", "0101", "341802", "已颁证", 89.12, 1200, "2021-09-30", 6],
    ["锦绣苑", "0102", "341802", "已受理", 100.5, 800.5, "2021-09-29", 6],
    ["阳光里", "0201", "341821", "已测绘", 60, 0, None, 11],
]


def row(room: str, **values: Value) -> Row:
    """A row of the three, with other values here and there."""
    return next(item for item in ROWS if item["room"] == room) | values


def _row(project: str, room: str, county: str, stage: str, *rest: Value) -> dict[str, Value]:
    values = (project, room, county, stage, *rest)
    names = ("project", "room", "county", "stage", "area", "cost", "issued_on", "floors")
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


ROWS: list[dict[str, Value]] = [
    _row("锦绣苑", "0101", "341802", "issued", Decimal("89.120"), Decimal("1200.00"), date(2021, 9, 30), 6),
    _row("锦绣苑", "0102", "341802", "filed", Decimal("100.500"), Decimal("800.50"), date(2021, 9, 29), 6),
    _row("阳光里", "0201", "341821", "surveyed", Decimal("60.000"), Decimal("0.00"), None, 11),
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: its rows, or the place and the code of every fault; the notes; the seconds it took."""

    rows: Sequence[Row]
    refused: Sequence[tuple[str, str]]
    notes: Sequence[str] = ()
    seconds: float = 0


@dataclass(frozen=True)
class Specimen:
    """A file and what must come of it: ``rows``, or ``refused`` with the place (``数据!C5``, empty for the whole
    file) and the code of each fault; ``told``: words that must stand in the notes; ``suffix``: the name it pretends."""

    name: str
    make: Make
    rows: Sequence[Row] = ()
    refused: Sequence[tuple[str, str]] = ()
    told: Sequence[str] = ()
    suffix: str = ".xlsx"
    hostile: bool = False
    table: Table = TABLE
    corrected: Mapping[str, str] | None = None

    def write(self, folder: Path) -> Path:
        """Make the file."""
        path = folder / f"{self.name}{self.suffix}"
        self.make(path)
        return path

    def try_on(self, path: Path) -> Outcome:
        """Read it, type it, and say what came of it."""
        begun = time.monotonic()
        try:
            read = read_workbook(path, self.table, self.corrected)
        except Refused as refused:
            faults = [(place(item.sheet, item.column, item.row), item.code) for item in refused.issues]
            return Outcome((), faults, (refused.message,), time.monotonic() - begun)
        faults = [(place(item.sheet, item.column, item.row), item.code) for item in read.issues]
        rows: list[dict[str, Value]] = []
        for line in read.rows:
            values: dict[str, Value] = {}
            for name, (letter, raw) in line.cells.items():
                try:
                    values[name] = parse(self.table.by_name[name], raw, World())
                except CellFault as fault:
                    faults.append((place(line.sheet, letter, line.row), fault.code))
            rows.append({name: value for name, value in values.items() if value is not None})
        return Outcome(() if faults else rows, faults, read.skipped, time.monotonic() - begun)

    def as_it_must(self, outcome: Outcome) -> bool:
        """Whether what came of it is what must come of it."""
        told = "\n".join(outcome.notes)
        same = sorted(outcome.refused) == sorted(self.refused) and list(outcome.rows) == list(self.rows)
        return same and all(word in told for word in self.told)


def place(sheet: str, column: str, number: int | None) -> str:
    """``数据!C5``; empty for the whole file."""
    return f"{sheet}!{column}{number}" if number else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to be written: cells, merges (``A1:C1``), hidden rows (from 1) and columns (letters)."""

    cells: Sequence[Sequence[object]]
    name: str = "数据"
    merges: Sequence[str] = ()
    hidden: Sequence[int] = ()
    hidden_columns: Sequence[str] = ()
    filtered: str = ""
    invisible: bool = False


def book(*sheets: Sheet | Sequence[Sequence[object]], **options: object) -> Make:
    """A workbook as a clerk's own program makes it. A ``(value, format)`` cell has a number format,
    ``(formula, value)`` with a ``=`` a formula with what it came to."""

    def make(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, **options}) as made:
            for each in sheets:
                _write(made, each if isinstance(each, Sheet) else Sheet(each))

    return make


def _write(made: xlsxwriter.Workbook, sheet: Sheet) -> None:
    written = made.add_worksheet(sheet.name)
    for number, cells in enumerate(sheet.cells):
        for at, cell in enumerate(cells):
            if isinstance(cell, tuple) and str(cell[0]).startswith("="):
                written.write_formula(number, at, cell[0], None, cell[1])
            elif isinstance(cell, tuple):
                written.write(number, at, cell[0], made.add_format({"num_format": cell[1]}))
            elif cell is not None:
                written.write(number, at, cell)
    for area in sheet.merges:
        top = area.partition(":")[0]
        column, line = ord(top[0]) - 65, int(top[1:]) - 1
        written.merge_range(area, sheet.cells[line][column])
    for number in sheet.hidden:
        written.set_row(number - 1, None, None, {"hidden": True})
    for letter in sheet.hidden_columns:
        written.set_column(f"{letter}:{letter}", None, None, {"hidden": True})
    if sheet.filtered:
        written.autofilter(sheet.filtered)
    if sheet.invisible:
        written.hide()
