"""Forms 表单: rows as they were typed field by field, kept as a file of their own, read like a sheet of those rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from shishi.adapters.spreadsheets.base import Block, Sheetful, column_letter

SHEET = "填报"


@dataclass(frozen=True, slots=True)
class Typed:
    """One row: field → text (empty clears), and what is said beside it."""

    cells: Mapping[str, str]
    explanation: str = ""


def write_form(path: Path, cells: Mapping[str, str], explanation: str) -> None:
    """Keep what was typed as one row; the same words make the same file."""
    _write(path, {"cells": dict(cells), "explanation": explanation})


def write_edits(path: Path, rows: Sequence[Typed], lines: Sequence[str]) -> None:
    """Keep what was typed into several rows that are there already; ``lines`` tell which rows those are, in their
    order (:mod:`shishi.apps.ledger.identities`)."""
    told = [{"cells": dict(row.cells), "explanation": row.explanation} for row in rows]
    _write(path, {"rows": told, "lines": list(lines)})


def _write(path: Path, told: object) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, sort_keys=True), encoding="utf-8")


@dataclass(frozen=True)
class Form:
    """Stands where a workbook stands."""

    path: Path

    @cached_property
    def _told(self) -> tuple[list[Typed], tuple[str, ...]]:
        read = json.loads(self.path.read_text(encoding="utf-8"))
        rows = [Typed(row["cells"], row["explanation"]) for row in read.get("rows", [read])]
        return rows, tuple(read.get("lines", ()))

    @property
    def _letters(self) -> dict[str, str]:
        names = dict.fromkeys(name for row in self._told[0] for name in row.cells)
        return {name: column_letter(at) for at, name in enumerate(names)}

    def blocks(self, meanwhile: Callable[[], None] | None = None) -> Iterator[Block]:
        """Rows that say something of the same fields stand together."""
        if meanwhile:
            meanwhile()
        rows, lines = self._told
        letters = self._letters
        for names, group in groupby(enumerate(rows, start=1), lambda numbered: tuple(numbered[1].cells)):
            some = list(group)
            yield Block(
                SHEET,
                {name: letters[name] for name in names},
                [number for number, _ in some],
                {name: [row.cells[name] or None for _, row in some] for name in names},
                [row.explanation for _, row in some],
                [str(number) for number, _ in some] if lines else (),
            )

    def told(self) -> Sheetful:
        """A form says nothing beside its rows but which ones they are."""
        return Sheetful((), {SHEET: self._letters}, handed=self._told[1])
