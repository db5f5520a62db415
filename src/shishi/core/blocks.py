"""Blocks 段落图表: what a document is made of, from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shishi.core.charts import BarChart, CurveChart
from shishi.core.citations import Citation
from shishi.core.errors import Misuse
from shishi.core.typography import chinese_number, text_width

PAGE_WIDTH, NARROWEST = 365, 60
"""Tenths of a 12 pt character: the type area of 156 mm, and what a column may not be pressed below for others."""

WHOLE_PART = re.compile(r"([^0-9+\-−]{0,4}[+\-−]?[0-9,]+)(.*)", re.DOTALL)

MEETING = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[\u4e00-\u9fff])")
SPACE = 3


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text. ``citation`` names the citation whose printed form the text contains."""

    text: str
    citation: str = ""


Cell = str | Run


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading without its number. Levels 1 to 4 are numbered 一、 （一） 1. （1） where they stand."""

    level: int
    text: str

    def __post_init__(self) -> None:
        """Four levels, no more."""
        if self.level not in range(1, 5):
            raise Misuse("heading_level", f"标题“{self.text}”为第{self.level}级。请用1至4级标题。")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose. ``indent``: the first line stands in by two characters."""

    runs: tuple[Run, ...]
    indent: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: what a figure does not cover, where a table comes from."""

    text: str


class Align(StrEnum):
    """How a column stands. ``number``: right, on the decimal point."""

    LEFT = "left"
    CENTRE = "centre"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table 表. ``total_row``: the last row is the total. ``unit`` stands at the right above it, ``note`` under it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: tuple[Align, ...]
    total_row: bool = False
    unit: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Every row has as many cells as the header."""
        for position, row in enumerate((self.align, *self.rows)):
            if len(row) != len(self.header):
                place = f"第{position}行" if position else "对齐方式"
                message = f"表“{self.title}”{place}有{len(row)}项，表头有{len(self.header)}列。请补齐。"
                raise Misuse("grid_uneven", message)

    def column(self, index: int) -> tuple[str, ...]:
        """The texts of one column below the header."""
        return tuple(text_of(row[index]) for row in self.rows)

    def shares(self) -> tuple[int, ...]:
        """Relative widths of the columns, in tenths of a character, from what stands in them; where the page is too
        narrow for all, the widest give way, so that short names and numbers stay on one line."""
        wanted = []
        for index, title in enumerate(self.header):
            longest = self._room(index)
            heading = text_width(title, 10)
            wanted.append(int(min(max(longest, min(heading, 50), 20), 160)) + 10)
        while sum(wanted) > PAGE_WIDTH and max(wanted) > NARROWEST:
            wanted[wanted.index(max(wanted))] -= 1
        return tuple(wanted)

    def _room(self, index: int) -> int:
        """How wide a column has to be for each cell to stand on one line, in tenths of a character: numbers stand on
        their points, so that the widest whole part and the widest rest stand beside each other."""
        texts = self.column(index)
        if self.align[index] is not Align.NUMBER:
            return max(map(_room, texts), default=0)
        parts = [_parted(text) for text in texts]
        return sum(max((_room(part[side]) for part in parts), default=0) for side in (0, 1))


def _room(text: str) -> int:
    """How wide the text stands, in tenths of a character, with the little space where Chinese meets digits."""
    return int(text_width(text, 10)) + SPACE * len(MEETING.findall(text))


def _parted(text: str) -> tuple[str, str]:
    """A number up to its point, with the word before it (超过2,000), and what follows (家, .5%)."""
    found = WHOLE_PART.match(text)
    return (found.group(1), found.group(2)) if found else (text, "")


Chart = BarChart | CurveChart
Block = Heading | Paragraph | Note | Grid | Chart


def text_of(cell: Cell) -> str:
    """What a cell shows."""
    return cell if isinstance(cell, str) else cell.text


def paragraph(*parts: Cell | Citation) -> Paragraph:
    """Prose from texts, runs and citations in their order."""
    return Paragraph(tuple(run_of(part) for part in parts))


def number(citation: Citation, suffix: str = "") -> Run:
    """The run that shows a citation's printed form, for a cell or a sentence."""
    return Run(citation.printed + suffix, citation.id)


def run_of(part: Cell | Citation) -> Run:
    """A text, run or citation as a run."""
    if isinstance(part, Citation):
        return number(part)
    return part if isinstance(part, Run) else Run(part)


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with their headings numbered; a heading starts the levels below it anew."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
            continue
        counts[block.level - 1] += 1
        counts[block.level :] = [0] * (4 - block.level)
        count = counts[block.level - 1]
        figure = chinese_number(count) if block.level < 3 else str(count)
        label = ("{}、", "（{}）", "{}.", "（{}）")[block.level - 1].format(figure)
        yield Heading(block.level, label + block.text)


def block_texts(block: Block) -> Iterator[str]:
    """Every text that one block shows."""
    if isinstance(block, (Heading, Note)):
        yield block.text
    elif isinstance(block, Paragraph):
        yield from (run.text for run in block.runs)
    elif isinstance(block, Grid):
        yield from (block.title, block.unit, block.note, *block.header)
        yield from (text_of(cell) for row in block.rows for cell in row)
    else:
        yield from block.texts()
