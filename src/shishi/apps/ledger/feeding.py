"""Handing the ledger to the column store: as it is stored, column by column, without an object for each row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import CharField, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from shishi.adapters.engines.base import RevisionTexts
from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.models import RevisionRow

AT_A_TIME = 20_000
_FETCHED = 2_000
_ENTRIES = 5_000


def texts(table: str, sequence: int, up_to: int) -> Iterator[RevisionTexts]:
    """Revisions of a table after ``sequence``, up to and with ``up_to``, in order. The store writes every column out
    itself: nothing is read into Python's types and written again."""
    return _in_parts(revisions(table).filter(sequence__gt=sequence, sequence__lte=up_to).order_by("sequence"))


def news(table: str, sequence: int) -> Iterator[RevisionTexts]:
    """Every revision of the entries of which one was recorded after ``sequence``, in any order. The store finds the
    entries itself: they are not told to Python and back."""
    changed = revisions(table).filter(sequence__gt=sequence).order_by().values("entry")
    return _in_parts(RevisionRow.objects.filter(entry__in=changed))


def texts_of(entries: Collection[UUID]) -> Iterator[RevisionTexts]:
    """Every revision of these entries, in any order."""
    waiting = list(entries)
    for start in range(0, len(waiting), _ENTRIES):
        # The entries name the table: a store without statistics might begin with it, and read all of it.
        rows = RevisionRow.objects.filter(entry__in=waiting[start : start + _ENTRIES])
        if several := list(_written(rows)):
            yield RevisionTexts(*zip(*several, strict=True))


def placed(table: str, sealed: Sequence[str], sequences: Collection[int] | None = None) -> Iterator[tuple[Any, ...]]:
    """Sequence, significant code of the division, and the tail's digest of each sealed field: of these revisions, or
    of every one of the table."""
    # As the store gives them: there may be millions.
    tails = {f"tail_{at}": KeyTextTransform("tail", KeyTextTransform(name, "cells")) for at, name in enumerate(sealed)}
    waiting = None if sequences is None else list(sequences)
    parts = [revisions(table).annotate(**tails)]
    if waiting is not None:
        rows = RevisionRow.objects.annotate(**tails)
        parts = [rows.filter(sequence__in=waiting[at : at + _FETCHED]) for at in range(0, len(waiting), _FETCHED)]
    for part in parts:
        statement, values = part.values_list("sequence", "division", *tails).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            while some := cursor.fetchmany(_ENTRIES):
                yield from some


def _in_parts(rows: QuerySet[RevisionRow]) -> Iterator[RevisionTexts]:
    written = _written(rows).iterator(_FETCHED)
    while several := list(islice(written, AT_A_TIME)):
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
