"""Handing the ledger to the column store: as it is stored, column by column, without an object for each row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from uuid import UUID

from django.db.models import CharField, QuerySet, TextField
from django.db.models.functions import Cast

from shishi.adapters.engines.base import RevisionTexts
from shishi.apps.ledger.models import RevisionRow

AT_A_TIME = 20_000
_FETCHED = 2_000
_ENTRIES = 5_000


def texts(table: str, sequence: int, up_to: int) -> Iterator[RevisionTexts]:
    """Revisions of a table after ``sequence``, up to and with ``up_to``, in order. The store writes every column out
    itself: nothing is read into Python's types and written again."""
    rows = RevisionRow.objects.filter(table=table, sequence__gt=sequence, sequence__lte=up_to).order_by("sequence")
    written = _written(rows).iterator(_FETCHED)
    while several := list(islice(written, AT_A_TIME)):
        yield RevisionTexts(*zip(*several, strict=True))


def texts_of(entries: Collection[UUID]) -> Iterator[RevisionTexts]:
    """Every revision of these entries, in any order."""
    waiting = list(entries)
    for start in range(0, len(waiting), _ENTRIES):
        # The entries name the table: a store without statistics might begin with it, and read all of it.
        rows = RevisionRow.objects.filter(entry__in=waiting[start : start + _ENTRIES])
        if several := list(_written(rows)):
            yield RevisionTexts(*zip(*several, strict=True))


def _written(rows: QuerySet[RevisionRow]) -> QuerySet[RevisionRow, tuple[object, ...]]:
    return rows.values_list(
        "sequence",
        Cast("entry", CharField()),
        "kind",
        Cast("effective_on", CharField()),
        Cast("recorded_at", CharField()),
        "voids",
        Cast("settled", TextField()),
        Cast("cells", TextField()),
    )
