"""Three truths 填报→佐证→核实, held per entry and assured group of fields, in the ledger's two times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Basis(StrEnum):
    """What a figure counts: everything reported, only what has evidence, only what was verified."""

    REPORTED = "reported"
    EVIDENCED = "evidenced"
    VERIFIED = "verified"

    @property
    def rank(self) -> int:
        """Reported 0, evidenced 1, verified 2: a verified group also counts as evidenced."""
        return list(Basis).index(self)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state given to a group of an entry. It holds only while the group is unchanged: a revision whose
    ``settled[group]`` is later than ``sequence`` has dropped it to *reported*. Both come from one sequence."""

    sequence: int
    entry: UUID
    group: str
    state: Basis
    effective_on: date
    recorded_at: datetime
    person: str
