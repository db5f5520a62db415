"""Pages of the rows behind a figure, and of those beside it: nobody fetches a million entries to see thirty of them."""

# ruff: noqa: S608 - SQL is made of constants here; what is given is bound, or registered as a relation

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.differing import Side
from shishi.adapters.engines.differing_sql import CODES
from shishi.adapters.engines.duckdb import facts_of, run
from shishi.core.indicators import Measure

if TYPE_CHECKING:
    import pyarrow as pa

_TOUCHED = "touched"


class RowPages:
    """Asks the parts of the column store."""

    def __init__(self, source: Source, store: ColumnStore) -> None:
        self._source, self._store = source, store

    def page(self, sides: Sequence[Side], *, counted: bool, offset: int, limit: int) -> tuple[int, tuple[UUID, ...]]:
        """How many rows there are on all sides that are ``counted`` (or live, and not), and some of them: by side, by
        code, then as they came."""
        total, found = 0, list[UUID]()
        for side in sides:
            where = _counted(side.question) if counted else f"NOT ({_counted(side.question)})"
            rows = f"FROM asked SEMI JOIN {CODES} USING (code) WHERE {where}"
            ((number,),) = self._ask(side, f"SELECT count(*) {rows}")
            first = max(offset - total, 0)
            if len(found) < limit and first < number:
                left = f"LIMIT {limit - len(found)} OFFSET {first}"
                found += [entry for (entry,) in self._ask(side, f"SELECT entry {rows} ORDER BY code, sequence {left}")]
            total += number
        return total, tuple(found)

    def meeting(self, question: Question, entries: Collection[UUID]) -> frozenset[UUID]:
        """Those of the entries that belong to the question, whatever their value."""
        import pyarrow as pa

        if not question.answerable or not entries:
            return frozenset()
        touched = pa.table({"entry": pa.array([entry.bytes for entry in entries], pa.uuid())})
        query = f"SELECT entry FROM asked SEMI JOIN {_TOUCHED} USING (entry) WHERE belongs"
        return frozenset(entry for (entry,) in self._run(question, query, {_TOUCHED: touched}))

    def _ask(self, side: Side, select: str) -> list[tuple[Any, ...]]:
        import pyarrow as pa

        if not side.question.answerable:
            return [(0,)] if select.startswith("SELECT count") else []
        codes = pa.table({"code": pa.array(sorted(side.codes), pa.string())})
        return self._run(side.question, select, {CODES: codes})

    def _run(self, question: Question, select: str, relations: dict[str, pa.Table]) -> list[tuple[Any, ...]]:
        from shishi.adapters.engines.questions_sql import asked_query

        stated = question.indicator.measure is Measure.REPORTED
        touched = [question.tables[name] for name in sorted(question.touched)]
        with self._store.reading(self._source, touched) as opened:
            return run(asked_query(question, select, facts_of(opened), stated=stated), opened, relations)


def _counted(question: Question) -> str:
    """Whether a row of ``asked`` enters the figure."""
    if question.indicator.measure is Measure.REPORTED:
        return "entry IN (SELECT entry FROM stated)"
    return "belongs AND value IS NOT NULL"
