"""Finding the header of a sheet: of the first rows, the block of one to four that names most fields, in any order, by
title, name or synonym, over merged cells, or as a person once corrected it."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shishi.adapters.spreadsheets.base import EXPLANATION_TITLE, IDENTITY_TITLE, NUMBER_TITLE, RawCell, column_letter
from shishi.adapters.spreadsheets.understanding import How
from shishi.core.errors import Issue
from shishi.core.tables import Field, Table
from shishi.core.units import is_scale, unit_of

HEADER_WITHIN = 30
HEADER_ROWS = 4
_MARKS = re.compile(r"[*＊※:：\s\u200b\ufeff]")
_ASIDE = re.compile(r"\(.*?\)")
ASIDE_UNIT = re.compile(r"[(（\[【]\s*(?:单位[:：]?)?\s*([^()（）\[\]【】]{1,8})[)）\]】]")
_OF_WHICH = re.compile(r"^(?:其中|其)")
_EXPLANATIONS = {EXPLANATION_TITLE, "核实情况说明", "核实情况"}
_OWN_COLUMNS = {NUMBER_TITLE, "编号", "行号"}

Row = tuple[int, Sequence[RawCell]]
Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Column:
    """A matched column: its index, the header's parts as they stand, how it was matched, the unit it names."""

    field: Field
    at: int
    header: str
    how: How
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """``first`` and ``last`` are 1-based; ``unknown`` the columns of no field; ``texts`` every text of the header."""

    first: int
    last: int
    columns: tuple[Column, ...]
    explanation: int | None
    unknown: tuple[tuple[int, str], ...]
    texts: frozenset[str]
    issues: tuple[Issue, ...] = ()
    identity: int | None = None


