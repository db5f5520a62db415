"""The outline of a sheet that belongs to no table yet: its title, its header of one to four rows, its columns with
units, its data rows; what is passed over is said. From it a table is guessed (:mod:`shishi.core.guessing`)."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shishi.adapters.spreadsheets.base import HANDED_SHEET, SAMPLE_MARK, STAMP_SHEET, RawCell, column_letter
from shishi.adapters.spreadsheets.cage import ask_child
from shishi.adapters.spreadsheets.headers import ASIDE_UNIT, HEADER_ROWS, HEADER_WITHIN, Merge, Row, condensed, spread
from shishi.adapters.spreadsheets.measures import stated_units
from shishi.adapters.spreadsheets.passing import is_numbering, is_total, what_by_first
from shishi.adapters.spreadsheets.reading import PASSED_OVER, told_sheets
from shishi.adapters.spreadsheets.sheets import Sheet
from shishi.adapters.spreadsheets.understanding import Passed, What
from shishi.core.errors import Refused
from shishi.core.guessing import SeenColumn
from shishi.core.units import is_scale, same_kind, unit_of

MOST_ROWS = 20_000
"""Data rows of a sheet that are looked at: enough to tell what its columns are."""
MOST_COLUMNS = 256
_LONGEST_TITLE = 40
_NOTHING = frozenset({"", "-", "—", "/", "无", "单位", "计量单位"})
_STARS = re.compile(r"[*＊※]")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Outline:
    """A sheet as it was understood. ``header``: its first and last header row; ``more``: there are rows beyond the
    first ``MOST_ROWS``."""

    sheet: str
    title: str
    header: tuple[int, int]
    columns: tuple[SeenColumn, ...]
    rows: int
    passed: tuple[Passed, ...] = ()
    more: bool = False


def outline_workbook(path: Path) -> tuple[Outline, ...]:
    """The outline of every sheet that has a header, the one with the most rows first. ``Refused``: what the reading of
    any workbook refuses, and ``header_not_found``."""
    found: list[Outline] = []
    epoch = 1900
    with closing(ask_child("read", str(path), str(MOST_COLUMNS))) as lines:
        for about, blocks in told_sheets(lines):
            if "book" in about:
                epoch = about["epoch"]
            elif "sheet" in about and about["sheet"] not in (STAMP_SHEET, HANDED_SHEET):
                sheet = Sheet.told(about, epoch, blocks)
                if condensed(sheet.name) not in PASSED_OVER and (made := _read(sheet)) is not None:
                    found.append(made)
    if not found:
        message = f"前 {HEADER_WITHIN} 行里没有看出表头（至少两个相邻的列名）。请在数据上方写好列名后重试。"
        raise Refused("header_not_found", message)
    return tuple(sorted(found, key=lambda item: -item.rows))


def _read(sheet: Sheet) -> Outline | None:
    rows: list[tuple[int, list[RawCell]]] = []
    for numbers, columns in sheet.blocks:
        rows += zip(numbers, map(list, zip(*columns, strict=True)), strict=True)
        if len(rows) > MOST_ROWS + HEADER_WITHIN:
            break
    return outline(sheet.name, rows, sheet.merges)


def outline(name: str, rows: Sequence[Row], merges: Sequence[Merge]) -> Outline | None:
    """The outline of the sheet of that name; ``None`` for one without a header. Rows count from 1."""
    width = max((len(cells) for _, cells in rows), default=0)
    wide = [(number, [*cells, *[None] * (width - len(cells))]) for number, cells in rows]
    top = {number: list(cells) for number, cells in wide if number <= HEADER_WITHIN + HEADER_ROWS}
    spread(top, merges)
    block = _header_of(top, merges)
    if block is None:
        return None
    return _Outliner(name, block, top, wide, merges).outline()


def _header_of(top: Mapping[int, Sequence[RawCell]], merges: Sequence[Merge]) -> tuple[int, int] | None:
    """First and last row of the header."""
    usual = max((_filled(cells) for cells in top.values()), default=0)
    for first in sorted(number for number in top if number <= HEADER_WITHIN):
        if not _heads(top[first], usual):
            continue
        last = first
        while last - first + 1 < HEADER_ROWS and last + 1 in top and _goes_on(top, merges, first, last):
            last += 1
        if len({text for row in range(first, last + 1) for text in _texts(top[row])}) > 1:
            return first, last
    return None


def _heads(cells: Sequence[RawCell], usual: int) -> bool:
    """Whether a row may begin a header: nothing but short texts, several of them, not the line that says who
    reports."""
    texts, distinct = _texts(cells), set(_texts(cells))
    if len(texts) < _filled(cells) or len(distinct) < 2 or any(len(text) > _LONGEST_TITLE for text in texts):
        return False
    if any(re.search(r"[:：]", text) for text in texts) or is_numbering(cells):
        return False
    return len(texts) * 2 >= usual


def _goes_on(top: Mapping[int, Sequence[RawCell]], merges: Sequence[Merge], first: int, last: int) -> bool:
    """Whether the row below still belongs to the header."""
    above, below = top[last], top[last + 1]
    if any(first <= rows[0] <= last < rows[2] for rows in merges):
        return True
    if _filled(below) != len(_texts(below)) or is_numbering(below) or _units(below):
        return False
    if any(first <= row <= last and row == low and left < right for row, left, low, right in merges):
        under = [text for at, text in enumerate(below) if isinstance(text, str) and isinstance(above[at], str)]
        return len(set(under)) > 1 and not any(re.search(r"\d", text) for text in under)
    gaps = [at for at, cell in enumerate(above) if cell is None and below[at] is not None]
    leaves = [str(below[at]) for at in gaps]
    free = [at for at, cell in enumerate(below) if cell is None and above[at] is not None]
    plain = not any(re.search(r"\d", text) for text in _texts(below))
    if not plain or len(set(leaves)) < len(leaves):
        return False
    return bool(gaps and (free or len(gaps) * 3 >= _filled(below))) or bool(free and _over_numbers(top, last + 1))


def _over_numbers(top: Mapping[int, Sequence[RawCell]], row: int) -> bool:
    """Whether the row's texts stand over what is no text: then they are what it is called."""
    under = [cells for number, cells in sorted(top.items()) if number > row and not _units(cells)][:3]
    return any(
        isinstance(text, str)
        and under
        and all(at < len(cells) and isinstance(cells[at], float | date) for cells in under)
        for at, text in enumerate(top[row])
    )


