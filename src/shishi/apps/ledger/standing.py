"""Standing 现状: of each key the revision that holds on a day, found for a few keys or for a whole table at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import Packed
from shishi.apps.ledger.selectors import CHUNK
from shishi.core.ledger import Held, RevisionKind

Item = TypeVar("Item")
_AT_ONCE = 5_000
Row = tuple[str, bool, int, str, str, str | None, str]


class State(NamedTuple):
    """How a key stands: ``live`` false when its row is withdrawn or true only later. ``division``: significant code."""

    sequence: int
    live: bool
    fingerprint: str | None
    division: str


class Standing:
    """How the keys of a table stand on a day, as known now."""

    def __init__(self, table: str, as_of: date) -> None:
        self._table, self._as_of = table, as_of
        self._states: dict[str, State] = {}
        self.scanned = False

    def scan(self) -> None:
        """Read the whole table once, because most of its keys will be asked for."""
        rows = _rows(self._facts(revisions(self._table)))
        self._states, self.scanned = _by_key((key, state) for key, state, _ in _resolved(rows)), True

    def of(self, keys: Collection[str]) -> dict[str, State]:
        """The states of the keys that are known; once scanned, of every key."""
        return self._states if self.scanned else _by_key((key, state) for key, state, _ in self._looked_up(keys))

    def live(self) -> Iterator[tuple[str, State]]:
        """Every live row, once the table has been scanned."""
        return ((key, state) for key, state in self._states.items() if state.live)

    def entries(self, keys: Collection[str]) -> dict[str, str]:
        """The entries (UUID texts) of the keys that are live."""
        return {key: str(UUID(entry)) for key, state, entry in self._looked_up(keys) if state.live}

    def all_entries(self) -> dict[str, str]:
        """The entries of every key that is live, read at once."""
        rows = _rows(self._facts(revisions(self._table)))
        return {key: str(UUID(entry)) for key, state, entry in _resolved(rows) if state.live}

    def _looked_up(self, keys: Collection[str]) -> Iterator[tuple[str, State, str]]:
        wanted = set(keys)
        entries: set[UUID] = set()
        for some in _chunks(list(wanted)):
            named = revisions(self._table).filter(key__in=some)
            entries.update(named.values_list("entry", flat=True))
        for few in _chunks(list(entries)):
            # The entries name their table; to name that too would lead the store to the wrong index.
            rows = self._facts(RevisionRow.objects.filter(entry__in=few))
            yield from (found for found in _resolved(_rows(rows)) if found[0] in wanted)

    def _facts(self, rows: QuerySet[RevisionRow]) -> QuerySet[RevisionRow, Any]:
        """What tells how entries stand, each entry's revisions in the order of time."""
        voided = Exists(RevisionRow.objects.filter(voids=OuterRef("sequence")))
        return (
            rows.exclude(kind=RevisionKind.VOIDED)
            .filter(~voided)
            .order_by("entry", "effective_on", "sequence")
            .annotate(
                of=Cast("entry", TextField()),
                now=ExpressionWrapper(Q(effective_on__lte=self._as_of), BooleanField()),
            )
            .values_list("of", "now", "sequence", "kind", "key", "fingerprint", "division")
        )


def _rows(facts: QuerySet[RevisionRow, Any]) -> Iterator[Row]:
    """As the store gives them: they need no conversion, and there may be millions."""
    statement, values = facts.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        while some := cursor.fetchmany(_AT_ONCE):
            yield from some


def held_rows(states: Iterable[State]) -> dict[str, Held]:
    """The rows of states, by key. Of one that is not live only what outlasts it is known."""
    live = {state.sequence: state.live for state in states}
    found: dict[str, Held] = {}
    for some in _chunks(sorted(live)):
        rows = RevisionRow.objects.filter(sequence__in=some).annotate(
            text=Cast("cells", TextField()), told=Cast("settled", TextField())
        )
        for sequence, entry, key, text, told, said in rows.values_list(
            "sequence", "entry", "key", "text", "told", "explanation"
        ):
            settled = orjson.loads(told)
            if live[sequence]:
                found[key] = Held(entry, key, Packed(text.encode()), settled=settled, explanation=said)
            else:
                found[key] = Held(entry, key, {}, live=False, settled=settled)
    return found


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _by_key(found: Iterable[tuple[str, State]]) -> dict[str, State]:
    """A key that two entries had in turn is that of the live one."""
    states: dict[str, State] = {}
    for key, state in found:
        if state.live or key not in states:
            states[key] = state
    return states


def _resolved(rows: Iterable[Row]) -> Iterator[tuple[str, State, str]]:
    """From each entry's revisions in the order of time: the key that it has on the day, and the one that it has at
    last, where that is another one or the row is not there on the day."""
    for entry, group in groupby(rows, itemgetter(0)):
        now: Row | None = None
        for row in group:
            last = row
            if row[1]:
                now = row
        if now is not None and now[3] != RevisionKind.WITHDRAWN:
            yield _told(now, entry, live=True)
            if last[4] == now[4]:
                continue
        yield _told(last, entry, live=False)


def _told(row: Row, entry: str, *, live: bool) -> tuple[str, State, str]:
    return row[4], State(row[2], live, row[5], intern(row[6])), entry
