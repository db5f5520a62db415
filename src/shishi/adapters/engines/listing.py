"""Listings: which rows of a table a page shows, how many there are and what they make, out of memory.

The rows that are asked stay in memory (:mod:`shishi.adapters.engines.listed_rows`). What is found is only which they
are: what they say is read from the ledger.
"""

# ruff: noqa: S608 - SQL is put together here: values are bound, and names are quoted by the dialect

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.connection import asking as connection_of_thread
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.listed_rows import Kept, ListedRows, Placing, Speak, arrow_of
from shishi.adapters.engines.listing_sql import ONLY, STRAY, Asking, ListingQuestion, ranked
from shishi.adapters.engines.spelling import spelt_fields
from shishi.core.errors import Misuse
from shishi.core.rollup import total
from shishi.core.tables import Field

FARTHEST = 20_000
"""Rows that may be skipped from either end: sorting a million for the page in the middle helps nobody."""
GROUPS_AT_MOST = 500
_KEPT_ANSWERS = 512
Answer = TypeVar("Answer")


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


class Listing:
    """May be shared between threads."""

    def __init__(self, source: Placing, store: ColumnStore, speak: Speak) -> None:
        self._rows = ListedRows(source, store, speak)
        self._totals: OrderedDict[object, Total] = OrderedDict()
        self._groups: OrderedDict[object, tuple[Group, ...]] = OrderedDict()
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
            item = question.table.by_name[by]
            if ranked(item):
                rows = self._fetched(asking.ranks(by, fields), asking)
                if all(place != STRAY for place, *_ in rows):
                    rows = [(None if place is None else item.values[place].value, *told) for place, *told in rows]
                    return _groups(rows)
            return _groups(self._fetched(asking.groups(by, fields, GROUPS_AT_MOST), asking))

        return self._once(self._groups, kept, asking, (by, *(item.name for item in fields)), ask)

    def spread(self, question: ListingQuestion, digits: int, fields: Sequence[Field] = ()) -> tuple[Group, ...]:
        """By the first digits of the divisions in which the rows lie, in order, at most ``GROUPS_AT_MOST``."""
        _, asking = self._asking(question)
        return _groups(self._fetched(asking.spread(digits, fields, GROUPS_AT_MOST), asking))

    def search(self, questions: Sequence[ListingQuestion], limit: int) -> tuple[tuple[int, int], ...]:
        """Of several tables by one look: the place of the question, and the sequence of a row that it finds; at most
        ``limit`` of each."""
        bound: dict[str, object] = {}
        selects, standing = [], list[Kept]()
        for place, question in enumerate(questions):
            standing.append(kept := self._rows.standing(question, standing))
            if question.spoken:
                self._rows.say(kept)
            self._rows.trace(kept, question.looked_into)
            if kept.rows:
                asking = Asking(question, kept.relation, kept.sounds, bound, kept.traced)
                selects.append(f"SELECT {place} AS place, sequence FROM ({asking.any(limit)})")
        if not selects:
            return ()
        return tuple(connection_of_thread().execute(" UNION ALL ".join(selects), bound).fetchall())

    def warm(self, questions: Sequence[ListingQuestion]) -> None:
        """Bring in what will be asked for, sounds too."""
        for question in questions:
            self._rows.say(self._rows.standing(question))

    def _total(self, kept: Kept, asking: Asking, fields: Sequence[Field]) -> Total:
        def ask() -> Total:
            ((many, *sums),) = self._fetched(asking.total(fields), asking)
            return Total(many, tuple(sums))

        return self._once(self._totals, kept, asking, tuple(item.name for item in fields), ask)

    def _once(
        self,
        held: OrderedDict[object, Answer],
        kept: Kept,
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

    def _asking(self, question: ListingQuestion, by: str = "") -> tuple[Kept, Asking]:
        kept = self._rows.standing(question)
        if question.spoken:
            self._rows.say(kept)
        self._rows.spell(kept, spelt_fields(question.table, question.sort, by))
        self._rows.trace(kept, question.looked_into)
        return kept, Asking(question, kept.relation, kept.sounds, traced=kept.traced)

    def _sequences(self, sql: str, asking: Asking) -> tuple[int, ...]:
        return tuple(sequence for (sequence,) in self._fetched(sql, asking))

    def _fetched(self, sql: str, asking: Asking) -> list[tuple[Any, ...]]:
        import duckdb

        from shishi.adapters.engines.questions_sql import sum_too_long

        try:
            if asking.only is None:
                return connection_of_thread().execute(sql, asking.bound).fetchall()
            with connected() as cursor:
                cursor.register(ONLY, arrow_of(asking.only))
                return cursor.execute(sql, asking.bound).fetchall()
        except duckdb.OutOfRangeException as error:
            raise sum_too_long() from error


def _groups(rows: Sequence[tuple[Any, ...]]) -> tuple[Group, ...]:
    return tuple(Group(told, Total(many, tuple(sums))) for told, many, *sums in rows)
