"""Differences 变更对照: what a hand-in or a batch does to each cell, for people to read and for a digest to hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.audit import chain
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.comparing import held_of
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.round_trips import unseen
from shishi.apps.ledger.sealing import Cell, Sealed, decode, opened
from shishi.apps.ledger.selectors import CHUNK, history, live, rows_of_batch
from shishi.apps.ledger.services import Weighed
from shishi.core.calendars import day_of
from shishi.core.cell_changes import ShownCell, ShownRow, cells_of
from shishi.core.errors import Misuse
from shishi.core.ledger import Change, RevisionKind
from shishi.core.tables import Field, FieldType, Table
from shishi.core.values import shown

EXPLANATION, EXPLANATION_TITLE = "explanation", "核实说明"


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that change, in the order of the sheet. ``kept``: keys of rows that the sheet no longer has and the ledger
    keeps."""

    rows: tuple[ShownRow, ...]
    kept: tuple[str, ...] = ()

    @property
    def cells(self) -> int:
        """How many cells change."""
        return sum(len(row.cells) for row in self.rows)

    @property
    def conflicts(self) -> int:
        """How many of them somebody else changed meanwhile."""
        return sum(cell.conflict for row in self.rows for cell in row.cells)

    def document(self, offset: int = 0, limit: int = 50) -> dict[str, object]:
        """As ``--json`` prints it: totals, and a page of rows."""
        rows = [row.document() for row in self.rows[offset : offset + limit]]
        totals = {"rows": len(self.rows), "cells": self.cells, "conflicts": self.conflicts}
        return {"totals": totals, "offset": offset, "limit": limit, "rows": rows, "kept": list(self.kept[:limit])}


def difference(weighed: Weighed, table: Table, tables: Mapping[str, Table], as_of: date) -> Difference:
    """What a weighed workbook would do, every cell with its place in the file."""
    changes = weighed.outcome.changes
    teller = _Teller(table, tables, as_of, changes)
    made = {**weighed.returned.conflicts, **{item.key: dict.fromkeys(table.by_name) for item in _unseen(weighed)}}
    letters = weighed.read.sheetful.headers
    rows = tuple(teller.row(change, letters, made.get(change.key, {})) for change in changes)
    gone = {change.key for change in changes if change.kind is RevisionKind.WITHDRAWN}
    kept = (teller.key(held.cells) for held in weighed.returned.kept if held.key not in gone)
    return Difference(rows, tuple(kept))


def _unseen(weighed: Weighed) -> Iterator[Change]:
    return unseen(weighed.returned, weighed.outcome)


def digest_of_changes(table: Table, weighed: Weighed) -> str:
    """SHA-256 over exactly what would be written: a keyed digest stands for an encrypted value."""
    names = [item.name for item in table.fields]
    told = [
        [
            *(str(change.kind), change.key, change.incoming.explanation if change.incoming else ""),
            [[cell.field, _exact(cell.now), _exact(cell.wanted)] for cell in cells_of(change, names)],
            sorted(weighed.returned.conflicts.get(change.key, ())),
        ]
        for change in weighed.outcome.changes
    ]
    return chain.digest(sorted(told, key=lambda row: (row[1], row[0])))


def _exact(cell: object) -> object:
    return cell.digest if isinstance(cell, Sealed) else cell


class _Teller:
    """Tells changes as people read them: sensitive values masked, references by the key of the referred row."""

    def __init__(self, table: Table, tables: Mapping[str, Table], as_of: date, changes: Sequence[Change]) -> None:
        self._table, self._cipher = table, key_ring()
        self._names = [item.name for item in table.fields]
        self._referred = dict(_keys_of_referred(table, tables, as_of, changes))

    def row(self, change: Change, letters: Mapping[str, Mapping[str, str]], made: Mapping[str, Cell]) -> ShownRow:
        incoming, held = change.incoming, change.held
        sheet = incoming.sheet if incoming else ""
        columns = letters.get(sheet, {})
        cells = [
            self._cell(self._table.by_name[item.field], item.now, item.wanted, columns.get(item.field, ""), made)
            for item in cells_of(change, self._names)
        ]
        explained = held.explanation if held and held.live else ""
        if incoming and incoming.explanation and incoming.explanation != explained:
            cells.append(ShownCell(EXPLANATION, EXPLANATION_TITLE, "", explained, incoming.explanation))
        key = self.key(change.cells or (held.cells if held else {}))
        return ShownRow(change.kind.value, key, sheet, incoming.row if incoming else None, tuple(cells))

    def key(self, cells: Mapping[str, object]) -> str:
        """The key as people know the row."""
        parts = (self._text(self._table.by_name[name], cells.get(name)) for name in self._table.key)
        return "、".join(parts)

    def _cell(self, item: Field, now: object, wanted: object, column: str, made: Mapping[str, Cell]) -> ShownCell:
        old, new = self._text(item, now), self._text(item, wanted)
        if old and old == new:
            new = f"{new}（内容已改）"  # two values under one mask
        before = self._text(item, made[item.name]) if item.name in made else None
        return ShownCell(item.name, item.title, column, old, new, before)

    def _text(self, item: Field, cell: object) -> str:
        if cell is None:
            return ""
        if item.type is FieldType.REFERENCE:
            return self._referred.get(str(cell), str(cell))
        held: Cell = cell  # type: ignore[assignment]  # changes carry what this app put in
        value = opened(self._table, {item.name: held}, self._cipher)[item.name]
        return "（已销毁）" if value is None else shown(item, value)