def _filled(cells: Sequence[RawCell]) -> int:
    return sum(cell is not None for cell in cells)


def _texts(cells: Sequence[RawCell]) -> list[str]:
    return [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]


def _units(cells: Sequence[RawCell]) -> dict[int, str]:
    """Column → unit, when the row holds units and nothing else."""
    said = {at: cell.strip().strip("()（）") for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    units = {at: text for at, text in said.items() if unit_of(text) or is_scale(text)}
    only = all(cell is None or isinstance(cell, str) for cell in cells)
    return units if only and units and all(text in _NOTHING for at, text in said.items() if at not in units) else {}


@dataclass
class _Outliner:
    """Takes one sheet apart."""

    name: str
    header: tuple[int, int]
    top: Mapping[int, Sequence[RawCell]]
    rows: Sequence[tuple[int, Sequence[RawCell]]]
    merges: Sequence[Merge]
    passed: list[Passed] = field(default_factory=list)
    stated: tuple[str, ...] = ()
    below: dict[int, str] = field(default_factory=dict)

    def outline(self) -> Outline:
        """The sheet as it was understood."""
        title = self._above()
        data = self._data()
        parts = self._parts()
        columns = tuple(self._columns(parts, data[:MOST_ROWS]))
        more = len(data) > MOST_ROWS
        return Outline(self.name, title, self.header, columns, min(len(data), MOST_ROWS), tuple(self.passed), more)

    def _above(self) -> str:
        """The lines above the header; the longest that says nothing of units or reporters is the title."""
        titles: list[str] = []
        for number, cells in self.rows:
            if number < self.header[0]:
                self.stated += stated_units(cells, frozenset())
                texts = _texts(cells)
                self._pass(What.TITLE, number, cells)
                if len(set(texts)) == 1 and not re.search(r"[:：]", texts[0]):
                    titles.append("".join(texts[0].split()))
        return max(titles, key=len, default="")

    def _parts(self) -> dict[int, list[str]]:
        """Column → the parts of its header from above, each once, without marks and units."""
        found: dict[int, list[str]] = {}
        rows = self._carried()
        for at in range(max(map(len, rows))):
            parts: list[str] = []
            for row in rows:
                text = row[at] if at < len(row) else None
                if isinstance(text, str) and (plain := "".join(text.split())) and (not parts or parts[-1] != plain):
                    parts.append(plain)
            if parts:
                found[at] = parts
        return found

    def _carried(self) -> list[Sequence[RawCell]]:
        """The header's rows; in a file without merged cells each upper text carried over the texts below it."""
        rows: list[Sequence[RawCell]] = [self.top[row] for row in range(self.header[0], self.header[1] + 1)]
        if any(self.header[0] <= merge[0] <= self.header[1] for merge in self.merges) or len(rows) < 2:
            return rows
        last = rows[-1]
        carried: list[Sequence[RawCell]] = []
        for row in rows[:-1]:
            laid = list(row)
            for at in range(1, len(laid)):
                if laid[at] is None and at < len(last) and last[at] is not None:
                    laid[at] = laid[at - 1]
            carried.append(laid)
        return [*carried, last]

    def _data(self) -> list[tuple[int, list[RawCell]]]:
        """The data rows; what is none is passed over, aloud."""
        texts = frozenset(text for row in range(self.header[0], self.header[1] + 1) for text in _texts(self.top[row]))
        wide = sum(1 for cells in zip(*(self.top[row] for row in range(*self._span())), strict=True) if any(cells))
        data: list[tuple[int, list[RawCell]]] = []
        noted, begun = False, False
        for number, cells in self.rows:
            if number <= self.header[1] or not _filled(cells):
                continue
            what = None if begun else self._before_data(cells)
            if what is None:
                what = _what(cells, texts, wide, noted=noted)
                begun = begun or what is None
            noted = what is What.NOTE
            if what is None:
                data.append((number, list(cells)))
            else:
                self._pass(what, number, cells)
        self._fill_down(data)
        return data

    def _span(self) -> tuple[int, int]:
        return self.header[0], self.header[1] + 1

    def _before_data(self, cells: Sequence[RawCell]) -> What | None:
        """Between header and data: units, numbering."""
        if units := _units(cells):
            self.below |= units
            return What.UNIT
        if is_numbering(cells):
            return What.NUMBERING
        if stated_units(cells, frozenset()) and _filled(cells) == 1:
            self.stated += stated_units(cells, frozenset())
            return What.UNIT
        return None

    def _fill_down(self, data: list[tuple[int, list[RawCell]]]) -> None:
        """A text in a merged cell stands in each of its rows."""
        by_number = dict(data)
        for top, left, low, right in self.merges:
            value = by_number[top][left] if top in by_number and left < len(by_number[top]) else None
            if isinstance(value, str) and top > self.header[1] and left == right:
                for number in range(top + 1, low + 1):
                    if number in by_number:
                        by_number[number][left] = value

    def _columns(
        self, parts: Mapping[int, Sequence[str]], data: Sequence[tuple[int, Sequence[RawCell]]]
    ) -> Iterable[SeenColumn]:
        cells_of = list(itertools.zip_longest(*(cells for _, cells in data)))
        for at in range(max(len(cells_of), max(parts, default=-1) + 1)):
            cells = cells_of[at] if at < len(cells_of) else (None,) * len(data)
            header = list(parts.get(at, ()))
            if header or any(cell is not None for cell in cells):
                yield self._column(at, header, cells)

    def _column(self, at: int, header: list[str], cells: Sequence[RawCell]) -> SeenColumn:
        unit = self.below.get(at, "")
        if len(header) > 1 and unit_of(header[-1].strip("()（）")):
            unit = header.pop().strip("()（）")
        marked = any(_STARS.search(part) for part in header)
        named: list[str] = []
        for part in header:
            plain = _STARS.sub("", part)
            for said in ASIDE_UNIT.findall(plain):
                if unit_of(said) or is_scale(said):
                    unit = unit or str(said).strip()
                    plain = ASIDE_UNIT.sub("", plain, count=1)
            named.append(plain)
        if not unit and any(isinstance(cell, float) for cell in cells):
            leaf = "".join(named)
            unit = next((said for said in self.stated if _measured_in(leaf, said)), "")
        return SeenColumn(column_letter(at), tuple(named), unit, cells, marked)

    def _pass(self, what: What, number: int, cells: Sequence[RawCell]) -> None:
        texts = dict.fromkeys(str(cell).strip() for cell in cells if cell is not None)
        self.passed.append(Passed(what, number, "", "　".join(filter(None, texts))[:_SHOWN]))


_MONEY, _AREA = re.compile(r"金额|资金|投资|造价|费|租金|补贴|产值|收入|支出|价"), re.compile(r"面积|占地")


def _measured_in(header: str, unit: str) -> bool:
    """Whether the unit that is stated for the whole sheet is that of the column."""
    if same_kind(unit, "元") or is_scale(unit):
        return _MONEY.search(header) is not None
    return same_kind(unit, "平方米") and _AREA.search(header) is not None


def _what(cells: Sequence[RawCell], texts: frozenset[str], wide: int, *, noted: bool) -> What | None:
    """What a row is, if it is no data."""
    if SAMPLE_MARK in cells:
        return What.SAMPLE
    if any(is_total(cell) for cell in [cell for cell in cells if cell is not None][:3]):
        return What.TOTAL
    found = what_by_first(cells, texts, noted=noted)
    if found is None and wide > 3 and _filled(cells) == 1 and len(Counter(_texts(cells))) == 1:
        return What.NOTE
    return found
