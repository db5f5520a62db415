"""The DuckDB engine: in each process, in memory, over the Parquet parts of the column store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore, Opened
from shishi.adapters.engines.connection import connected
from shishi.core.tables import Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from shishi.adapters.engines.facts import Facts
    from shishi.adapters.engines.gathering import Gathered, Lines
    from shishi.adapters.engines.questions_sql import Query


class DuckDBEngine:
    """Brings the store up to the ledger before every question. May be shared between threads and survive a fork."""

    name = "duckdb"

    def __init__(self, source: Source, store: ColumnStore) -> None:
        self._source, self._store = source, store

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        """See ``rollup.leaves_of``."""
        from shishi.adapters.engines.questions_sql import leaves_query

        if not question.answerable:
            return {}
        with self._opened(question) as opened:
            rows = run(leaves_query(question, facts_of(opened)), opened, {})
        return {code: None if value is None else Decimal(value) for code, value in rows}

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """See ``rollup.distinct_of``."""
        import pyarrow as pa

        from shishi.adapters.engines.questions_sql import NODES, distinct_query

        if not question.answerable:
            return {}
        pairs = [(code, node) for code, several in nodes.items() for node in several]
        codes, above = (pa.array(column, pa.string()) for column in (zip(*pairs, strict=True) if pairs else ((), ())))
        with self._opened(question) as opened:
            query = distinct_query(question, facts_of(opened))
            return dict(run(query, opened, {NODES: pa.table({"code": codes, "node": above})}))

    def gather(self, questions: Sequence[Question], lines: Lines) -> list[Gathered]:
        """What counts, sums and distinct counts make for every node, for all questions at once: those of one table, as
        of one day and known at one moment, by one look at its rows. Each answer is what climbing from the leaves, or
        ``distinct``, gives."""
        from shishi.adapters.engines.gathering import together

        found: dict[int, Gathered] = {}
        for places in together(questions):
            found.update(zip(places, self._gathered([questions[place] for place in places], lines), strict=True))
        return [found[place] for place in range(len(questions))]

    def _gathered(self, questions: Sequence[Question], lines: Lines) -> list[Gathered]:
        from shishi.adapters.engines.gathering import NONE, gathered
        from shishi.adapters.engines.gathering_sql import ADDED, gathered_query

        first = questions[0]
        if not first.answerable:
            return [NONE]
        touched = {name: question.tables[name] for question in questions for name in question.touched}
        with self._store.reading(self._source, [touched[name] for name in sorted(touched)]) as opened:
            query = gathered_query(questions, lines.depth, facts_of(opened))
            with running(query, opened, lines.relations) as relation:
                rows = relation.to_arrow_table()
        return gathered(rows, questions, lines, ADDED)

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        """See ``rollup.places_of``."""
        from shishi.adapters.engines.questions_sql import places_query

        with self._store.reading(self._source, [table]) as opened:
            return frozenset(
                code for (code,) in run(places_query(table, as_of, known_at, facts_of(opened)), opened, {})
            )

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """See ``rollup.entries_of``."""
        from shishi.adapters.engines.questions_sql import entries_query

        if not question.answerable:
            return ()
        with self._opened(question) as opened:
            rows = run(entries_query(question, codes, limit, offset, facts_of(opened)), opened, {})
        return tuple(entry for (entry,) in rows)

    def _opened(self, question: Question) -> AbstractContextManager[dict[str, Opened]]:
        return self._store.reading(self._source, [question.tables[name] for name in sorted(question.touched)])


def run(query: Query, opened: Mapping[str, Opened], relations: Mapping[str, pa.Table]) -> list[tuple[Any, ...]]:
    """The rows of a query over opened parts; ``relations`` are those that its SQL names beside them."""
    with running(query, opened, relations) as relation:
        return relation.fetchall()


@contextmanager
def running(
    query: Query, opened: Mapping[str, Opened], relations: Mapping[str, pa.Table]
) -> Iterator[duckdb.DuckDBPyRelation]:
    """As ``run``; the answer is to be taken within the block, in any form."""
    import duckdb

    from shishi.adapters.engines.questions_sql import sum_too_long

    with connected() as cursor:
        files = {f"revisions_{at}": list(opened[table.name].revisions) for at, table in enumerate(query.tables)}
        if query.marks:
            files["marks"] = list(opened[query.tables[0].name].marks)
        for name, rows in relations.items():
            cursor.register(name, rows)
        try:
            yield cursor.sql(query.sql, params=query.bound | files)
        except duckdb.OutOfRangeException as error:
            raise sum_too_long() from error


def facts_of(opened: Mapping[str, Opened]) -> dict[str, Facts]:
    """By table."""
    return {name: parts.facts for name, parts in opened.items()}
