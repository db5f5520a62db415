"""Reading marks."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from sys import maxsize

from shishi.apps.assurance.models import MarkRow
from shishi.apps.audit import chain
from shishi.apps.audit.selectors import recorded
from shishi.core.assurance import Basis, Mark


def marks_after(table: str, sequence: int) -> Iterator[Mark]:
    """Marks of a table recorded after ``sequence``, in order: what feeds the column store."""
    for row in MarkRow.objects.filter(table=table, sequence__gt=sequence).order_by("sequence").iterator(5000):
        yield Mark(row.sequence, row.entry, row.group, Basis(row.state), row.effective_on, row.recorded_at, row.person)


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


def head(table: str) -> int:
    """The last mark's sequence, 0 when there is none."""
    last = MarkRow.objects.filter(table=table).order_by("-sequence").values_list("sequence", flat=True).first()
    return last or 0
