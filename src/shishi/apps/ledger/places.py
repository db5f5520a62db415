"""Places 位置: where the rows of a table lie, by division and, where a table has a field of points, each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.listing import prefixes, question_of
from shishi.apps.ledger.listing_handler import listing
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import CHUNK, within_reach
from shishi.apps.ledger.showing import names_of, show_rows, told_keys
from shishi.core.calendars import day_of
from shishi.core.divisions import Level, level_of, normalise
from shishi.core.listing import Filter, RowsAsked, summed
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType, Point, Table

if TYPE_CHECKING:
    from shishi.adapters.engines.listing import Group
    from shishi.adapters.engines.listing_sql import ListingQuestion

DIGITS = {
    Level.COUNTRY: 2,
    Level.PROVINCE: 4,
    Level.CITY: 6,
    Level.COUNTY: 9,
    Level.STREET: 12,
    Level.VILLAGE: 12,
}
"""Of each level the digits of the codes one level down."""
FACTS = 3
_FACTS = (FieldType.ENUMERATION, FieldType.DIVISION, FieldType.TEXT)


@dataclass(frozen=True, slots=True)
class Share:
    """The rows that lie in one division (significant code), with their exact sums by field. ``whole``: they lie in the
    division that was asked about itself, not in one below it."""

    division: str
    name: str
    rows: int
    sums: Mapping[str, Decimal | None]
    whole: bool


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row with its point, and a few cells that tell which it is."""

    entry: UUID
    key: str
    point: Point
    facts: tuple[str, ...]


def mapped_fields(table: Table) -> tuple[Field, ...]:
    """The fields that say where a row lies and may be shown to whoever reads it."""
    return tuple(item for item in table.fields if item.type is FieldType.POINT and not item.sensitive)


def fact_fields(table: Table) -> tuple[Field, ...]:
    """The fields that tell which row it is, beside its key."""
    found = [item for item in table.fields if item.type in _FACTS and item.name not in table.key and not item.sensitive]
    found.sort(key=lambda item: (item.type is FieldType.TEXT, not item.required))
    return tuple(found[:FACTS])


def spread_of(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime
) -> tuple[Share, ...]:
    """How many of the rows that are asked for lie in each division one level below the one asked about (without one:
    below what the person reaches). What the code list only has as a placeholder gives way to what is below it."""
    top, on = top_of(person, programme, asked, at), asked.as_of
    question = question_of(person, programme, table, replace(asked, group="", sort=()), at=at)
    adding = [item for item in summed(table) if not asked.columns or item.name in asked.columns]
    groups = tuple(_placed(question, DIGITS[level_of(top)], adding, asked))
    names = names_of({str(group.told) for group in groups if group.told}, on)
    return tuple(
        Share(
            str(group.told),
            names.get(str(group.told), "（未填区划）"),
            group.total.rows,
            dict(zip((item.name for item in adding), group.total.sums, strict=False)),
            str(group.told) in (top, ""),
        )
        for group in groups
    )


def top_of(person: Person, programme: Programme, asked: RowsAsked, at: datetime) -> str:
    """The division (significant code) about which a spread is."""
    own = prefixes(person, programme.name, asked.division, day_of(at))
    return own[0] if len(own) == 1 and own[0] else asked.division or normalise(programme.division)


def _placed(question: ListingQuestion, digits: int, adding: Sequence[Field], asked: RowsAsked) -> Iterator[Group]:
    groups = listing().spread(question, digits, adding)
    codes = {str(group.told) for group in groups if len(str(group.told)) == digits}
    tree = load_tree(codes=codes)
    hollow = {code for code in codes for unit in tree.lineage(code, asked.as_of)[-1:] if unit.placeholder}
    below = listing().spread(question, DIGITS[level_of("0" * digits)], adding) if hollow else ()
    yield from (group for group in groups if group.told not in hollow)
    yield from (group for group in below if str(group.told)[:digits] in hollow)


def with_place(asked: RowsAsked, field: Field) -> RowsAsked:
    """The same rows as far as they say where they lie."""
    return replace(asked, filters=(*asked.filters, Filter(field.name, "!=", "")), group="", columns=())


def placed_rows(
    person: Person, programme: Programme, table: Table, field: Field, asked: RowsAsked, *, limit: int, at: datetime
) -> tuple[PlacedRow, ...]:
    """The first ``limit`` of the rows that are asked for and say where they lie, in their order."""
    question = question_of(person, programme, table, with_place(asked, field), at=at)
    sequences = listing().page(question, limit)
    own = within_reach(person, programme.name, day_of(at))
    facts = fact_fields(table)
    shown = replace(asked, columns=tuple(item.name for item in facts))
    found: list[PlacedRow] = []
    for start in range(0, len(sequences), CHUNK):
        some = sequences[start : start + CHUNK]
        held = {row.sequence: row for row in RevisionRow.objects.filter(own, sequence__in=some)}
        rows = [held[sequence] for sequence in some if sequence in held]
        keys = told_keys(table, rows, asked.as_of, asked.known_at)
        for row, key, cells in zip(rows, keys, show_rows(table, rows, shown), strict=True):
            point = typed(table, {field.name: decode(row.cells)[field.name]})[field.name]
            if isinstance(point, Point):
                told = tuple(cells[item.name].text for item in facts if cells[item.name].text)
                found.append(PlacedRow(row.entry, key, point, told))
    return tuple(found)
