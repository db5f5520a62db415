"""The port of the engines, and where engines get rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from shishi.core.assurance import Mark
from shishi.core.divisions import DivisionTree
from shishi.core.ledger import Revision
from shishi.core.questions import Question
from shishi.core.rollup import Leaves

__all__ = ["Engine", "Histories", "Question", "RevisionTexts", "Source", "Ways"]


@dataclass(frozen=True, slots=True)
class RevisionTexts:
    """Revisions column by column, as they are stored: days and moments (UTC) in ISO
    8601, ``cells`` and ``settled`` as JSON; an encrypted cell is an object with its ``digest``."""

    sequence: Sequence[int]
    entry: Sequence[str]
    kind: Sequence[str]
    effective_on: Sequence[str]
    recorded_at: Sequence[str]
    voids: Sequence[int | None]
    settled: Sequence[str]
    cells: Sequence[str]


class Source(Protocol):
    """The ledger as engines read it. Only what is committed: a row that is rolled
    back later would stay in a column store.

    Values are typed under the table as it stands now; encrypted ones are keyed digests. Revisions and marks of a table
    share one sequence, are handed out in its order, and never change once ``head`` has reached them."""

    def head(self, table: str) -> int:
        """The last sequence under the table (full name); 0 when there is nothing."""

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """Revisions of a later sequence."""

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        """The same revisions up to and with the sequence ``up_to``, many at a time and without an object for each."""

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """Marks of a later sequence."""


class Histories(Source, Protocol):
    """The ledger as a cube follows it: what is new, and everything ever said of a few entries."""

    def standing(self, table: str) -> tuple[int, datetime | None]:
        """``head``, and the moment at which the last of either was recorded: nothing later is recorded earlier."""

    def latest_on(self, table: str, after_sequence: int) -> date | None:
        """The greatest ``effective_on`` of revisions and marks of a later sequence."""

    def changed(self, table: str, after_sequence: int) -> frozenset[UUID]:
        """Entries of revisions and marks of a later sequence."""

    def news(self, table: str, after_sequence: int) -> Iterator[RevisionTexts]:
        """Every revision of the entries of ``changed``, many at a time and in any order, each once."""

    def texts_of(self, table: str, entries: Collection[UUID]) -> Iterator[RevisionTexts]:
        """Every revision of the entries, many at a time and in any order."""

    def marks_on(self, table: str, entries: Collection[UUID]) -> Iterator[Mark]:
        """Every mark on the entries; those of one entry in the order of their sequence."""

    def referring(self, table: str, via: str, targets: Collection[UUID]) -> frozenset[UUID]:
        """Entries of ``table`` of which any revision holds one of ``targets`` in its field ``via``."""


class Ways(Protocol):
    """Where rows count on the day of a question."""

    @property
    def on(self) -> date:
        """The day."""

    @property
    def token(self) -> str:
        """While it is the same, every code lies where it lay."""

    def tree(self, codes: Collection[str]) -> DivisionTree:
        """The tree as far as it is needed to place these raw codes."""


class Engine(Leaves, Protocol):
    """Answers questions. ``core.rollup`` says what each answer means, and climbs the tree from the leaves."""

    @property
    def name(self) -> str:
        """As ``--engine`` writes it."""

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """Entries whose values enter the figure, of these raw codes (``None``: of all), by code, then as they came."""
