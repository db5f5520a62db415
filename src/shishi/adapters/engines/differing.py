"""What differs between two answers to one question, row by row: the rows of either side are compared in DuckDB, and
only those that make a difference are kept.

A part is what is counted once: an entry, or, of a distinct count, a value. What all parts add to a figure is the
figure; so what they add differently is the difference, exactly.
"""

# ruff: noqa: S608 - SQL is made of constants here; what is given is registered as relations

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.adapters.engines.base import Question, Source
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.differing_sql import ADDED, CODES, MOVED, PARTS, causes_query, counted_query
from shishi.adapters.engines.duckdb import facts_of, running

if TYPE_CHECKING:
    import pyarrow as pa


class Change(StrEnum):
    """What became of a part. ``MOVED``: it counts as before, under another division."""

    CAME_IN = "came_in"
    WENT_OUT = "went_out"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Side:
    """One moment's question, asked of the rows of these raw codes."""

    question: Question
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moved:
    """A part that adds something else than before. ``None``: it was not counted, or is not any more. ``cause``: the
    sequence of the revision that did it; ``None`` where the row itself says what it said."""

    part: str
    entry: UUID
    change: Change
    code_before: str | None
    code_after: str | None
    before: Decimal | None
    after: Decimal | None
    cause: int | None

    @property
    def amount(self) -> Decimal:
        """What it makes the figure differ by."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True, slots=True)
class Sum:
    """How many parts, and what they add together."""

    parts: int
    amount: Decimal


@dataclass(frozen=True)
class Differences:
    """All parts that differ, in columns: ``part entry change code_before code_after before after cause``, in the order
    in which they are told: by change, then by code."""

    rows: pa.Table

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def page(self, offset: int, limit: int, change: Change | None = None) -> tuple[Moved, ...]:
        """Some of them, of one change only where it is given."""
        import pyarrow.compute as pc

        rows = self.rows if change is None else self.rows.filter(pc.equal(self.rows["change"], change.value))
        return tuple(_moved(**row) for row in rows.slice(offset, limit).to_pylist())

    def sums(self) -> dict[Change, Sum]:
        """By change."""
        found = self._ask(f"SELECT change, count(*), sum({ADDED}) FROM moved GROUP BY change")
        return {Change(change): Sum(parts, _exact(amount)) for change, parts, amount in found}

    def by_code(self) -> dict[str, Sum]:
        """By raw code: a part that moved takes from one and gives to the other."""
        found = self._ask(
            "SELECT code, count(*), sum(amount) FROM (SELECT code_after AS code, after AS amount FROM moved "
            "WHERE code_after IS NOT NULL UNION ALL "
            "SELECT code_before, -before FROM moved WHERE code_before IS NOT NULL) "
            "GROUP BY code"
        )
        return {code: Sum(parts, _exact(amount)) for code, parts, amount in found}

    def by_cause(self, firsts: Sequence[int]) -> dict[int | None, Sum]:
        """By the range of sequences that the cause lies in: the greatest of ``firsts`` that is not above it. ``None``:
        the rows say what they said."""
        import pyarrow as pa

        ranges = pa.table({"first": pa.array(sorted(firsts), pa.int64())})
        query = (
            f"SELECT first, count(*), sum({ADDED}) FROM moved ASOF LEFT JOIN ranges ON moved.cause >= ranges.first "
            "GROUP BY first"
        )
        return {first: Sum(parts, _exact(amount)) for first, parts, amount in self._ask(query, ranges=ranges)}

    def causes(self) -> tuple[int, int] | None:
        """The first and the last sequence among the causes."""
        ((first, last),) = self._ask("SELECT min(cause), max(cause) FROM moved")
        return None if first is None else (first, last)

    def _ask(self, query: str, **relations: pa.Table) -> list[tuple[Any, ...]]:
        with connected() as cursor:
            for name, rows in {"moved": self.rows, **relations}.items():
                cursor.register(name, rows)
            with exactly():
                return cursor.sql(query).fetchall()


class Differing:
    """Compares two answers over the parts of the column store."""

    def __init__(self, source: Source, store: ColumnStore) -> None:
        self._source, self._store = source, store

    def differences(self, earlier: Sequence[Side], later: Sequence[Side]) -> Differences:
        """What the sides ``later`` count otherwise than the sides ``earlier``. Of one indicator's table; the sides of a
        moment have no code in common."""
        rows = self._moved([self._counted(side) for side in earlier], [self._counted(side) for side in later])
        return Differences(self._with_causes(rows, earlier, later))

    def _counted(self, side: Side) -> pa.Table | None:
        """``part entry code value`` of the rows that enter the figure."""
        import pyarrow as pa

        question = side.question
        if not question.answerable or not side.codes:
            return None
        touched = [question.tables[name] for name in sorted(question.touched)]
        with self._store.reading(self._source, touched) as opened:
            query = counted_query(question, facts_of(opened))
            codes = {CODES: pa.table({"code": pa.array(sorted(side.codes), pa.string())})}
            with running(query, opened, codes) as relation:
                return relation.to_arrow_table()

    def _moved(self, earlier: Sequence[pa.Table | None], later: Sequence[pa.Table | None]) -> pa.Table:
        import pyarrow as pa

        with connected() as cursor:
            for name, several in (("earlier", earlier), ("later", later)):
                given = [rows for rows in several if rows is not None]
                cursor.register(name, pa.concat_tables(given) if given else _nothing())
            with exactly():
                return cursor.sql(MOVED).to_arrow_table()

    def _with_causes(self, rows: pa.Table, earlier: Sequence[Side], later: Sequence[Side]) -> pa.Table:
        """``rows`` with the column ``cause``, in the order in which they are told."""
        before, after = earlier[0].question, later[0].question
        with self._store.reading(self._source, [after.table]) as opened:
            query = causes_query(after.table, (before.as_of, before.known_at), (after.as_of, after.known_at))
            with running(query, opened, {PARTS: rows}) as found:
                return found.to_arrow_table()


@contextmanager
def exactly() -> Iterator[None]:
    """What takes more digits than a column holds is refused within the block."""
    import duckdb

    from shishi.adapters.engines.questions_sql import sum_too_long

    try:
        yield
    except duckdb.OutOfRangeException as error:
        raise sum_too_long() from error


def _nothing() -> pa.Table:
    import pyarrow as pa

    types = {"part": pa.string(), "entry": pa.uuid(), "code": pa.string(), "value": pa.decimal128(38, 0)}
    return pa.table({name: pa.array([], kind) for name, kind in types.items()})


def _exact(amount: object) -> Decimal:
    return Decimal(str(amount))


def _moved(entry: Any, change: str, **rest: Any) -> Moved:
    return Moved(entry=entry if isinstance(entry, UUID) else UUID(bytes=entry), change=Change(change), **rest)
