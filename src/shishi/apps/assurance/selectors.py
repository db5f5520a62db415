"""Reading marks."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from sys import maxsize
from uuid import UUID

from django.db.models import Max, QuerySet

from shishi.apps.assurance.models import MarkRow
from shishi.apps.audit import chain
from shishi.apps.audit.selectors import recorded
from shishi.apps.programmes.selectors import lineage
from shishi.core.assurance import Basis, Mark

_AT_ONCE = 800


def marks_after(table: str, sequence: int) -> Iterator[Mark]:
    """Marks of a table recorded after ``sequence``, in order: what feeds the column store."""
    for row in _after(table, sequence).order_by("sequence").iterator(5000):
        yield _mark(row)


def marks_on(entries: Collection[UUID]) -> Iterator[Mark]:
    """Every mark on the entries, those of one entry in the order of their sequence."""
    waiting = list(entries)
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        yield from map(_mark, MarkRow.objects.filter(entry__in=some).order_by("entry", "sequence"))


def changed(table: str, sequence: int) -> frozenset[UUID]:
    """The entries that were marked after ``sequence``."""
    return frozenset(_after(table, sequence).values_list("entry", flat=True))


def latest_on(table: str, sequence: int) -> date | None:
    """The greatest ``effective_on`` of the marks after ``sequence``."""
    found: date | None = _after(table, sequence).aggregate(latest=Max("effective_on"))["latest"]
    return found


def standing(table: str) -> tuple[int, datetime | None]:
    """The last mark's sequence and moment; 0 and ``None`` while there is none."""
    marks = (
        MarkRow.objects.filter(table__in=lineage(table)).order_by("-sequence").values_list("sequence", "recorded_at")
    )
    return marks.first() or (0, None)


def _after(table: str, sequence: int) -> QuerySet[MarkRow]:
    return MarkRow.objects.filter(table__in=lineage(table), sequence__gt=sequence)


def _mark(row: MarkRow) -> Mark:
    return Mark(row.sequence, row.entry, row.group, Basis(row.state), row.effective_on, row.recorded_at, row.person)


def digest_of_marking(identifier: str) -> str | None:
    """Of one marking (``table:first-last`` sequence), recomputed from what is stored now; ``None`` when it is gone."""
    table, first, last = _range(identifier)
    marks = MarkRow.objects.filter(table=table, sequence__range=(first, last)).order_by("sequence")
    return digest_of(marks) if marks else None


def digest_of(marks: Iterable[MarkRow]) -> str:
    """SHA-256 over marks in order."""
    return chain.digest(
        [
            [
                *(mark.sequence, mark.table, str(mark.entry), mark.group, str(mark.state)),
                *(mark.effective_on.isoformat(), mark.person, mark.note),
            ]
            for mark in marks
        ]
    )


def unrecorded_markings() -> Iterator[str]:
    """Marks that lie in no marking of the trail, for the audit."""
    ranges = sorted(_range(identifier) for identifier in recorded("marks"))
    for table, sequence in MarkRow.objects.order_by("sequence").values_list("table", "sequence"):
        at = bisect(ranges, (table, sequence, maxsize)) - 1
        if at < 0 or ranges[at][0] != table or not ranges[at][1] <= sequence <= ranges[at][2]:
            yield f"{table}:{sequence}-{sequence}"


def _range(identifier: str) -> tuple[str, int, int]:
    table, _, span = identifier.rpartition(":")
    first, _, last = span.partition("-")
    return table, int(first), int(last)
