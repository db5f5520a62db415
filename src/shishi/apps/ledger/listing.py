"""Listings 列表: the rows of a table that a person asked for, page by page.

Which rows those are is found where columns lie (``adapters.engines.listing``, registered by ``conf``); what they say is
read from the ledger by their ids, within the person's reach, sensitive values masked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.divisions.selectors import load_tree, tree_token
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.intake import BatchLookups
from shishi.apps.ledger.listing_handler import listing
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import decode, opened, purpose_of
from shishi.apps.ledger.selectors import live, within_reach
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Level, covers, normalise
from shishi.core.errors import Misuse
from shishi.core.listing import TAIL, Filter, RowsAsked, criterion_of, summed
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType, Sensitivity, Table, Value
from shishi.core.values import KEY_SEPARATOR, CellFault, parse, shown, to_text

if TYPE_CHECKING:
    from shishi.adapters.engines.listing import Total
    from shishi.adapters.engines.listing_sql import ListingQuestion

_names: dict[str, dict[str, str]] = {}
"""By the token of the tree that tells them."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A cell for people: ``text`` as they read it (masked where sensitive), ``raw`` as a form sends it back (empty
    where it must not be shown)."""

    text: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row on a page. ``sequence`` is its state: who edits it says which one they saw. ``editable``: this person may
    hand in for its division."""

    entry: UUID
    sequence: int
    key: str
    division: str
    effective_on: date
    editable: bool
    cells: Mapping[str, ShownValue]


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
    found, question = listing(), question_of(person, programme, table, asked, at=at)
    adding = [item for item in summed(table) if not asked.columns or item.name in asked.columns]
    total = found.total(question, adding if asked.group else ())
    pages = max(-(-total.rows // asked.size), 1)
    if not 1 <= asked.page <= pages:
        raise Misuse("no_such_page", f"只有 {pages} 页。请从第 1 页看起。")
    sequences = found.page(question, asked.size, asked.offset) if total.rows else ()
    columns = tuple(item for item in table.fields if not asked.columns or item.name in asked.columns)
    groups: tuple[ListedGroup, ...] = ()
    if asked.group:
        grouped = found.groups(question, asked.group, adding)
        groups = tuple(_group(table.by_name[asked.group], item.told, item.total, adding) for item in grouped)
    rows = tuple(_listed(person, programme, table, asked, sequences, at))
    return Rows(programme, table, asked, columns, rows, total.rows, _sums(adding, total), groups)


def count_of(person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime) -> int:
    """How many rows there are."""
    return listing().total(question_of(person, programme, table, asked, at=at)).rows


def sequences_of(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, limit: int, at: datetime
) -> tuple[int, ...]:
    """The states of the rows that are asked for, whatever the page, at most ``limit``."""
    return listing().page(question_of(person, programme, table, asked, at=at), limit)


def question_of(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, *, at: datetime
) -> ListingQuestion:
    """What is asked, within reach, in the words of the column store."""
    from shishi.adapters.engines.listing_sql import ListingQuestion

    digests = {item: _digest(table, item, asked.as_of) for item in asked.filters if _sealed(table, item)}
    return ListingQuestion(
        table,
        asked.as_of,
        asked.known_at,
        prefixes(person, programme.name, asked.division, day_of(at)),
        criterion_of(table, asked.filters, digests),
        {item.field: digests[item] for item in asked.filters if item.sign == TAIL},
        tuple(asked.text.split()),
        asked.sort,
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


def _group(by: Field, told: object, total: Total, adding: Sequence[Field]) -> ListedGroup:
    value: Value = told if told is None or isinstance(told, str | bool | Decimal | date) else str(told)
    raw = "" if value is None else str(to_text(value))
    return ListedGroup(shown(by, value) or "（空）", raw, total.rows, _sums(adding, total))


def _sums(adding: Sequence[Field], total: Total) -> dict[str, Decimal | None]:
    return dict(zip((item.name for item in adding), total.sums, strict=False))


def _listed(
    person: Person, programme: Programme, table: Table, asked: RowsAsked, sequences: Sequence[int], at: datetime
) -> Iterator[ListedRow]:
    """The rows of these sequences, in their order."""
    on = day_of(at)
    readable = RevisionRow.objects.filter(within_reach(person, programme.name, on), sequence__in=sequences)
    found = {row.sequence: row for row in readable.defer("settled", "explanation", "digest")}
    rows = [found[sequence] for sequence in sequences if sequence in found]
    own = prefixes(person, programme.name, "", on, Action.HAND_IN)
    values = show_rows(table, rows, asked)
    for row, cells in zip(rows, values, strict=True):
        editable = any(row.division.startswith(code) for code in own) and not table.by_service
        yield ListedRow(row.entry, row.sequence, plain_key(row.key), row.division, row.effective_on, editable, cells)


def plain_key(key: str) -> str:
    """A key as people read it; a part that is a digest is told as such."""
    return " / ".join("（加密）" if len(part) >= 40 else part for part in key.split(KEY_SEPARATOR))


def show_rows(table: Table, rows: Sequence[RevisionRow], asked: RowsAsked) -> list[dict[str, ShownValue]]:
    """What the cells of several rows say to people: references as the key of the row that they mean, divisions by
    name, sensitive values masked."""
    wanted = [item for item in table.fields if not asked.columns or item.name in asked.columns]
    cipher = key_ring()
    decoded = [decode({item.name: row.cells.get(item.name) for item in wanted}) for row in rows]
    values = [
        opened(table, {name: cell for name, cell in cells.items() if cell is not None}, cipher) for cells in decoded
    ]
    referred = _referred(wanted, values, asked)
    names = _division_names(wanted, values, asked.as_of)
    return [{item.name: _shown(item, told.get(item.name), referred, names) for item in wanted} for told in values]


def _shown(item: Field, value: Value, referred: Mapping[str, str], names: Mapping[str, str]) -> ShownValue:
    if value is None:
        return ShownValue()
    if item.type is FieldType.REFERENCE:
        key = referred.get(str(value), "")
        return ShownValue(key or "（不在所看的日期）", key)
    if item.type is FieldType.DIVISION:
        return ShownValue(names.get(str(value), str(value)), str(value))
    if item.sensitive:
        return ShownValue(shown(item, value))
    raw = to_text(value)
    return ShownValue(shown(item, value), "、".join(raw) if isinstance(raw, list) else _typed_again(item, value))


def _typed_again(item: Field, value: Value) -> str:
    """As it would be typed: the text that reading it again makes the same value of."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return shown(item, value).replace(",", "") if item.type is FieldType.MONEY else str(to_text(value))


def _referred(wanted: Sequence[Field], values: Sequence[Mapping[str, Value]], asked: RowsAsked) -> dict[str, str]:
    """The keys of the rows that these rows mean."""
    found: dict[str, str] = {}
    for item in wanted:
        if item.type is FieldType.REFERENCE:
            meant = {UUID(str(told[item.name])) for told in values if told.get(item.name)}
            rows = live(item.references, asked.as_of, asked.known_at, entries=meant) if meant else ()
            found |= {str(row.entry): plain_key(row.key) for row in rows}
    return found


def _division_names(wanted: Sequence[Field], values: Sequence[Mapping[str, Value]], on: date) -> dict[str, str]:
    """The names of the divisions, by the codes that the rows give."""
    fields = [item.name for item in wanted if item.type is FieldType.DIVISION]
    return names_of({str(told[name]) for name in fields for told in values if told.get(name)}, on)


def names_of(codes: Collection[str], on: date) -> dict[str, str]:
    """What these divisions are called (below the county with the county before it), as far as the tree knows them."""
    token = tree_token(on)
    if token not in _names:
        _names.clear()
        _names[token] = {}
    known = _names[token]
    if missing := [code for code in codes if code not in known]:
        tree = load_tree(codes=[normalise(code) for code in missing])
        for code in missing:
            lineage = [unit.name for unit in tree.lineage(normalise(code), on) if unit.level >= Level.COUNTY]
            placed = tree.place(normalise(code), on)
            known[code] = "".join(lineage) if lineage else placed.name if placed else code
    return {code: known[code] for code in codes}
