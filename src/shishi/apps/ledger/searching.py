"""Searching 搜索 rows of every table at once: by words, pinyin, initials, the whole or the end of a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.ledger.listing import prefixes, question_of
from shishi.apps.ledger.listing_handler import listing
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.numbers import TypedNumber
from shishi.apps.ledger.selectors import within_reach
from shishi.apps.ledger.showing import show_rows, told_keys
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.cells import half_width
from shishi.core.listing import RowsAsked
from shishi.core.programmes import Programme
from shishi.core.tables import FieldType, Table

FACTS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found: its key and a few cells that tell which it is, masked where they must be."""

    entry: UUID
    programme: Programme
    table: Table
    key: str
    facts: tuple[str, ...]


def search_rows(person: Person, text: str, *, at: datetime, limit: int = 20, each: int = 5) -> tuple[Hit, ...]:
    """Rows within reach that hold every word, or whose number is that or ends so; ``each`` of a table at most."""
    words = tuple(half_width(text)[:60].split())
    if not words:
        return ()
    on = day_of(at)
    asked = [
        (programme, table)
        for _, programme in programmes_for(person, at=at)
        if prefixes(person, programme.name, "", on)
        for table in programme.tables
    ]
    wanted, number = RowsAsked(on, text=" ".join(words)), TypedNumber(" ".join(words))
    questions = [question_of(person, programme, table, wanted, number, at=at) for programme, table in asked]
    found = listing().search(questions, each)[:limit]
    own = {place: asked[place] for place, _ in found}
    rows = {row.sequence: row for row in RevisionRow.objects.filter(sequence__in=[item for _, item in found])}
    readable = {
        name: set(
            RevisionRow.objects.filter(within_reach(person, name, on), sequence__in=rows).values_list("pk", flat=True)
        )
        for name in {programme.name for programme, _ in own.values()}
    }
    return tuple(
        _hit(*own[place], rows[sequence], at)
        for place, sequence in found
        if sequence in rows and sequence in readable[own[place][0].name]
    )


def warm_rows(table: Table, at: datetime) -> int:
    """Bring a table's rows in before anybody asks; returns how many there are."""
    from shishi.adapters.engines.listing_sql import ListingQuestion

    return listing().total(ListingQuestion(table, day_of(at))).rows


def warm_sounds(table: Table, at: datetime, most: int) -> None:
    """Work out how the words of a table of at most so many rows are said, before anybody asks."""
    from shishi.adapters.engines.listing_sql import ListingQuestion

    if warm_rows(table, at) <= most:
        listing().warm([ListingQuestion(table, day_of(at))])


def _hit(programme: Programme, table: Table, row: RevisionRow, at: datetime) -> Hit:
    (cells,) = show_rows(table, [row], RowsAsked(day_of(at)))
    plain = (
        item.name
        for item in table.fields
        if item.name not in table.key and item.type in (FieldType.TEXT, FieldType.DIVISION, FieldType.ENUMERATION)
    )
    facts = tuple(cells[name].text for name in plain if cells[name].text)[:FACTS]
    return Hit(row.entry, programme, table, told_keys(table, [row], day_of(at))[0], facts)
