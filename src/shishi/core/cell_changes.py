"""Cell changes 单元格变更: what a hand-in does to each cell, and three-way comparison of a row that comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shishi.core.ledger import Change

Cell = TypeVar("Cell")


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell, in whatever form cells are compared: what it holds ``now`` and what is ``wanted``."""

    field: str
    now: object
    wanted: object


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell change as people read it (sensitive values masked). ``column`` is the letter in the sheet, empty when the
    cell stands in none. ``made``: what the sender had been given, where somebody else has changed it since."""

    field: str
    title: str
    column: str
    old: str
    new: str
    made: str | None = None

    @property
    def conflict(self) -> bool:
        """Whether somebody else changed the cell after the workbook was made."""
        return self.made is not None

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        told: dict[str, object] = {"field": self.field, "title": self.title, "column": self.column}
        told |= {"old": self.old or None, "new": self.new or None, "conflict": self.conflict}
        return told | ({"made": self.made or None} if self.conflict else {})


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row that changes: ``kind`` posted, revised or withdrawn; ``sheet`` and ``row`` where it stands in the file."""

    kind: str
    key: str
    sheet: str
    row: int | None
    cells: tuple[ShownCell, ...]

    def document(self) -> dict[str, object]:
        """As ``--json`` prints it."""
        cells = [cell.document() for cell in self.cells]
        return {"kind": self.kind, "key": self.key, "sheet": self.sheet, "row": self.row, "cells": cells}


def shown_row(document: Mapping[str, object]) -> ShownRow:
    """The row that :meth:`ShownRow.document` wrote."""
    cells = tuple(_shown_cell(cell) for cell in document["cells"])  # type: ignore[attr-defined]  # our own JSON
    row = document["row"]
    number = row if isinstance(row, int) else None
    return ShownRow(str(document["kind"]), str(document["key"]), str(document["sheet"]), number, cells)


def _shown_cell(told: Mapping[str, object]) -> ShownCell:
    old, new, made = (str(told.get(name) or "") for name in ("old", "new", "made"))
    place = str(told["field"]), str(told["title"]), str(told["column"])
    return ShownCell(*place, old, new, made if told["conflict"] else None)


@dataclass(frozen=True, slots=True)
class Rebased:
    """What a row that comes back wants: only the ``touched`` cells, and which of them ``conflict``."""

    touched: frozenset[str]
    conflicts: frozenset[str]


def rebase(made: Mapping[str, Cell], now: Mapping[str, Cell], wanted: Mapping[str, Cell]) -> Rebased:
    """Compare a row as it was ``made`` for its sender, as it is held ``now``, and as it comes back.

    A cell that the sender left as it was made is not touched, whatever it holds now: a newer value is never reverted.
    A touched cell that somebody else has changed meanwhile, to something else, is a conflict. An absent cell is empty.
    """
    touched = frozenset(name for name, cell in wanted.items() if cell != made.get(name))
    apart = frozenset(name for name in touched if now.get(name) not in (made.get(name), wanted[name]))
    return Rebased(touched, apart)


def cells_of(change: Change, order: Sequence[str]) -> tuple[CellChange, ...]:
    """Every cell that a change alters, in the ``order`` of the fields."""
    before: Mapping[str, object] = change.held.cells if change.held and change.held.live else {}
    after = change.cells
    return tuple(
        CellChange(name, before.get(name), after.get(name)) for name in order if before.get(name) != after.get(name)
    )
