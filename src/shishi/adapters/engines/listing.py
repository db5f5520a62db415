"""Listings: which rows of a table a page shows, how many there are and what they make, out of memory.

The live rows of a table as of a day stay in this process's DuckDB, typed, without sealed texts, in the order of their
divisions: the first question brings them in from the parts of the column store, every later one only what the ledger
has written since. Nothing here is original, nothing is shown from here: the rows themselves are read from the ledger.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by the dialect

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from shishi.adapters.engines.base import Histories
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.facts import GENERAL
from shishi.adapters.engines.listing_sql import (
    ONLY,
    PLACED,
    SOUNDS,
    WORDS,
    Asking,
    ListingQuestion,
    live_rows,
    order_of_keeping,
)
from shishi.adapters.engines.spelling import add_keys, spelt_fields, with_keys
from shishi.core.errors import Misuse
from shishi.core.listing import sealed_fields
from shishi.core.rollup import total
from shishi.core.tables import Field, Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FARTHEST = 20_000
"""Rows that may be skipped from either end: sorting a million for the page in the middle helps nobody."""
GROUPS_AT_MOST = 500
_KEPT_ROWS = 4_000_000
_KEPT_TABLES = 256
_KEPT_ANSWERS = 512
_MANY = 50_000
"""So many changed entries are brought in anew with all others."""
_numbers = count()
Answer = TypeVar("Answer")

Speak = Callable[[str], str]
"""The sound of a text: what people type who know how it is said."""


class Placing(Histories, Protocol):
    """The ledger as listings follow it."""

    def turn(self) -> object:
        """While it is the same, nothing was written under any table."""

    def placed(self, table: Table, sealed: Sequence[str], sequences: Collection[int] | None = None) -> pa.Table:
        """Columns ``sequence``, ``division`` (the significant code that decides about reach) and a ``tail:…`` for each
        of the sealed fields; of these revisions, or of all."""


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows, and the exact sum of each asked field (``None`` where no row says anything)."""

    rows: int
    sums: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that have one value (as stored; ``None``: empty)."""

    told: object
    total: Total


def whole_of(groups: Sequence[Group], fields: int) -> Total | None:
    """What all groups make, with the sums of so many fields; ``None`` where there may be more groups, or none."""
    if not 0 < len(groups) < GROUPS_AT_MOST:
        return None
    told = ([one.total.sums[place] for one in groups] for place in range(fields))
    sums = ([value for value in values if value is not None] for values in told)
    return Total(sum(one.total.rows for one in groups), tuple(total(values) if values else None for values in sums))


@dataclass(eq=False)
class _Kept:
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
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def sounds(self) -> str:
        """The relation of how the words are said."""
        return f"{self.relation}_sounds"


class Listing:
    """May be shared between threads."""

    def __init__(self, source: Placing, store: ColumnStore, speak: Speak) -> None:
        self._source, self._store, self._speak = source, store, speak
        self._kept: OrderedDict[object, _Kept] = OrderedDict()
        self._totals: OrderedDict[object, Total] = OrderedDict()
        self._groups: OrderedDict[object, tuple[Group, ...]] = OrderedDict()
        self._heads: tuple[object, dict[str, tuple[int, datetime | None]]] = (None, {})
        self._days: dict[str, tuple[int, date]] = {}
        self._lock = threading.Lock()

    def page(self, question: ListingQuestion, limit: int, offset: int = 0) -> tuple[int, ...]:
        """The sequences of the revisions on a page, in order. ``Misuse`` (page_too_far)."""
        kept, asking = self._asking(question)
        if offset <= FARTHEST:
            return self._sequences(asking.rows(limit, offset), asking)
        rows = self._total(kept, asking, ()).rows
        last = max(rows - offset - limit, 0)
        if last > FARTHEST:
            raise Misuse("page_too_far", "翻得太远了。请用筛选或排序把要找的行提到前面，或用导出取得全部。")
        there = min(limit, rows - offset)
        return self._sequences(asking.rows(there, last, backwards=True), asking)[::-1] if there > 0 else ()

    def total(self, question: ListingQuestion, fields: Sequence[Field] = ()) -> Total:
        """Of all rows that are asked for."""
        kept, asking = self._asking(question)
        return self._total(kept, asking, fields)

    def groups(self, question: ListingQuestion, by: str, fields: Sequence[Field] = ()) -> tuple[Group, ...]:
        """By value, in its order, at most ``GROUPS_AT_MOST``."""
        kept, asking = self._asking(question, by)

        def ask() -> tuple[Group, ...]:
            rows = self._fetched(asking.groups(by, fields, GROUPS_AT_MOST), asking)
            return tuple(Group(told, Total(many, tuple(sums))) for told, many, *sums in rows)

        return self._once(self._groups, kept, asking, (by, *(item.name for item in fields)), ask)

    def spread(self, question: ListingQuestion, digits: int, fields: Sequence[Field] = ()) -> tuple[Group, ...]:
        """By the first digits of the divisions in which the rows lie, in order, at most ``GROUPS_AT_MOST``."""
        _, asking = self._asking(question)
        rows = self._fetched(asking.spread(digits, fields, GROUPS_AT_MOST), asking)
        return tuple(Group(told, Total(many, tuple(sums))) for told, many, *sums in rows)

    def search(self, questions: Sequence[ListingQuestion], limit: int) -> tuple[tuple[int, int], ...]:
        """Of several tables by one look: the place of the question, and the sequence of a row that it finds; at most
        ``limit`` of each."""
        bound: dict[str, object] = {}
        selects, standing = [], list[_Kept]()
        for place, question in enumerate(questions):
            standing.append(kept := self._standing(question, standing))
            if question.spoken:
                self._say(kept)
            if kept.rows:
                asking = Asking(question, kept.relation, kept.sounds, bound)
                selects.append(f"SELECT {place} AS place, sequence FROM ({asking.any(limit)})")
        if not selects:
            return ()
        with connected() as cursor:
            return tuple(cursor.execute(" UNION ALL ".join(selects), bound).fetchall())

    def warm(self, questions: Sequence[ListingQuestion]) -> None:
        """Bring in what will be asked for, sounds too."""
        for question in questions:
            self._say(self._standing(question))

    def _total(self, kept: _Kept, asking: Asking, fields: Sequence[Field]) -> Total:
        def ask() -> Total:
            ((many, *sums),) = self._fetched(asking.total(fields), asking)
            return Total(many, tuple(sums))

        return self._once(self._totals, kept, asking, tuple(item.name for item in fields), ask)

    def _once(
        self,
        held: OrderedDict[object, Answer],
        kept: _Kept,
        asking: Asking,
        about: tuple[str, ...],
        ask: Callable[[], Answer],
    ) -> Answer:
        """What is asked of the same rows again, page after page, is answered once for each state of them."""
        head = kept.head
        key = (kept.relation, head, asking.same, about)
        found = held.get(key)
        if found is None:
            found = ask()
            if kept.head == head:
                with self._lock:
                    held[key] = found
                    while len(held) > _KEPT_ANSWERS:
                        held.popitem(last=False)
        return found

    def _asking(self, question: ListingQuestion, by: str = "") -> tuple[_Kept, Asking]:
        kept = self._standing(question)
        if question.spoken:
            self._say(kept)
        self._spell(kept, spelt_fields(question.table, question.sort, by))
        return kept, Asking(question, kept.relation, kept.sounds)

    def _sequences(self, sql: str, asking: Asking) -> tuple[int, ...]:
        return tuple(sequence for (sequence,) in self._fetched(sql, asking))

    def _fetched(self, sql: str, asking: Asking) -> list[tuple[Any, ...]]:
        import duckdb

        from shishi.adapters.engines.questions_sql import sum_too_long

        with connected() as cursor:
            if asking.only is not None:
                cursor.register(ONLY, _entries(asking.only))
            try:
                return cursor.execute(sql, asking.bound).fetchall()
            except duckdb.OutOfRangeException as error:
                raise sum_too_long() from error

    def _standing(self, question: ListingQuestion, others: Collection[_Kept] = ()) -> _Kept:
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

    def _found(self, question: ListingQuestion, head: int, recorded_at: datetime | None) -> _Kept:
        """What is kept of that day, or begun. One relation serves every day from the last change on, and every moment
        from the last recording on."""
        table, known_at = question.table, question.known_at
        as_of = date.max if self._last_on(table, head) <= question.as_of else question.as_of
        if known_at is not None and (recorded_at is None or known_at >= recorded_at):
            known_at = None
        shape = (table.name, tuple((item.name, item.type, item.scale, item.sensitivity) for item in table.fields))
        key = (os.getpid(), shape, as_of, known_at)
        with self._lock:
            if key not in self._kept:
                relation = f"listing_{os.getpid()}_{next(_numbers)}"
                self._kept[key] = _Kept(table, as_of, known_at, relation, os.getpid())
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

    def _bring_in(self, kept: _Kept) -> None:
        """All of it, from the parts."""
        table = kept.table
        with self._store.reading(self._source, [table]) as opened, connected() as cursor:
            parts = opened[table.name]
            cursor.register(PLACED, self._source.placed(table, sealed_fields(table)))
            live = live_rows(table, parts.facts, "read_parquet($parts)", kept.as_of, kept.known_at)
            live = with_keys(live, kept.spelt)
            cursor.execute(f"DROP TABLE IF EXISTS {kept.sounds}")
            cursor.execute(
                f"CREATE OR REPLACE TABLE {kept.relation} AS {live} ORDER BY {order_of_keeping(table)}",
                {"parts": list(parts.revisions)},
            )
            ((kept.rows,),) = cursor.execute(f"SELECT count(*) FROM {kept.relation}").fetchall()
            kept.head, kept.spoken = parts.head, False

    def _follow(self, kept: _Kept, head: int) -> None:
        """What was written since: every state of the entries that it touched is read again."""
        changed = self._source.changed(kept.table.name, kept.head)
        if len(changed) > _MANY:
            self._bring_in(kept)
            return
        news = list(self._news(kept.table, changed))
        with connected() as cursor:
            cursor.register("entries", _entries(changed))
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

    def _insert(self, cursor: duckdb.DuckDBPyConnection, kept: _Kept, revisions: pa.Table) -> None:
        table = kept.table
        cursor.register("revisions", revisions)
        sequences = revisions["sequence"].to_pylist()
        cursor.register(PLACED, self._source.placed(table, sealed_fields(table), sequences))
        live = live_rows(table, GENERAL, "revisions", kept.as_of, kept.known_at)
        cursor.execute(f"INSERT INTO {kept.relation} BY NAME {with_keys(live, kept.spelt)}")

    def _spell(self, kept: _Kept, names: frozenset[str]) -> None:
        """The keys of these fields, once somebody sorts by them."""
        if names <= kept.spelt:
            return
        with kept.lock:
            add_keys(kept.relation, names - kept.spelt)
            kept.spelt |= names

    def _say(self, kept: _Kept) -> None:
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

    def _speak_of(self, cursor: duckdb.DuckDBPyConnection, kept: _Kept, which: str) -> None:
        import pyarrow as pa

        rows = cursor.execute(f"SELECT sequence, {WORDS} FROM {kept.relation} WHERE {which}").fetchall()
        sequences, words = zip(*rows, strict=True) if rows else ((), ())
        sounds = pa.array(map(self._speak, words), pa.string())
        cursor.register("said", pa.table({"sequence": pa.array(sequences, pa.int64()), SOUNDS: sounds}))
        cursor.execute(
            f"INSERT INTO {kept.sounds} SELECT sequence, division, {SOUNDS} "
            f"FROM {kept.relation} JOIN said USING (sequence) ORDER BY division"
        )

    def _make_room(self, needed: Collection[_Kept]) -> None:
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


def _entries(entries: Collection[Any]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"entry": pa.array([entry.bytes for entry in entries], pa.uuid())})
