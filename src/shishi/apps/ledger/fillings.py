"""Fillings 填报用时: how long filling in took, where that can be known, for the burden check alone.

Who filled in is not kept: minutes are a form's burden and nobody's score. What was sent within seconds was sent by a
program, and what lay open for more than an hour was left lying; neither is a measurement. Of a workbook nothing can be
known: it is filled in elsewhere, and the time between its download and its hand-in is not work.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from shishi.apps.ledger.models import FillingRow
from shishi.core.calendars import day_of
from shishi.core.fillings import Minutes, Way, measured

BOUNDS = {
    Way.FORM: (timedelta(seconds=5), timedelta(hours=1)),
    Way.CELL: (timedelta(seconds=1), timedelta(minutes=10)),
    Way.DEVICE: (timedelta(seconds=5), timedelta(hours=1)),
}
"""Of each way the shortest and the longest that is a measurement."""
NEWEST = 1000
"""Of each table and way so many of the last fillings are looked at: forms change."""


def note_filling(table: str, took: timedelta, *, at: datetime, way: Way = Way.FORM) -> None:
    """Keep that something of the table (full name) was filled in. No event of its own: it proves nothing, and is
    written with the hand-in that has one."""
    shortest, longest = BOUNDS[way]
    if shortest <= took <= longest:
        FillingRow.objects.create(table=table, way=way.value, on=day_of(at), seconds=int(took.total_seconds()))


def minutes_measured() -> dict[str, tuple[Minutes, ...]]:
    """By table and way the median of the last fillings, where there are enough of them."""
    found: defaultdict[tuple[str, Way], list[int]] = defaultdict(list)
    newest = FillingRow.objects.order_by("-pk").values_list("table", "way", "seconds")[: 50 * NEWEST]
    for table, way, seconds in newest:
        if len(found[table, Way(way)]) < NEWEST:
            found[table, Way(way)].append(seconds)
    told: defaultdict[str, list[Minutes]] = defaultdict(list)
    for (table, way), took in sorted(found.items(), key=lambda item: list(Way).index(item[0][1])):
        if minutes := measured(took, way):
            told[table].append(minutes)
    return {table: tuple(item) for table, item in told.items()}
