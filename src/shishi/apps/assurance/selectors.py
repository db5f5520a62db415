"""Reading marks."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.apps.assurance.models import MarkRow
from shishi.core.assurance import Basis, Mark


def marks_after(table: str, sequence: int) -> Iterator[Mark]:
    """Marks of a table recorded after ``sequence``, in order: what feeds the column store."""
    for row in MarkRow.objects.filter(table=table, sequence__gt=sequence).order_by("sequence").iterator(5000):
        yield Mark(row.sequence, row.entry, row.group, Basis(row.state), row.effective_on, row.recorded_at, row.person)


def head(table: str) -> int:
    """The last mark's sequence, 0 when there is none."""
    last = MarkRow.objects.filter(table=table).order_by("-sequence").values_list("sequence", flat=True).first()
    return last or 0
