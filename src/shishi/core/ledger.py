"""The ledger 台账: entries 条目 and their revisions 版本, in two times (DESIGN §4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shishi.core.provenance import Provenance
from shishi.core.tables import Values


class RevisionKind(StrEnum):
    """What a revision does to its entry. *voided* names the revision that it removes for every day."""

    POSTED = "posted"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an entry. ``effective_on``: true from this day (截至). ``recorded_at``: when we learned it (UTC,
    aware), never decreasing with ``sequence``. ``values`` is the whole row (empty when withdrawn or voided).
    ``settled`` tells for each assured group the sequence at which its values last changed."""

    sequence: int
    entry: UUID
    kind: RevisionKind
    effective_on: date
    recorded_at: datetime
    key: str
    values: Values
    provenance: Provenance
    voids: int | None = None
    settled: Mapping[str, int] = field(default_factory=dict)
    explanation: str = ""


class Mode(StrEnum):
    """``merge``: an absent column keeps, rows not in the file stay. ``replace``: rows of the named division that the
    file leaves out are withdrawn."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Held:
    """A row as it stands on the batch's day. ``live`` false: known, but withdrawn or only true later."""

    entry: UUID
    key: str
    cells: Mapping[str, object]
    live: bool = True
    settled: Mapping[str, int] = field(default_factory=dict)
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row as handed in: only the columns that the file has. An empty cell is present with ``None`` and clears."""

    key: str
    cells: Mapping[str, object]
    sheet: str = ""
    row: int | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch does to one entry: ``cells`` is the whole row after, ``held`` the row before (``None``: new)."""

    kind: RevisionKind
    key: str
    cells: Mapping[str, object]
    held: Held | None = None
    incoming: Incoming | None = None

    def settled(self, groups: Mapping[str, tuple[str, ...]], sequence: int) -> dict[str, int]:
        """For each assured group the sequence at which it last changed, when this change gets ``sequence``."""
        before = self.held.cells if self.held else {}
        told = self.held.settled if self.held else {}
        return {
            name: told.get(name, sequence)
            if self.held and all(before.get(item) == self.cells.get(item) for item in fields)
            else sequence
            for name, fields in groups.items()
        }


def reconcile(held: Mapping[str, Held], incoming: Iterable[Incoming], mode: Mode) -> tuple[Change, ...]:
    """Compare what is handed in with what is held (by key). Rows that say nothing new make no change.

    In ``merge`` an absent column keeps. In ``replace`` ``held`` must be exactly the rows of the named division: those
    that the file leaves out are withdrawn.
    """
    changes: list[Change] = []
    seen: set[str] = set()
    for row in incoming:
        seen.add(row.key)
        before = held.get(row.key)
        if before is None or not before.live:
            kept = {name: cell for name, cell in row.cells.items() if cell is not None}
            changes.append(Change(RevisionKind.POSTED, row.key, kept, before, row))
            continue
        after = {name: cell for name, cell in {**before.cells, **row.cells}.items() if cell is not None}
        if after != dict(before.cells) or row.explanation not in ("", before.explanation):
            changes.append(Change(RevisionKind.REVISED, row.key, after, before, row))
    if mode is Mode.REPLACE:
        changes += [
            Change(RevisionKind.WITHDRAWN, key, {}, row) for key, row in held.items() if row.live and key not in seen
        ]
    return tuple(changes)
