"""Fillings 填报用时: how long a form of a table was open in a browser before it was taken, for the burden check alone.

Who filled in is not kept: minutes are a form's burden and nobody's score. A form that was sent within seconds was sent
by a program, and one that lay open for more than an hour was left lying; neither is a measurement.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from shishi.apps.ledger.models import FillingRow
from shishi.core.burden import Minutes, measured
from shishi.core.calendars import day_of

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
NEWEST = 1000
"""Of each table so many of the last fillings are looked at: forms change."""


def note_filling(table: str, took: timedelta, *, at: datetime) -> None:
    """Keep that a form of the table (full name) was filled in. No event of its own: it proves nothing, and is written
    with the hand-in that has one."""
    if SHORTEST <= took <= LONGEST:
        FillingRow.objects.create(table=table, on=day_of(at), seconds=int(took.total_seconds()))


def minutes_measured() -> dict[str, Minutes]:
    """By table the median of its last fillings, where there are enough of them."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for table, seconds in FillingRow.objects.order_by("-pk").values_list("table", "seconds")[: 50 * NEWEST]:
        if len(found[table]) < NEWEST:
            found[table].append(seconds)
    return {table: told for table, seconds in found.items() if (told := measured(seconds))}
