"""The reference engine: the meaning itself, in plain Python. Slow, and right by definition."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.core import rollup
from shishi.core.questions import Held
from shishi.core.tables import Table


class ReferenceEngine:
    """Reads the whole ledger of the touched tables at every question."""

    name = "reference"

    def __init__(self, source: Source) -> None:
        self._source = source

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        """See ``rollup.leaves_of``."""
        return rollup.leaves_of(question, self._held(question))

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """See ``rollup.distinct_of``."""
        return rollup.distinct_of(question, self._held(question), nodes)

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        """See ``rollup.places_of``."""
        return rollup.places_of(table, self._under(table.name), as_of, known_at)

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """See ``rollup.entries_of``."""
        found = rollup.entries_of(question, self._held(question), codes)
        return found[offset : None if limit is None else offset + limit]

    def _held(self, question: Question) -> dict[str, Held]:
        return {name: self._under(name) for name in question.touched}

    def _under(self, table: str) -> Held:
        return Held(tuple(self._source.revisions(table, 0)), tuple(self._source.marks(table, 0)))
