"""What the demonstration plans: clerks, the workbooks that they hand in, and where rows are placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from shishi.core.divisions import DivisionTree, Level, normalise, official
from shishi.core.ledger import Mode
from shishi.core.tables import Values


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person who fills in workbooks: user name, shown name, and reach (programme code, official division code)."""

    username: str
    name: str
    programme: str
    division: str


@dataclass(frozen=True, slots=True)
class HandIn:
    """One workbook: as of ``day``, handed in by ``person`` (user name) at ``time`` of Shanghai on that day, or ``late``
    on another one.

    ``table`` is a full name, ``division`` an official code. ``rows`` are typed; a reference holds the key of the row
    that it refers to, as a clerk writes it."""

    day: date
    time: time
    person: str
    table: str
    division: str
    mode: Mode
    rows: tuple[Values, ...]
    late: date | None = None

    @property
    def received(self) -> date:
        """The day on which it comes."""
        return self.late or self.day


def places(tree: DivisionTree, code: str, level: Level, on: date) -> list[str]:
    """Official codes of the units of ``level`` within ``code``; the division itself where the tree knows none."""
    found = [unit.official_code for unit in tree.under(code, level, on)]
    return found or [official(normalise(code))]
