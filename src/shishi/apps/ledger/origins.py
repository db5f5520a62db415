"""Where revisions come from: the batches that wrote them, found by sequence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Min

from shishi.apps.ledger.continuing import receipts, revisions
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.selectors import CHUNK


@dataclass(frozen=True, slots=True)
class Origin:
    """A batch and the sequences of what it wrote: no other batch of the table has any between them."""

    first: int
    last: int
    batch: str
    door: str
    file: str
    person: str
    as_of: date
    recorded_at: datetime
    reason: str


def origins(table: str, first: int, last: int) -> tuple[Origin, ...]:
    """The batches that wrote anything under the table between two sequences, in order."""
    batches = revisions(table).filter(sequence__range=(first, last)).order_by().values("batch")
    found = (
        RevisionRow.objects.filter(batch__in=batches.distinct())
        .order_by()
        .values("batch_id", *(f"batch__{name}" for name in _FACTS))
        .annotate(first=Min("sequence"), last=Max("sequence"))
        .order_by("first")
    )
    return tuple(
        Origin(
            row["first"],
            row["last"],
            str(row["batch_id"]),
            row["batch__door"],
            row["batch__file_name"],
            row["batch__person"],
            row["batch__as_of"],
            row["batch__recorded_at"],
            row["batch__reason"],
        )
        for row in found
    )


_FACTS = ("door", "file_name", "person", "as_of", "recorded_at", "reason")


def revisions_numbered(sequences: Collection[int]) -> Mapping[int, RevisionRow]:
    """Revisions by their sequence, with their batches."""
    found: dict[int, RevisionRow] = {}
    wanted = sorted(sequences)
    for start in range(0, len(wanted), CHUNK):
        rows = RevisionRow.objects.filter(sequence__in=wanted[start : start + CHUNK]).select_related("batch")
        found |= {row.sequence: row for row in rows}
    return found


def moments_of_knowing(tables: Collection[str], as_of: date, limit: int = 8) -> tuple[datetime, ...]:
    """When something was handed in for the day or an earlier one, newest first: the moments at which a figure of
    the day may have become another one."""
    found = receipts(*tables).filter(as_of__lte=as_of).order_by("-recorded_at")
    return tuple(found.values_list("recorded_at", flat=True).distinct()[:limit])


def known_since(tables: Collection[str]) -> datetime | None:
    """When the first report came: before that nothing was known."""
    found = receipts(*tables).order_by("recorded_at")
    return found.values_list("recorded_at", flat=True).first()
