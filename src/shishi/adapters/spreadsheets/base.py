"""The port of spreadsheets: what comes out of a workbook, whatever wrote it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from shishi.core.errors import Issue

if TYPE_CHECKING:
    from shishi.adapters.spreadsheets.understanding import Understood

RawCell = str | float | bool | date | datetime | time | Decimal | None
"""What a cell held, before typing: an empty cell is ``None``, every number a ``float``; a ``Decimal`` was
converted from the unit that the sheet states."""

LIST_SHEET = "错误清单"
GUIDE_SHEET = "填表说明"
STAMP_SHEET = "_shishi"
HANDED_SHEET = "_shishi_rows"
EXPLANATION_TITLE = "核实说明"
IDENTITY_TITLE = "行标识"
NUMBER_TITLE = "序号"
SAMPLE_MARK = "示例"
REQUIRED_MARK = "＊"
DEMONSTRATION_LINE = "演示数据（非真实数据，仅供演示和培训）"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it stands in the file. ``row`` is 1-based; ``cells`` gives for every field of the header its column
    letter and raw value; ``explanation`` is the text beside it under 核实说明, ``identity`` the one under 行标识."""

    sheet: str
    row: int
    cells: Mapping[str, tuple[str, RawCell]]
    explanation: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of one sheet, column by column: ``numbers`` are the rows' (1-based), ``letters`` gives each field's
    column letter, ``columns`` its cells in the order of the rows. ``explanations`` and ``identities`` are empty when
    the sheet has no such column."""

    sheet: str
    letters: Mapping[str, str]
    numbers: Sequence[int]
    columns: Mapping[str, Sequence[RawCell]]
    explanations: Sequence[str] = ()
    identities: Sequence[str] = ()

    def rows(self) -> Iterator[ReadRow]:
        """Row by row."""
        places = [(name, self.letters[name]) for name in self.columns]
        empty = [""] * len(self.numbers)
        beside = zip(self.explanations or empty, self.identities or empty, strict=True)
        cells = zip(*self.columns.values(), strict=True)
        for number, found, (explanation, identity) in zip(self.numbers, cells, beside, strict=True):
            told = {name: (letter, cell) for (name, letter), cell in zip(places, found, strict=True)}
            yield ReadRow(self.sheet, number, told, explanation, identity)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What makes a template a workbook that is handed out with its rows. ``lines`` for the hidden sheet: the first
    about the workbook, then one for each row in order; ``explanations``: what stands under 核实说明 of each row;
    ``note``: a line for the top."""

    lines: Sequence[str]
    explanations: Sequence[str]
    note: str


@dataclass(frozen=True, slots=True)
class StampField:
    """A field as it was when the template was made."""

    name: str
    title: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class TemplateStamp:
    """What a template remembers of its table."""

    table: str
    title: str
    version: int
    key: tuple[str, ...]
    fields: tuple[StampField, ...]


@dataclass(frozen=True, slots=True)
class Sheetful:
    """A workbook that was read. ``headers``: sheet → field → column letter. ``skipped``: in Chinese, what was passed
    over and why, to be said aloud. Hidden rows are among ``rows``; ``hidden_rows`` counts them. ``issues``: faults that
    refuse the file and can only be seen here (totals that differ, formulas that reach outside). ``handed``: the lines
    of the hidden sheet that tells which rows the workbook was made with."""

    rows: tuple[ReadRow, ...]
    headers: Mapping[str, Mapping[str, str]]
    skipped: tuple[str, ...] = ()
    hidden_rows: int = 0
    stamp: TemplateStamp | None = None
    issues: tuple[Issue, ...] = ()
    understood: Understood | None = None
    handed: tuple[str, ...] = ()

    def blocks(self, meanwhile: Callable[[], None] | None = None) -> Iterator[Block]:
        """The rows as they would come block by block."""
        if meanwhile:
            meanwhile()
        alike = itertools.groupby(self.rows, lambda row: (row.sheet, {name: at for name, (at, _) in row.cells.items()}))
        for (sheet, letters), group in alike:
            rows = list(group)
            yield Block(
                sheet,
                letters,
                [row.row for row in rows],
                {name: [row.cells[name][1] for row in rows] for name in letters},
                [row.explanation for row in rows],
                [row.identity for row in rows],
            )

    def told(self) -> Sheetful:
        """What the workbook said beside its rows."""
        return self

    @property
    def header(self) -> Mapping[str, str]:
        """Field → column letter of the first sheet."""
        return next(iter(self.headers.values()), {})


def column_letter(index: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """0 for ``A``, 26 for ``AA``."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