def condensed(text: object) -> str:
    """A header text without marks, breaks and width: what two spellings of one title share."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", str(text))).casefold()


def spellings(header: str) -> tuple[str, ...]:
    """How a person may write a header of several rows (``面积／建筑面积``): as it is shown, joined, or its last part."""
    return header, header.replace("／", ""), header.rpartition("／")[2]


@dataclass(frozen=True, slots=True)
class _Part:
    """One header row's text over a column."""

    shown: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a column fits a field: the higher, the better."""

    rank: int
    at: int
    field: Field
    how: How


class _Titles:
    """What the fields of a table may be called, and what a person has said besides."""

    def __init__(self, table: Table, corrected: Mapping[str, str]) -> None:
        self.table = table
        self.units = frozenset(item.unit for item in table.fields if item.unit)
        self._corrected = {
            condensed(text): table.by_name[name] for header, name in corrected.items() for text in spellings(header)[:2]
        }
        self._spelled: dict[str, list[tuple[Field, How]]] = {}
        for item in table.fields:
            words = [(item.title, How.TITLE), (item.name, How.NAME), *((word, How.SYNONYM) for word in item.synonyms)]
            for word, how in words:
                self._spelled.setdefault(condensed(word), []).append((item, how))

    def fits(self, at: int, parts: Sequence[_Part]) -> Iterator[_Fit]:
        """Every field that the column may be: all parts together, or the last one with some of those above it."""
        *above, leaf = [part.plain for part in parts]
        for many in range(len(above), -1, -1):
            for chosen in itertools.combinations(above, many):
                text = "".join((*chosen, leaf))
                yield from self._named(at, text, many, whole=many == len(above))

    def _named(self, at: int, text: str, many: int, *, whole: bool) -> Iterator[_Fit]:
        if text in self._corrected:
            yield _Fit(99, at, self._corrected[text], How.CORRECTED)
        shorter = _OF_WHICH.sub("", _ASIDE.sub("", text))
        for rank, spelling in ((1, text), (0, shorter)):
            for item, how in self._spelled.get(spelling, ()):
                if rank or shorter != text:
                    joined = How.PART if not whole else How.JOINED if many else how
                    yield _Fit(10 * whole + 2 * many + rank, at, item, joined)


def find_header(
    table: Table, rows: Sequence[Row], merges: Sequence[Merge], corrected: Mapping[str, str]
) -> Header | None:
    """The block of rows that names most fields, the fewest rows of equals, the uppermost of those; ``None`` when none
    names two fields (or the only one). ``corrected``: header text → field name, as a person said."""
    titles = _Titles(table, corrected)
    cells = {number: list(row) for number, row in rows if number <= HEADER_WITHIN + HEADER_ROWS}
    spread(cells, merges)
    best: tuple[int, bool, int, int] = (0, True, 0, 0)
    for first, last in _blocks(cells):
        for over in (False, True) if not merges and first < last else (False,):
            laid = _carried(cells, first, last) if over else cells
            parts = _columns(laid, first, last, titles)
            named = {fit.field.name for at, over in parts for fit in titles.fits(at, over)}
            best = max(best, (len(named), not over, first - last, -first))
    if best[0] < min(2, len(table.fields)):
        return None
    first, last = -best[3], -best[3] - best[2]
    below = (low for top, _, low, _ in merges if first <= top <= last < low < last + HEADER_ROWS)
    laid = cells if best[1] else _carried(cells, first, last)
    return _header(titles, laid, first, last, max(below, default=last))


def _blocks(cells: Mapping[int, object]) -> Iterator[tuple[int, int]]:
    """First and last row of every block that may be a header."""
    for first in sorted(cells):
        for last in range(first, first + HEADER_ROWS):
            if first > HEADER_WITHIN or last not in cells:
                break
            yield first, last


def _carried(cells: Mapping[int, list[RawCell]], first: int, last: int) -> dict[int, list[RawCell]]:
    """The rows with each upper text carried to the right over the last row's texts: what a merged header
    comes to in a file that knows no merged cells."""
    laid, below = dict(cells), cells[last]
    for number in range(first, last):
        row = [*cells[number], *[None] * (len(below) - len(cells[number]))]
        for at, text in enumerate(below):
            if at and row[at] is None and isinstance(text, str):
                row[at] = row[at - 1]
        laid[number] = row
    return laid


def spread(cells: dict[int, list[RawCell]], merges: Sequence[Merge]) -> None:
    """Put the text of a merged cell into all of its cells near the top. Rows that hold nothing else come to life."""
    for top, left, low, right in merges:
        if top not in cells or left >= len(cells[top]) or cells[top][left] is None:
            continue
        for number in range(top, min(low, HEADER_WITHIN + HEADER_ROWS) + 1):
            row = cells.setdefault(number, [])
            row += [None] * (right + 1 - len(row))
            row[left : right + 1] = [cells[top][left]] * (right + 1 - left)


def _columns(
    cells: Mapping[int, Sequence[RawCell]], first: int, last: int, titles: _Titles
) -> Iterator[tuple[int, list[_Part]]]:
    """The parts over each column that has any, from above; a part that only repeats the one above it is left out, and a
    last one that only names a unit too."""
    rows = [cells[number] for number in range(first, last + 1)]
    for at in range(max(map(len, rows))):
        parts: list[_Part] = []
        for row in rows:
            text = row[at] if at < len(row) else None
            if isinstance(text, str) and text.strip():
                part = _Part(" ".join(text.split()), condensed(text))
                if part.plain and (not parts or parts[-1].plain != part.plain):
                    parts.append(part)
        if len(parts) > 1 and unit_of(parts[-1].plain.strip("()"), known=titles.units):
            parts.pop()
        if parts:
            yield at, parts


def _header(titles: _Titles, cells: Mapping[int, Sequence[RawCell]], first: int, last: int, end: int) -> Header:
    columns = dict(_columns(cells, first, last, titles))
    chosen, issues = _choose(titles, columns, first)
    texts = {at: "".join(part.plain for part in parts) for at, parts in columns.items()}
    rest = {at: text for at, text in texts.items() if at not in chosen}
    explanation = next((at for at, text in rest.items() if text in _EXPLANATIONS), None)
    identity = next((at for at, text in rest.items() if text == IDENTITY_TITLE), None)
    unknown = tuple(
        (at, _shown(columns[at]))
        for at, text in rest.items()
        if at not in (explanation, identity) and text not in _OWN_COLUMNS
    )
    found = tuple(
        Column(fit.field, at, _shown(columns[at]), fit.how, _unit(titles, cells, (first, end), at))
        for at, fit in sorted(chosen.items())
    )
    every = {
        cell.strip() for number in range(first, end + 1) for cell in cells.get(number, ()) if isinstance(cell, str)
    }
    return Header(first, end, found, explanation, unknown, frozenset(every), issues, identity)


def _shown(parts: Sequence[_Part]) -> str:
    return "／".join(part.shown for part in parts)


def _choose(
    titles: _Titles, columns: Mapping[int, Sequence[_Part]], row: int
) -> tuple[dict[int, _Fit], tuple[Issue, ...]]:
    """Column → field, the best fits first. Two columns that fit one field equally well are a fault."""
    order = {item.name: at for at, item in enumerate(titles.table.fields)}
    fits = {fit for at, parts in columns.items() for fit in titles.fits(at, parts)}
    chosen: dict[int, _Fit] = {}
    issues: list[Issue] = []
    given: dict[str, int] = {}
    for fit in sorted(fits, key=lambda fit: (-fit.rank, order[fit.field.name], fit.at)):
        if fit.at in chosen:
            continue
        if fit.field.name not in given:
            given[fit.field.name] = fit.rank
            chosen[fit.at] = fit
        elif given[fit.field.name] == fit.rank:
            letters = "、".join(column_letter(at) for at, held in chosen.items() if held.field is fit.field)
            message = (
                f"“{fit.field.title}”在表头中出现了不止一次（{letters}、{column_letter(fit.at)} 列），请只留一列，"
                "或在报送时指定用哪一列。"
            )
            issues.append(Issue("column_twice", message, "", row, column_letter(fit.at), fit.field.name))
            chosen[fit.at] = fit
    return chosen, tuple(issues)


def _unit(titles: _Titles, cells: Mapping[int, Sequence[RawCell]], rows: tuple[int, int], at: int) -> str:
    """The unit that stands in the column's header: in brackets, or alone in its last row."""
    for number in range(rows[1], rows[0] - 1, -1):
        row = cells.get(number, ())
        text = row[at] if at < len(row) else None
        if isinstance(text, str):
            for said in (*ASIDE_UNIT.findall(text), text.strip()):
                if unit_of(said, known=titles.units) or is_scale(said):
                    return str(said).strip()
    return ""
