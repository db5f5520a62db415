"""Sheets as they stand: rows of texts by the headers of the first row, for workbooks whose sheets have names that mean
something. Opened in the same cage as any workbook."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

from shishi.adapters.spreadsheets.base import RawCell
from shishi.adapters.spreadsheets.cage import ask_child
from shishi.adapters.spreadsheets.reading import told_sheets

MOST_ROWS, MOST_COLUMNS = 5_000, 200
LONGEST = 4_000


def named_sheets(path: Path, names: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """Of each sheet of these names (whatever their case) that the workbook has, its rows: header → text, empty cells
    left out. ``Refused``: what the reading of any workbook refuses."""
    found: dict[str, list[dict[str, str]]] = {}
    with closing(ask_child("read", str(path), str(MOST_COLUMNS))) as lines:
        for about, blocks in told_sheets(lines):
            name = str(about.get("sheet", "")).strip().lower()
            if name not in names or name in found:
                continue
            rows: list[list[str]] = []
            for _numbers, columns in blocks:
                rows += [list(map(_text, cells)) for cells in zip(*columns, strict=True)]
                if len(rows) > MOST_ROWS:
                    break
            found[name] = _by_header(rows[:MOST_ROWS])
    return found


def _by_header(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    header = next((row for row in rows if any(row)), [])
    below = rows[list(rows).index(header) + 1 :] if header else []
    told = [{name: cell for name, cell in zip(header, row, strict=False) if name and cell} for row in below]
    return [row for row in told if row]


def _text(cell: RawCell) -> str:
    """A cell as somebody who typed it would read it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int) or (not isinstance(cell, str | date | datetime | time) and cell == int(cell)):
        return str(int(cell))
    return (cell.isoformat() if isinstance(cell, date | datetime | time) else str(cell)).strip()[:LONGEST]
