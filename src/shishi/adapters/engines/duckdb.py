"""The DuckDB engine: in each process, in memory, over the Parquet parts of the column store."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore, Opened
from shishi.core.tables import Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from shishi.adapters.engines.questions_sql import Query


class DuckDBEngine:
    """Brings the store up to the ledger before every question. May be shared between threads and survive a fork."""

    name = "duckdb"

    def __init__(self, source: Source, store: ColumnStore) -> None:
        self._source, self._store = source, store

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        """See ``rollup.leaves_of``."""
        from shishi.adapters.engines.questions_sql import leaves_query

        rows = self._rows(leaves_query(question)) if question.answerable else ()
        return {code: None if value is None else Decimal(value) for code, value in rows}

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """See ``rollup.distinct_of``."""
        import pyarrow as pa

        from shishi.adapters.engines.questions_sql import distinct_query

        query = distinct_query(question)
        if not question.answerable:
            return {}
        pairs = [(code, node) for code, several in nodes.items() for node in several]
        codes, above = (pa.array(column, pa.string()) for column in (zip(*pairs, strict=True) if pairs else ((), ())))
        return dict(self._rows(query, pa.table({"code": codes, "node": above})))

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        """See ``rollup.places_of``."""
        from shishi.adapters.engines.questions_sql import places_query

        return frozenset(code for (code,) in self._rows(places_query(table, as_of, known_at)))

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """See ``rollup.entries_of``."""
        from shishi.adapters.engines.questions_sql import entries_query

        query = entries_query(question, codes, limit, offset)
        return tuple(entry for (entry,) in self._rows(query)) if question.answerable else ()

    def _rows(self, query: Query, nodes: pa.Table | None = None) -> list[tuple[Any, ...]]:
        from shishi.adapters.engines.questions_sql import NODES

        with self._store.reading(self._source, query.tables) as opened:
            return run(query, opened, {} if nodes is None else {NODES: nodes})


def run(query: Query, opened: Mapping[str, Opened], relations: Mapping[str, pa.Table]) -> list[tuple[Any, ...]]:
    """The rows of a query over opened parts; ``relations`` are those that its SQL names beside them."""
    with _connection(os.getpid()).cursor() as cursor:
        files = {f"revisions_{at}": list(opened[table.name].revisions) for at, table in enumerate(query.tables)}
        if query.marks:
            files["marks"] = list(opened[query.tables[0].name].marks)
        for name, rows in relations.items():
            cursor.register(name, rows)
        return cursor.execute(query.sql, query.bound | files).fetchall()


@cache
def _connection(process: int) -> duckdb.DuckDBPyConnection:
    """One for each process: it is costly to make, holds nothing, and does not survive a fork."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
            "temp_directory": str(Path(gettempdir()) / f"shishi-{process}"),
        },
    )
