"""Tables that go on with an older one (``continues``): its rows and its history are theirs, under the same entries.
Nothing is copied: whoever asks for the new table reads both."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from django.db.models import Q, QuerySet

from shishi.apps.ledger.models import Receipt, RevisionRow
from shishi.apps.programmes.selectors import heir, lineage, lineage_of_all
from shishi.core.tables import Table


def revisions(table: str) -> QuerySet[RevisionRow]:
    """Every revision written under the table or under one that it goes on with."""
    return RevisionRow.objects.filter(_named(table))


def receipts(*tables: str) -> QuerySet[Receipt]:
    """Every report of these tables or of those that they go on with."""
    return Receipt.objects.filter(_named(*tables))


def newest(tables: Collection[str]) -> set[str]:
    """The tables under which their rows stand today."""
    return {heir(name) for name in tables}


def first_name(table: Table) -> str:
    """Under which name the oldest rows were written: sealed cells stay bound to it. What a table goes on with
    never changes once there are rows."""
    return _first_name(table.name, table.continues) if table.continues else table.name


@lru_cache(maxsize=1024)
def _first_name(table: str, older: str) -> str:
    return (*lineage(table), *lineage(older))[-1]


def _named(*tables: str) -> Q:
    names = lineage_of_all(tables)
    return Q(table__in=names) if len(names) > 1 else Q(table=next(iter(names), ""))
