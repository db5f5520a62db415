"""Handouts 所见: what a page of figures shows, to be taken away as a workbook, as text or as a picture. It says itself of
when it is, as known when, on which basis and by which versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shishi.core.charts import CurveChart

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """``scale``: the decimals of its numbers; ``None`` for words and days."""

    title: str
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under columns; with ``total`` the last of them is their sum."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Handout:
    """``facts``: what must stand on every copy, as (name, words). ``heroes``: the great numbers, as (name, number,
    unit). The first sheet is the one that the page shows."""

    title: str
    facts: tuple[tuple[str, str], ...]
    heroes: tuple[tuple[str, str, str], ...]
    sheets: tuple[Sheet, ...]
    chart: CurveChart | None = None
    demonstration: bool = False


def told(cell: Cell, column: Column, *, grouped: bool = False) -> str:
    """A cell in words: numbers with their column's decimals, days in ISO 8601, nothing as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal) and column.scale is not None:
        return f"{cell:{',' if grouped else ''}.{column.scale}f}"
    if isinstance(cell, int):
        return f"{cell:,}" if grouped else str(cell)
    return str(cell)