def _keys_of_referred(
    table: Table, tables: Mapping[str, Table], as_of: date, changes: Iterable[Change]
) -> Iterator[tuple[str, str]]:
    """The entry of each referred row with its key as people read it."""
    references = {item.name: item.references for item in table.fields if item.type is FieldType.REFERENCE}
    wanted: dict[str, set[UUID]] = {}
    for change in changes if references else ():
        for cells in (change.cells, change.held.cells if change.held else {}):
            for name, other in references.items():
                if cells.get(name):
                    wanted.setdefault(other, set()).add(UUID(str(cells[name])))
    cipher = key_ring()
    for other, entries in wanted.items():
        referred = tables[other]
        for row in _rows_of(other, as_of, sorted(entries)):
            values = opened(referred, decode(row.cells), cipher)
            yield str(row.entry), "/".join(shown(referred.by_name[name], values.get(name)) for name in referred.key)


def _rows_of(table: str, as_of: date, entries: Sequence[UUID]) -> Iterator[RevisionRow]:
    for start in range(0, len(entries), CHUNK):
        yield from live(table, as_of, entries=entries[start : start + CHUNK])


def difference_of_batch(
    batch: Batch, table: Table, tables: Mapping[str, Table], *, to: Person, at: datetime
) -> Difference:
    """What a batch did as of its day, also one that undoes another: rows before it and after it. Only rows that the
    person may read; ``Misuse`` (out_of_reach) when there are others alone."""
    written = rows_of_batch(batch)
    mine = rows_of_batch(batch, to, table.name.rpartition("/")[0], day_of(at))
    if written and not mine:
        raise Misuse("out_of_reach", f"批次 {batch.pk} 的行不在您的权限范围内。请由该地的人员查看。")
    first, last = min((row.sequence for row in written), default=0), max((row.sequence for row in written), default=0)
    told = history({row.entry for row in mine})
    changes = tuple(
        change for row in mine if (change := _between(row, told[row.entry], batch.as_of, first, last)) is not None
    )
    teller = _Teller(table, tables, batch.as_of, changes)
    return Difference(tuple(teller.row(change, {}, {}) for change in changes))


def _between(row: RevisionRow, revisions: Collection[RevisionRow], as_of: date, first: int, last: int) -> Change | None:
    """From the state of a row below sequence ``first`` to the one up to ``last``."""
    before, after = _state(revisions, as_of, first - 1), _state(revisions, as_of, last)
    if before is None and after is None:
        return None
    held = held_of(before) if before else None
    if after is None:
        return Change(RevisionKind.WITHDRAWN, row.key, {}, held)
    kind = RevisionKind.REVISED if before else RevisionKind.POSTED
    return Change(kind, after.key, decode(after.cells), held)


def _state(revisions: Collection[RevisionRow], as_of: date, last: int) -> RevisionRow | None:
    known = [row for row in revisions if row.sequence <= last]
    voided = {row.voids for row in known if row.kind == RevisionKind.VOIDED}
    standing = [
        row
        for row in known
        if row.kind != RevisionKind.VOIDED and row.sequence not in voided and row.effective_on <= as_of
    ]
    found = max(standing, key=lambda row: (row.effective_on, row.sequence), default=None)
    return None if found is None or found.kind == RevisionKind.WITHDRAWN else found
