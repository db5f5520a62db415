"""Following the ledger: what is new under a table, and everything ever said of a few of its entries.

Nothing here reads a table from end to end. A table is left out of a condition where an entry names it already: a store
that has no statistics might begin with the table, and read all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast

from shishi.apps.ledger.models import Batch, Link, RevisionRow
from shishi.apps.ledger.sealing import decode, document_of, typed
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.provenance import Door, Provenance
from shishi.core.tables import Table

_AT_ONCE = 5000
_COLUMNS = (
    *("sequence", "entry", "kind", "effective_on", "recorded_at", "key", "batch_id"),
    *("sheet", "row", "voids", "explanation", "text", "told"),
)
_KINDS = {kind.value: kind for kind in RevisionKind}


def standing(table: str) -> tuple[int, datetime | None]:
    """The last sequence of the table and when it was recorded; 0 and ``None`` while there is nothing."""
    rows = RevisionRow.objects.filter(table=table).order_by("-sequence").values_list("sequence", "recorded_at")
    return rows.first() or (0, None)


def latest_on(table: str, sequence: int) -> date | None:
    """The greatest ``effective_on`` of what was recorded after ``sequence``."""
    found: date | None = _after(table, sequence).aggregate(latest=Max("effective_on"))["latest"]
    return found


def changed(table: str, sequence: int) -> frozenset[UUID]:
    """The entries about which something was recorded after ``sequence``."""
    return frozenset(_after(table, sequence).values_list("entry", flat=True))


def histories(table: Table, entries: Collection[UUID]) -> Iterator[Revision]:
    """Every revision of these entries of the table, those of one entry in the order of their sequence."""
    batches: dict[UUID, Provenance] = {}
    # The documents are read here: the store's own way of reading them takes most of the time otherwise.
    texts = {"text": Cast("cells", TextField()), "told": Cast("settled", TextField())}
    for some in _parts(entries):
        rows = RevisionRow.objects.filter(entry__in=some).annotate(**texts).order_by("entry", "sequence")
        found = list(rows.values_list(*_COLUMNS))
        fresh = {row[6] for row in found} - batches.keys()
        batches |= {batch.pk: _provenance(batch) for batch in Batch.objects.filter(pk__in=fresh)}
        for sequence, entry, kind, effective_on, recorded_at, key, batch, sheet, row, *rest in found:
            voids, explanation, cells, settled = rest
            told = batches[batch]
            yield Revision(
                sequence=sequence,
                entry=entry,
                kind=_KINDS[kind],
                effective_on=effective_on,
                recorded_at=recorded_at,
                key=key,
                values=typed(table, decode(document_of(cells.encode()))),
                provenance=Provenance(told.door, told.batch, told.person, told.file, sheet, row),
                voids=voids,
                settled={group: int(str(at)) for group, at in document_of(settled.encode()).items()},
                explanation=explanation,
            )


def referring(table: str, field: str, targets: Collection[UUID]) -> frozenset[UUID]:
    """The entries of the table of which any revision refers to one of ``targets`` in ``field``."""
    found: set[UUID] = set()
    for some in _parts(targets):
        links = Link.objects.filter(target__in=some).values_list("field", "revision__table", "revision__entry")
        found.update(entry for named, holding, entry in links if named == field and holding == table)
    return frozenset(found)


def _after(table: str, sequence: int) -> QuerySet[RevisionRow]:
    return RevisionRow.objects.filter(table=table, sequence__gt=sequence)


def _provenance(batch: Batch) -> Provenance:
    return Provenance(door=Door(batch.door), batch=str(batch.pk), person=batch.person, file=batch.file_name)


def _parts(entries: Collection[UUID]) -> Iterator[list[UUID]]:
    waiting = list(entries)
    for start in range(0, len(waiting), _AT_ONCE):
        yield waiting[start : start + _AT_ONCE]
