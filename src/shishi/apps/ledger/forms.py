"""Forms 表单: one row as it was typed field by field, kept as a file of its own, read like a sheet of one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shishi.adapters.spreadsheets.base import Block, Sheetful, column_letter

SHEET = "填报"


def write_form(path: Path, cells: Mapping[str, str], explanation: str) -> None:
    """Keep what was typed; the same words make the same file."""
    told = {"cells": dict(cells), "explanation": explanation}
    path.write_text(json.dumps(told, ensure_ascii=False, sort_keys=True), encoding="utf-8")


@dataclass(frozen=True)
class Form:
    """Stands where a workbook stands."""

    path: Path

    @cached_property
    def _told(self) -> tuple[dict[str, str], str]:
        read = json.loads(self.path.read_text(encoding="utf-8"))
        return read["cells"], read["explanation"]

    @property
    def _letters(self) -> dict[str, str]:
        return {name: column_letter(at) for at, name in enumerate(self._told[0])}

    def blocks(self, meanwhile: Callable[[], None] | None = None) -> Iterator[Block]:
        """The one row."""
        if meanwhile:
            meanwhile()
        cells, explanation = self._told
        yield Block(SHEET, self._letters, [1], {name: [text or None] for name, text in cells.items()}, [explanation])

    def told(self) -> Sheetful:
        """A form says nothing beside its row."""
        return Sheetful((), {SHEET: self._letters})
