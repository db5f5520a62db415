"""Which rows hold something: what a change of a table has to leave standing, counted over every version of every
row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Min, Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.programmes.carrying import HeldRows, Holding
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.tables import FieldType, Table
from shishi.core.values import KEY_SEPARATOR

NAMED = 3
"""Rows that are named in a sentence."""


def holding_for(person: Person, division: str, *, at: datetime) -> Holding:
    """Counts the rows that hold a value; their keys are named to who may read the programme in all of ``division`` and
    only where no part of the key is sensitive."""

    def held(table: Table, field: str, values: Collection[str] | None) -> HeldRows:
        programme = table.name.rsplit("/", 1)[0]
        reads = may(person, Action.READ, normalise(division), programme, day_of(at))
        open_key = not any(table.by_name[name].sensitive for name in table.key if name in table.by_name)
        return rows_holding(table, field, values, named=reads and open_key)

    return held


def rows_holding(table: Table, field: str, values: Collection[str] | None = None, *, named: bool = True) -> HeldRows:
    """The rows (each once, however many versions it has) that ever held something in ``field``, or one of ``values``;
    without a field every row."""
    found = RevisionRow.objects.filter(table=table.name).exclude(cells={})
    if field:
        found = found.filter(_holds(table, field, values))
    firsts = found.values("entry").annotate(first=Min("sequence")).order_by("first")
    many = firsts.count()
    first = [item["first"] for item in firsts[:NAMED]] if named else []
    keys = RevisionRow.objects.filter(sequence__in=first).order_by("sequence").values_list("key", flat=True)
    return HeldRows(many, tuple(key.replace(KEY_SEPARATOR, " ") for key in keys))


def _holds(table: Table, field: str, values: Collection[str] | None) -> Q:
    if values is None:
        return Q(cells__has_key=field)
    if table.by_name[field].type is not FieldType.CHOICES:
        return Q(**{f"cells__{field}__in": list(values)})
    # A list of choices: the stores have no common way to look into one, and there are few different lists.
    stored = RevisionRow.objects.filter(table=table.name, cells__has_key=field)
    lists = {tuple(item) for item in stored.values_list(f"cells__{field}", flat=True).distinct() if item}
    wanted = [list(item) for item in lists if not {*item}.isdisjoint(values)]
    found = Q(pk__in=[])
    for item in wanted:
        found |= Q(**{f"cells__{field}": item})
    return found
