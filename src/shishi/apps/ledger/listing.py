"""Listings 列表: the rows of a table that a person asked for, page by page.

Which rows those are is found where columns lie (``adapters.engines.listing``, registered by ``conf``); what they say is
read from the ledger by their ids, within the person's reach, sensitive values masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.intake import BatchLookups
from shishi.apps.ledger.listing_handler import listing
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.numbers import TypedNumber
from shishi.apps.ledger.sealing import purpose_of
from shishi.apps.ledger.selectors import CHUNK, live, rows_of_sequences, within_reach
from shishi.apps.ledger.showing import ShownValue, given, names_of, opened_values, referred_keys, show_rows, told_keys
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, covers
from shishi.core.errors import Misuse
from shishi.core.listing import TAIL, Filter, RowsAsked, Sort, criterion_of, summed
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType, Sensitivity, Table, Value
from shishi.core.values import CellFault, parse, shown, to_text

if TYPE_CHECKING:
    from shishi.adapters.engines.listing import Group, Total
    from shishi.adapters.engines.listing_sql import ListingQuestion


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row on a page. ``sequence`` is its state: who edits it says which one they saw. ``editable``: this person may
    hand in for its division. ``group``: ``raw`` of the group that it belongs to."""

    entry: UUID
    sequence: int
    key: str
    division: str
    effective_on: date
    editable: bool
    cells: Mapping[str, ShownValue]
    group: str = ""


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """The rows with one value: how many, and their exact sums by field."""

    text: str
    raw: str
    rows: int
    sums: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a table. ``total``: rows in all; ``sums``: of the fields that can be added, over all of them."""

    programme: Programme
    table: Table
    asked: RowsAsked
    columns: tuple[Field, ...]
    rows: tuple[ListedRow, ...]
    total: int
    sums: Mapping[str, Decimal | None] = field(default_factory=dict)
    groups: tuple[ListedGroup, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // self.asked.size), 1)


def rows_of(person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime) -> Rows:
    """The page of rows that is asked for, with totals, and groups where they are asked for. ``Misuse``:
    no_such_page, page_too_far, filter_unfit."""
    from shishi.adapters.engines.listing import whole_of

    found, question = listing(), question_of(person, programme, table, asked, at=at)
    adding = [item for item in summed(table) if not asked.columns or item.name in asked.columns]
    grouped = found.groups(question, asked.group, adding) if asked.group else ()
    total = whole_of(grouped, len(adding)) or found.total(question, adding if asked.group else ())
    pages = max(-(-total.rows // asked.size), 1)
    if not 1 <= asked.page <= pages:
        raise Misuse("no_such_page", f"只有 {pages} 页。请从第 1 页看起。")
    columns = tuple(item for item in table.fields if not asked.columns or item.name in asked.columns)
    groups = _groups(table.by_name[asked.group], grouped, adding, asked.as_of) if asked.group else ()
    if _by_list(table, asked) and sum(group.rows for group in groups) == total.rows:
        sequences = _of_groups(person, programme, table, asked, groups, at)
    else:
        sequences = found.page(question, asked.size, asked.offset) if total.rows else ()
    rows = tuple(_listed(person, programme, table, asked, sequences, at))
    return Rows(programme, table, asked, columns, rows, total.rows, _sums(adding, total), groups)


def _by_list(table: Table, asked: RowsAsked) -> bool:
    """Whether the rows stand by the words of an enumeration, and within each as a table does without an order."""
    listed = bool(asked.group) and table.by_name[asked.group].type is FieldType.ENUMERATION
    return listed and asked.sort == (Sort(asked.group),)


def _of_groups(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, groups: Sequence[ListedGroup], at: datetime
) -> tuple[int, ...]:
    """A page out of the groups that it touches, as it would stand among all rows: these need not be sorted then."""
    sequences: list[int] = []
    start, end, before = asked.offset, asked.offset + asked.size, 0
    for group in groups:
        first, last = max(start - before, 0), min(end - before, group.rows)
        if first < last:
            own = replace(asked, filters=(*asked.filters, Filter(asked.group, "=", group.raw)), sort=(), group="")
            question = question_of(person, programme, table, own, at=at)
            sequences += listing().page(question, last - first, first)
        before += group.rows
    return tuple(sequences)


def count_of(person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime) -> int:
    """How many rows there are."""
    return listing().total(question_of(person, programme, table, asked, at=at)).rows


def may_edit(person: Person, programme: str, on: date) -> bool:
    """Whether there is any division for which the person may hand in."""
    return bool(prefixes(person, programme, "", on, Action.HAND_IN))


def question_of(
    person: Person,
    programme: Programme,
    table: Table,
    asked: RowsAsked,
    number: TypedNumber | None = None,
    *,
    at: datetime,
) -> ListingQuestion:
    """What is asked, within reach, in the words of the column store. ``number``: the text of ``asked`` as a number,
    where the caller asks of many tables."""
    from shishi.adapters.engines.listing_sql import ListingQuestion

    digests = {item: _digest(table, item, asked.as_of) for item in asked.filters if _sealed(table, item)}
    # a figure of a division counts rows of those that became part of it, under their own codes
    division = asked.division if asked.entries is None else ""
    return ListingQuestion(
        table,
        asked.as_of,
        asked.known_at,
        prefixes(person, programme.name, division, day_of(at)),
        criterion_of(table, asked.filters, digests),
        {item.field: digests[item] for item in asked.filters if item.sign == TAIL},
        tuple(asked.text.split()),
        (number or TypedNumber(asked.text)).seals(table) if asked.text else (),
        sort=asked.sort,
        entries=asked.entries,
    )


def prefixes(person: Person, programme: str, division: str, on: date, action: Action = Action.READ) -> tuple[str, ...]:
    """The significant codes within which the person may act in the programme, of those within ``division``; ``""`` is
    everywhere, none is nowhere."""
    asked = division or COUNTRY
    found = []
    for reach in reaches(person, action, on):
        for code in reach.divisions:
            if reach.holds(code, programme) and (covers(code, asked) or covers(asked, code)):
                found.append(asked if covers(code, asked) else code)
    return tuple(sorted({"" if code == COUNTRY else code for code in found}))


def _sealed(table: Table, item: Filter) -> bool:
    return table.by_name[item.field].sensitivity is Sensitivity.ENCRYPTED and bool(item.text)


def _digest(table: Table, given: Filter, on: date) -> str:
    """What stands for the text of a filter on an encrypted field: the keyed digest of it, or of its end."""
    item, ring = table.by_name[given.field], key_ring()
    if given.sign == TAIL:
        return ring.digest(given.text.upper(), f"tail:{purpose_of(item)}")
    try:
        value = parse(item, given.text, BatchLookups(on, load_tree(codes=[]), tables()))
    except CellFault as fault:
        raise Misuse("filter_unfit", f"“{item.title}”：{fault.message}") from fault
    return ring.digest(str(to_text(value)), purpose_of(item))


def _groups(by: Field, grouped: Sequence[Group], adding: Sequence[Field], on: date) -> tuple[ListedGroup, ...]:
    values: list[Value] = [
        item.told if item.told is None or isinstance(item.told, str | bool | Decimal | date) else str(item.told)
        for item in grouped
    ]
    names = names_of({str(value) for value in values if value}, on) if by.type is FieldType.DIVISION else {}
    return tuple(
        ListedGroup(
            names.get(str(value)) or shown(by, value) or "（空）",
            "" if value is None else str(to_text(value)),
            item.total.rows,
            _sums(adding, item.total),
        )
        for value, item in zip(values, grouped, strict=True)
    )


def _sums(adding: Sequence[Field], total: Total) -> dict[str, Decimal | None]:
    return dict(zip((item.name for item in adding), total.sums, strict=False))


def _listed(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, sequences: Sequence[int], at: datetime
) -> Iterator[ListedRow]:
    """The rows of these sequences, in their order."""
    on = day_of(at)
    found = rows_of_sequences(person, programme.name, sequences, on)
    rows = [found[sequence] for sequence in sequences if sequence in found]
    own = prefixes(person, programme.name, "", on, Action.HAND_IN)
    values = show_rows(table, rows, asked)
    keys = told_keys(table, rows, asked.as_of, asked.known_at)
    for row, key, cells in zip(rows, keys, values, strict=True):
        editable = any(row.division.startswith(code) for code in own) and not table.by_service
        yield ListedRow(
            row.entry,
            row.sequence,
            key,
            row.division,
            row.effective_on,
            editable,
            cells,
            _raw_group(row, asked),
        )


def _raw_group(row: RevisionRow, asked: RowsAsked) -> str:
    told = row.cells.get(asked.group) if asked.group else None
    return "" if told is None else str(told)


def values_of(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime
) -> Iterator[dict[str, Value]]:
    """All rows that are asked for, whatever the page, for an export: typed values of the asked columns, references as
    keys, divisions as codes, sensitive values masked."""
    on = day_of(at)
    for some in _several(found_sequences(person, programme, table, asked, at=at)):
        readable = RevisionRow.objects.filter(within_reach(person, programme.name, on), sequence__in=some)
        found = {row.sequence: row for row in readable.only("sequence", "cells")}
        rows = [found[sequence] for sequence in some if sequence in found]
        wanted = [item for item in table.fields if not asked.columns or item.name in asked.columns]
        values = opened_values(wanted, table, rows)
        referred = referred_keys(wanted, values, asked)
        for told in values:
            yield {item.name: given(item, told.get(item.name), referred) for item in wanted}


def found_sequences(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime
) -> tuple[int, ...]:
    """The states of all rows that are asked for, in order."""
    question = question_of(person, programme, table, asked, at=at)
    return listing().page(question, max(listing().total(question).rows, 1))


def _several(sequences: Sequence[int]) -> Iterator[Sequence[int]]:
    return (sequences[start : start + CHUNK] for start in range(0, len(sequences), CHUNK))


def found_states(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, limit: int, at: datetime
) -> tuple[tuple[UUID, int], ...]:
    """The entries that are asked for with the states in which they are, at most ``limit``."""
    sequences = listing().page(question_of(person, programme, table, asked, at=at), limit)
    found = []
    for some in _several(sequences):
        told = RevisionRow.objects.filter(within_reach(person, programme.name, day_of(at)), sequence__in=some)
        entries = dict(told.values_list("sequence", "entry"))
        found += [(entries[sequence], sequence) for sequence in some if sequence in entries]
    return tuple(found)


def listed_rows(
    person: Person, programme: Programme, table: Table, entries: Sequence[UUID], *, at: datetime
) -> tuple[ListedRow, ...]:
    """These entries as they stand today, within reach."""
    asked, on = RowsAsked(day_of(at)), day_of(at)
    own = within_reach(person, programme.name, on)
    held = live(table.name, on, entries=entries).filter(own).values_list("sequence", flat=True)
    return tuple(_listed(person, programme, table, asked, list(held), at))
