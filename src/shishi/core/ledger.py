"""The ledger 台账: entries 条目 and their revisions 版本, in two times (DESIGN §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One state of an entry. ``effective_on``: true from this day (截至). ``recorded_at``: when we learned it (UTC, aware),
    never decreasing with ``sequence``. ``values`` is the whole row (empty when withdrawn or voided).
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
