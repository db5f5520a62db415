"""The rows that listings are asked of: the live rows of a table as of a day, in this process's DuckDB.

Typed, without sealed texts, in the order of their divisions: the first question brings them in from the parts of the
column store, every later one only what the ledger has written since. Nothing here is original, nothing is shown from
here.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by the dialect

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from shishi.adapters.engines.base import Histories
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.facts import GENERAL
from shishi.adapters.engines.listing_sql import PLACED, SOUNDS, WORDS, ListingQuestion, live_rows, order_of_keeping
from shishi.adapters.engines.spelling import add_keys, with_keys
from shishi.adapters.engines.traces import WORTH_IT, add_traces, with_traces
from shishi.core.listing import sealed_fields
from shishi.core.tables import Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_KEPT_ROWS = 4_000_000
_KEPT_TABLES = 256
_MANY = 50_000
"""So many changed entries are brought in anew with all others."""
_numbers = count()
Speak = Callable[[str], str]
"""The sound of a text: what people type who know how it is said."""


class Placing(Histories, Protocol):
    """The ledger as listings follow it."""

    def turn(self) -> object:
        """While it is the same, nothing was written under any table."""

    def placed(self, table: Table, sealed: Sequence[str], sequences: Collection[int] | None = None) -> pa.Table:
        """Columns ``sequence``, ``division`` (the significant code that decides about reach) and a ``tail:…`` for each
        of the sealed fields; of these revisions, or of all."""


@dataclass(eq=False)
class Kept:
    """Live rows in a relation, true of everything up to ``head``."""

    table: Table
    as_of: date
    known_at: datetime | None
    relation: str
    process: int
    head: int = -1
    rows: int = 0
    spoken: bool = False
    spelt: frozenset[str] = frozenset()
    traced: frozenset[str] = frozenset()
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def sounds(self) -> str:
        """The relation of how the words are said."""
        return f"{self.relation}_sounds"


class ListedRows:
    """May be shared between threads."""

    def __init__(self, source: Placing, store: ColumnStore, speak: Speak) -> None:
        self._source, self._store, self._speak = source, store, speak
        self._kept: OrderedDict[object, Kept] = OrderedDict()
        self._heads: tuple[object, dict[str, tuple[int, datetime | None]]] = (None, {})
        self._days: dict[str, tuple[int, date]] = {}
        self._lock = threading.Lock()

    def standing(self, question: ListingQuestion, others: Collection[Kept] = ()) -> Kept:
        """The live rows as of that day, up to date; ``others`` are asked in the same breath and stay."""
        head, recorded_at = self._head(question.table.name)
        kept = self._found(question, head, recorded_at)
        if kept.head == head:
            return kept
        with kept.lock:
            if 0 <= kept.head < head:
                self._follow(kept, head)
            elif kept.head != head:
                self._bring_in(kept)
        self._make_room((kept, *others))
        return kept

    def _head(self, table: str) -> tuple[int, datetime | None]:
        """``standing`` of the source, asked again only when anything was written at all."""
        turn = (os.getpid(), self._source.turn())
        if self._heads[0] != turn:
            self._heads = (turn, {})
        heads = self._heads[1]
        if table not in heads:
            heads[table] = self._source.standing(table)
        return heads[table]

    def _found(self, question: ListingQuestion, head: int, recorded_at: datetime | None) -> Kept:
        """What is kept of that day, or begun. One relation serves every day from the last change on, and every moment
        from the last recording on."""
        table, known_at = question.table, question.known_at
        as_of = date.max if self._last_on(table, head) <= question.as_of else question.as_of
        if known_at is not None and (recorded_at is None or known_at >= recorded_at):
            known_at = None
        shape = (
            table.name,
            tuple((item.name, item.type, item.scale, item.sensitivity, item.values) for item in table.fields),
        )
        key = (os.getpid(), shape, as_of, known_at)
        with self._lock:
            if key not in self._kept:
                relation = f"listing_{os.getpid()}_{next(_numbers)}"
                self._kept[key] = Kept(table, as_of, known_at, relation, os.getpid())
            self._kept.move_to_end(key)
            return self._kept[key]

    def _last_on(self, table: Table, head: int) -> date:
        """The last day on which anything begins to be true."""
        then, last_on = self._days.get(table.name, (-1, date.min))
        if then < 0 or then > head:
            with self._store.reading(self._source, [table]) as opened:
                then, last_on = opened[table.name].head, opened[table.name].facts.last_on
        elif then < head:
            then, last_on = head, max(last_on, self._source.latest_on(table.name, then) or date.min)
        self._days[table.name] = then, last_on
        return last_on

    def _bring_in(self, kept: Kept) -> None:
        """All of it, from the parts."""
        table = kept.table
        with self._store.reading(self._source, [table]) as opened, connected() as cursor:
            parts = opened[table.name]
            cursor.register(PLACED, self._source.placed(table, sealed_fields(table)))
            live = live_rows(table, parts.facts, "read_parquet($parts)", kept.as_of, kept.known_at)
            live = with_traces(with_keys(live, kept.spelt), kept.traced)
            cursor.execute(f"DROP TABLE IF EXISTS {kept.sounds}")
            cursor.execute(
                f"CREATE OR REPLACE TABLE {kept.relation} AS {live} ORDER BY {order_of_keeping(table)}",
                {"parts": list(parts.revisions)},
            )
            ((kept.rows,),) = cursor.execute(f"SELECT count(*) FROM {kept.relation}").fetchall()
            kept.head, kept.spoken = parts.head, False

    def _follow(self, kept: Kept, head: int) -> None:
        """What was written since: every state of the entries that it touched is read again."""
        changed = self._source.changed(kept.table.name, kept.head)
        if len(changed) > _MANY:
            self._bring_in(kept)
            return
        news = list(self._news(kept.table, changed))
        with connected() as cursor:
            cursor.register("entries", arrow_of(changed))
            cursor.begin()
            touched = "entry IN (SELECT entry FROM entries)"
            if kept.spoken:
                gone = f"SELECT sequence FROM {kept.relation} WHERE {touched}"
                cursor.execute(f"DELETE FROM {kept.sounds} WHERE sequence IN ({gone})")
            cursor.execute(f"DELETE FROM {kept.relation} WHERE {touched}")
            for revisions in news:
                self._insert(cursor, kept, revisions)
            if kept.spoken:
                self._speak_of(cursor, kept, touched)
            cursor.commit()
            ((kept.rows,),) = cursor.execute(f"SELECT count(*) FROM {kept.relation}").fetchall()
        kept.head = head

    def _news(self, table: Table, changed: Collection[Any]) -> Iterator[pa.Table]:
        import pyarrow as pa

        from shishi.adapters.engines.arrow_texts import of_texts

        several = [of_texts(table, texts) for texts in self._source.texts_of(table.name, changed)]
        if several:
            yield pa.concat_tables(several)

    def _insert(self, cursor: duckdb.DuckDBPyConnection, kept: Kept, revisions: pa.Table) -> None:
        table = kept.table
        cursor.register("revisions", revisions)
        sequences = revisions["sequence"].to_pylist()
        cursor.register(PLACED, self._source.placed(table, sealed_fields(table), sequences))
        live = live_rows(table, GENERAL, "revisions", kept.as_of, kept.known_at)
        told = with_traces(with_keys(live, kept.spelt), kept.traced)
        cursor.execute(f"INSERT INTO {kept.relation} BY NAME {told}")

    def spell(self, kept: Kept, names: frozenset[str]) -> None:
        """The keys of these fields, once somebody sorts by them."""
        if names <= kept.spelt:
            return
        with kept.lock:
            add_keys(kept.relation, names - kept.spelt)
            kept.spelt |= names

    def trace(self, kept: Kept, columns: frozenset[str]) -> None:
        """The traces of these columns, once somebody looks for parts in them and there are many rows."""
        if columns <= kept.traced or kept.rows < WORTH_IT:
            return
        with kept.lock:
            add_traces(kept.relation, columns - kept.traced, kept.process)
            kept.traced |= columns

    def say(self, kept: Kept) -> None:
        """How every row's words are said, once somebody asks for that."""
        with kept.lock:
            if kept.spoken:
                return
            with connected() as cursor:
                cursor.execute(
                    f"CREATE OR REPLACE TABLE {kept.sounds} (sequence BIGINT, division VARCHAR, {SOUNDS} VARCHAR)"
                )
                self._speak_of(cursor, kept, "TRUE")
            kept.spoken = True

    def _speak_of(self, cursor: duckdb.DuckDBPyConnection, kept: Kept, which: str) -> None:
        import pyarrow as pa

        rows = cursor.execute(f"SELECT sequence, {WORDS} FROM {kept.relation} WHERE {which}").fetchall()
        sequences, words = zip(*rows, strict=True) if rows else ((), ())
        sounds = pa.array(map(self._speak, words), pa.string())
        cursor.register("said", pa.table({"sequence": pa.array(sequences, pa.int64()), SOUNDS: sounds}))
        cursor.execute(
            f"INSERT INTO {kept.sounds} SELECT sequence, division, {SOUNDS} "
            f"FROM {kept.relation} JOIN said USING (sequence) ORDER BY division"
        )

    def _make_room(self, needed: Collection[Kept]) -> None:
        """The longest unused go, but none that is needed."""
        with self._lock:
            mine = {key: kept for key, kept in self._kept.items() if kept.process == os.getpid()}
            for key in list(self._kept.keys() - mine.keys()):
                del self._kept[key]
            rows = sum(kept.rows for kept in mine.values())
            gone = []
            for key, kept in list(mine.items()):
                if kept in needed or (rows <= _KEPT_ROWS and len(self._kept) <= _KEPT_TABLES):
                    continue
                rows -= kept.rows
                gone.append(self._kept.pop(key))
        for kept in gone:
            with connected() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {kept.relation}")
                cursor.execute(f"DROP TABLE IF EXISTS {kept.sounds}")


def arrow_of(entries: Collection[Any]) -> pa.Table:
    """The relation ``(entry)`` of these."""
    import pyarrow as pa

    return pa.table({"entry": pa.array([entry.bytes for entry in entries], pa.uuid())})
