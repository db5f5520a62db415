"""One row 一行: everything that is known of an entry, for whoever may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.ledger.models import Link, RevisionRow
from shishi.apps.ledger.selectors import live, states, within_reach
from shishi.apps.ledger.showing import ShownValue, show_rows, told_keys
from shishi.apps.programmes.selectors import heir, table_named
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.ledger import RevisionKind
from shishi.core.listing import RowsAsked
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType, Table

REFERRING_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a row beside the others. ``changed``: the fields that differ from the state before; ``standing``:
    it holds today; ``voided``: it counts for no day."""

    sequence: int
    kind: RevisionKind
    effective_on: date
    recorded_at: datetime
    person: str
    approved_by: str
    door: str
    file: str
    sheet: str
    row: int | None
    batch: str
    explanation: str
    reason: str
    cells: Mapping[str, ShownValue]
    changed: frozenset[str]
    standing: bool
    voided: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A row that this one refers to, or that refers to this one, through ``field``. ``title``: of its table."""

    entry: UUID
    table: str
    title: str
    field: str
    key: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """A row today. ``live`` false: it was withdrawn, or all of it voided. ``versions``: newest first."""

    entry: UUID
    programme: Programme
    table: Table
    key: str
    division: str
    sequence: int
    live: bool
    cells: Mapping[str, ShownValue]
    versions: tuple[Version, ...]
    refers: tuple[Relation, ...]
    referred: tuple[Relation, ...]
    editable: bool
    revealing: bool

    @property
    def rows(self) -> list[tuple[Field, ShownValue]]:
        """Every field with what it says."""
        return [(item, self.cells.get(item.name, ShownValue())) for item in self.table.fields]


def row_of(person: Person, entry: UUID, *, at: datetime) -> RowPage:
    """The row; ``Misuse`` (unknown_row) where there is none or it is out of reach."""
    on = day_of(at)
    revisions = list(RevisionRow.objects.filter(entry=entry).select_related("batch").order_by("sequence"))
    if not revisions:
        raise _unknown()
    programme, table = table_named(heir(revisions[-1].table))
    state = states(table.name, on, entries=[entry]).select_related("batch").first()
    held = state or revisions[-1]
    division = held.division or next((row.division for row in reversed(revisions) if row.division), "")
    if not may(person, Action.READ, division or COUNTRY, programme.name, on):
        raise _unknown()
    asked = RowsAsked(on)
    versions = _versions(table, revisions, asked, state)
    standing = state is not None and state.kind != RevisionKind.WITHDRAWN
    editable = may(person, Action.HAND_IN, division or COUNTRY, programme.name, on) and not table.by_service
    return RowPage(
        entry,
        programme,
        table,
        told_keys(table, [held], on)[0],
        division,
        held.sequence,
        standing,
        show_rows(table, [held], asked)[0] if standing else {},
        versions,
        _refers(person, programme, table, held, on) if standing else (),
        _referred(person, entry, on),
        editable,
        may(person, Action.REVEAL, division or COUNTRY, programme.name, on),
    )


def _unknown() -> Misuse:
    return Misuse("unknown_row", "没有这一行，或它不在您的权限范围内。请从台账里找。")


def _versions(
    table: Table, revisions: Sequence[RevisionRow], asked: RowsAsked, state: RevisionRow | None
) -> tuple[Version, ...]:
    voided = {row.voids for row in revisions if row.voids}
    cells = show_rows(table, revisions, asked)
    told: list[Version] = []
    before: RevisionRow | None = None
    stored: Mapping[str, object] = {}
    for row, shown in zip(revisions, cells, strict=True):
        there = row.kind in (RevisionKind.POSTED, RevisionKind.REVISED)
        changed = frozenset(name for name in table.by_name if there and row.cells.get(name) != stored.get(name))
        told.append(_version(row, shown, changed if before else frozenset(), state, voided))
        if there:
            before, stored = row, row.cells
    return tuple(reversed(told))


def _version(
    row: RevisionRow,
    cells: Mapping[str, ShownValue],
    changed: frozenset[str],
    state: RevisionRow | None,
    voided: set[int],
) -> Version:
    batch = row.batch
    return Version(
        row.sequence,
        RevisionKind(row.kind),
        row.effective_on,
        row.recorded_at,
        batch.person,
        batch.approved_by,
        batch.door,
        batch.file_name,
        row.sheet,
        row.row,
        str(batch.pk),
        row.explanation,
        batch.reason,
        cells,
        changed,
        state is not None and state.sequence == row.sequence and row.kind != RevisionKind.WITHDRAWN,
        row.sequence in voided,
    )


def _refers(person: Person, programme: Programme, table: Table, row: RevisionRow, on: date) -> tuple[Relation, ...]:
    found = []
    for item in table.fields:
        meant = row.cells.get(item.name)
        if item.type is FieldType.REFERENCE and meant:
            own = within_reach(person, item.references.rsplit("/", 1)[0], on)
            held = list(live(item.references, on, entries=[UUID(str(meant))]).filter(own))
            meaning = table_named(item.references)[1]
            for other, key in zip(held, told_keys(meaning, held, on), strict=True):
                found.append(Relation(other.entry, item.references, meaning.title, item.title, key))
    return tuple(found)


def _referred(person: Person, entry: UUID, on: date) -> tuple[Relation, ...]:
    """Rows of other tables that refer to the entry today."""
    links = Link.objects.filter(target=entry).select_related("revision").order_by("pk")[: REFERRING_AT_MOST * 4]
    by_table: dict[str, dict[UUID, str]] = {}
    for link in links:
        by_table.setdefault(heir(link.revision.table), {})[link.revision.entry] = link.field
    found = []
    for name, entries in sorted(by_table.items()):
        programme, table = table_named(name)
        own = within_reach(person, programme.name, on)
        rows = list(live(name, on, entries=list(entries)).filter(own).order_by("key")[:REFERRING_AT_MOST])
        for row, key in zip(rows, told_keys(table, rows, on), strict=True):
            field = entries[row.entry]
            if str(row.cells.get(field)) == str(entry):
                found.append(Relation(row.entry, table.name, table.title, table.by_name[field].title, key))
    return tuple(found)
