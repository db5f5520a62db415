"""From the rows of a workbook to typed rows with their place, or the faults that they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shishi.adapters.crypto import Cipher
from shishi.adapters.spreadsheets.base import ReadRow, Sheetful
from shishi.adapters.spreadsheets.understanding import Understood
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.sealing import key_of, looks_masked
from shishi.apps.ledger.selectors import live
from shishi.core.checking import Place
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Mode
from shishi.core.programmes import Programme
from shishi.core.tables import Table, Value
from shishi.core.values import CellFault, key_text, parse

CODE_LENGTHS = (2, 4, 6, 9, 12)
_LEADING_CODE = re.compile(r"\s*(\d+)", re.ASCII)  # a drop-down writes "341802 宣州区", a number cell "341802.0"


@dataclass(frozen=True, slots=True)
class HandIn:
    """A workbook as it comes: ``division`` is a significant code or empty."""

    programme: Programme
    table: Table
    path: Path
    as_of: date
    mode: Mode = Mode.MERGE
    division: str = ""
    dry_run: bool = False
    corrected: Mapping[str, str] = field(default_factory=dict)
    """Header → field (its name or title), as the person says this time."""
    overwrite: bool = False
    """Write over what somebody else changed since the workbook was handed out."""


class WorkbookRefused(Refused):
    """A workbook that was read and has faults; ``understood`` tells what was made of its sheets."""

    def __init__(self, message: str, issues: Iterable[Issue], understood: Understood | None) -> None:
        super().__init__("workbook_refused", message, issues)
        self.understood = understood


@dataclass
class BatchLookups:
    """What typing needs to know as of the batch's day: divisions of the tree, rows of referred tables."""

    day: date
    tree: DivisionTree
    tables: Mapping[str, Table]
    _entries: dict[str, dict[str, str]] = field(default_factory=dict)
    _divisions: dict[str, str] = field(default_factory=dict)

    def division(self, text: str) -> str:
        """See :class:`shishi.core.values.Lookups`."""
        if text not in self._divisions:
            self._divisions[text] = self._division(text)
        return self._divisions[text]

    def _division(self, text: str) -> str:
        if text.isdigit():
            try:
                placed = self.tree.place(normalise(text), self.day)
            except Misuse as wrong:
                raise CellFault("division_unknown", wrong.message) from wrong
            if placed is None:
                raise CellFault("division_unknown", f"行政区划代码 {text} 不在本清单的范围内。")
            return text
        found = self.tree.named(text, self.day)
        if len(found) == 1:
            return found[0].official_code
        if found:
            choice = "、".join(f"{item.official_code} {self._told(item)}" for item in found)
            raise CellFault("division_ambiguous", f"“{text}”有 {len(found)} 个，请写代码：{choice}。")
        raise CellFault("division_unknown", f"没有名为“{text}”的行政区划。请按模板下拉选择，或写代码。")

    def _told(self, unit: Division) -> str:
        return "".join(item.name for item in self.tree.lineage(unit.code, self.day)[1:])

    def entry_of(self, table: str, key: str) -> str | None:
        """See :class:`shishi.core.values.Lookups`. Keys of the referred table are read once."""
        if table not in self._entries:
            rows = live(table, self.day).values_list("key", "entry")
            self._entries[table] = {held: str(entry) for held, entry in rows}
        referred = self.tables[table]
        parts = key.replace("／", "/").split("/") if len(referred.key) > 1 else [key]
        wanted = key_text(referred, dict(zip(referred.key, parts, strict=False)))
        return self._entries[table].get(wanted)


@dataclass
class TypedRow:
    """One row: typed values of the columns that the file has; ``masked`` are columns
    that still hold an export's mask."""

    values: dict[str, Value]
    place: Place
    key: str
    explanation: str
    masked: dict[str, str]
    identity: str = ""


def tree_for(programme: Programme, table: Table, division: str, sheetful: Sheetful) -> DivisionTree:
    """As much of the tree as the file needs: the named division or the programme's,
    and every code that the rows give."""
    root = division or normalise(programme.division)
    raw = (str(row.cells[table.division_field][1]) for row in sheetful.rows if table.division_field in row.cells)
    found = (match.group(1) for match in map(_LEADING_CODE.match, raw) if match)
    codes = {code for code in found if len(code) in CODE_LENGTHS} | {root, programme.division}
    return load_tree(within=root, codes=codes, down_to=Level.COUNTY if root == COUNTRY else Level.VILLAGE)


def type_rows(
    table: Table, sheetful: Sheetful, lookups: BatchLookups, cipher: Cipher
) -> tuple[list[TypedRow], list[Issue]]:
    """Type every cell; a cell that can't be read is an issue at its place and an empty value."""
    rows: list[TypedRow] = []
    issues: list[Issue] = []
    for read in sheetful.rows:
        row, faults = _type_row(table, read, lookups, cipher)
        rows.append(row)
        issues += faults
    return rows, issues


def _type_row(table: Table, read: ReadRow, lookups: BatchLookups, cipher: Cipher) -> tuple[TypedRow, list[Issue]]:
    place = Place(read.sheet, read.row, {name: column for name, (column, _) in read.cells.items()})
    values: dict[str, Value] = {}
    masked: dict[str, str] = {}
    faults: list[Issue] = []
    for name, (_, raw) in read.cells.items():
        item = table.by_name[name]
        if looks_masked(item, raw):
            masked[name] = str(raw).strip()
            continue
        try:
            values[name] = parse(item, raw, lookups)
        except CellFault as fault:
            faults.append(place.issue(fault.code, fault.message, name))
            values[name] = None
    key = "" if any(name in masked for name in table.key) else key_of(table, values, cipher)
    return TypedRow(values, place, key, read.explanation.strip(), masked, read.identity), faults
