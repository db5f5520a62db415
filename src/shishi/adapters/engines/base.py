"""The port of the engines, and where engines get rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol
from uuid import UUID

from shishi.core.assurance import Mark
from shishi.core.ledger import Revision
from shishi.core.questions import Question
from shishi.core.rollup import Leaves

__all__ = ["Engine", "Question", "Source"]


class Source(Protocol):
    """The ledger as engines read it. Only what is committed: a row that is rolled
    back later would stay in a column store.

    Values are typed under the table as it stands now; encrypted ones are keyed digests. Revisions and marks of a table
    share one sequence, are handed out in its order, and never change once ``head`` has reached them."""

    def head(self, table: str) -> int:
        """The last sequence under the table (full name); 0 when there is nothing."""

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """Revisions of a later sequence."""

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """Marks of a later sequence."""


class Engine(Leaves, Protocol):
    """Answers questions. ``core.rollup`` says what each answer means, and climbs the tree from the leaves."""

    @property
    def name(self) -> str:
        """As ``--engine`` writes it."""

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """Entries whose values enter the figure, of these raw codes (``None``: of all), by code, then as they came."""
