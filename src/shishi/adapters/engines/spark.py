"""The Spark engine: the same SQL over the same Parquet parts as DuckDB's, on this machine or on a cluster that
sees the folder of the column store."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore, Opened
from shishi.adapters.engines.dialects import SPARK
from shishi.adapters.engines.duckdb import facts_of
from shishi.adapters.engines.spark_session import session
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from shishi.adapters.engines.questions_sql import Query

_TYPES = {
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "extension<arrow.uuid>": "BINARY",
    "int8": "TINYINT",
    "int64": "BIGINT",
    "string": "STRING",
    "timestamp[us]": "TIMESTAMP_NTZ",
}
_ONE_AT_A_TIME = Lock()
"""Views belong to the session, and the session to the process."""


class SparkEngine:
    """Brings the store up to the ledger before every question. ``master`` is ``local[…]`` or the address of a
    cluster."""

    name = "spark"

    def __init__(self, source: Source, store: ColumnStore, master: str) -> None:
        self._source, self._store, self._master = source, store, master

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        """See ``rollup.leaves_of``. ``Refused`` (sum_too_long) where a sum has more than 38 digits."""
        from shishi.adapters.engines.questions_sql import leaves_query

        if not question.answerable:
            return {}
        with self._opened(question.touched, question.tables) as opened:
            rows = self._rows(leaves_query(question, facts_of(opened), SPARK), opened)
        return {code: None if value is None else Decimal(value) for code, value in rows}

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """See ``rollup.distinct_of``."""
        import pyarrow as pa

        from shishi.adapters.engines.questions_sql import distinct_query

        if not question.answerable:
            return {}
        pairs = [(code, node) for code, several in nodes.items() for node in several]
        codes, above = (pa.array(column, pa.string()) for column in (zip(*pairs, strict=True) if pairs else ((), ())))
        with self._opened(question.touched, question.tables) as opened:
            query = distinct_query(question, facts_of(opened), SPARK)
            return dict(self._rows(query, opened, pa.table({"code": codes, "node": above})))

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        """See ``rollup.places_of``."""
        from shishi.adapters.engines.questions_sql import places_query

        with self._opened([table.name], {table.name: table}) as opened:
            rows = self._rows(places_query(table, as_of, known_at, facts_of(opened), SPARK), opened)
        return frozenset(code for (code,) in rows)

    def entries(
        self, question: Question, codes: Collection[str] | None = None, limit: int | None = None, offset: int = 0
    ) -> tuple[UUID, ...]:
        """See ``rollup.entries_of``."""
        from shishi.adapters.engines.questions_sql import entries_query

        if not question.answerable:
            return ()
        with self._opened(question.touched, question.tables) as opened:
            query = entries_query(question, codes, limit, offset, facts_of(opened), SPARK)
            return tuple(UUID(bytes=bytes(entry)) for (entry,) in self._rows(query, opened))

    def _opened(self, names: Collection[str], tables: Mapping[str, Table]) -> AbstractContextManager[dict[str, Opened]]:
        return self._store.reading(self._source, [tables[name] for name in sorted(names)])

    def _rows(self, query: Query, opened: Mapping[str, Opened], nodes: pa.Table | None = None) -> list[tuple[Any, ...]]:
        from shishi.adapters.engines import arrow_rows
        from shishi.adapters.engines.questions_sql import NODES

        with _ONE_AT_A_TIME, _shared(self._store.folder, nodes) as parts:
            spark = session(self._master, self._store.folder / "spark.log")
            for at, table in enumerate(query.tables):
                schema = arrow_rows.of_revisions(table, []).schema
                _view(spark, f"revisions_{at}", opened[table.name].revisions, schema)
            if query.marks:
                _view(spark, "marks", opened[query.tables[0].name].marks, arrow_rows.of_marks([]).schema)
            if nodes is not None:
                _view(spark, NODES, parts, nodes.schema)
            return _answered(spark, query)


def _answered(spark: SparkSession, query: Query) -> list[tuple[Any, ...]]:
    from pyspark.errors import ArithmeticException

    from shishi.adapters.engines.questions_sql import sum_too_long

    try:
        return [tuple(row) for row in spark.sql(query.sql, query.bound).collect()]
    except ArithmeticException as error:
        raise sum_too_long() from error


@contextmanager
def _shared(folder: Path, rows: pa.Table | None) -> Iterator[tuple[str, ...]]:
    """Rows as a part of their own, where every machine of the cluster finds them while the question is answered."""
    import pyarrow.parquet as pq

    if rows is None:
        yield ()
        return
    path = folder / f"asked-{token_hex(8)}.parquet"
    try:
        pq.write_table(rows, path)
        yield (str(path),)
    finally:
        path.unlink(missing_ok=True)


def _view(spark: SparkSession, name: str, parts: Collection[str], schema: pa.Schema) -> None:
    """The types are given: Spark knows no UUIDs, and need not look into any file before it is asked."""
    columns = ", ".join(f"{SPARK.quoted(field.name)} {_type_of(field.type)}" for field in schema)
    spark.read.schema(columns).parquet(*map(_literal_path, parts)).createOrReplaceTempView(name)


def _type_of(arrow: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_decimal(arrow):
        return f"DECIMAL({arrow.precision}, {arrow.scale})"
    return "ARRAY<STRING>" if pa.types.is_list(arrow) else _TYPES[str(arrow)]


def _literal_path(path: str) -> str:
    """A path in which Spark sees no pattern."""
    return re.sub(r"([\\\[\]{}*?])", r"\\\1", path)
