"""Following the ledger: what is new under a table, and what refers to a few of its entries.

Nothing here reads a table from end to end. A table is left out of a condition where an entry names it already: a store
that has no statistics might begin with the table, and read all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, QuerySet

from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.models import LedgerSequence, Link, RevisionRow
from shishi.apps.programmes.selectors import lineage

_AT_ONCE = 5000


_turn: KeptQuestion[tuple[int, datetime | None]] = KeptQuestion(
    lambda: LedgerSequence.objects.order_by("pk").values_list("last", "recorded_at")[:1]
)


def turn() -> tuple[int, datetime | None]:
    """The last sequence given out for anything, and when: while it is the same, nothing was written."""
    return next(iter(_turn()), (0, None))


def standing(table: str) -> tuple[int, datetime | None]:
    """The last sequence of the table and when it was recorded; 0 and ``None`` while there is nothing."""
    rows = revisions(table).order_by("-sequence").values_list("sequence", "recorded_at")
    return rows.first() or (0, None)


def latest_on(table: str, sequence: int) -> date | None:
    """The greatest ``effective_on`` of what was recorded after ``sequence``."""
    found: date | None = _after(table, sequence).aggregate(latest=Max("effective_on"))["latest"]
    return found


def changed(table: str, sequence: int) -> frozenset[UUID]:
    """The entries about which something was recorded after ``sequence``."""
    return frozenset(_after(table, sequence).values_list("entry", flat=True))


def referring(table: str, field: str, targets: Collection[UUID]) -> frozenset[UUID]:
    """The entries of the table of which any revision refers to one of ``targets`` in ``field``."""
    found: set[UUID] = set()
    names = lineage(table)
    for some in _parts(targets):
        links = Link.objects.filter(target__in=some).values_list("field", "revision__table", "revision__entry")
        found.update(entry for named, holding, entry in links if named == field and holding in names)
    return frozenset(found)


def _after(table: str, sequence: int) -> QuerySet[RevisionRow]:
    return revisions(table).filter(sequence__gt=sequence)


def _parts(entries: Collection[UUID]) -> Iterator[list[UUID]]:
    waiting = list(entries)
    for start in range(0, len(waiting), _AT_ONCE):
        yield waiting[start : start + _AT_ONCE]
