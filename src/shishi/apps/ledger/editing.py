"""Editing 就地修改: cells of rows that are there already, typed on a page, go the way of a workbook: checked, approved
where the pack says so, written as revisions with their as-of day, audited. Nobody overwrites what they have not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.differences import Difference, difference
from shishi.apps.ledger.forms import Typed, write_edits
from shishi.apps.ledger.identities import Handed, Identity, digest_of_key, lines_of
from shishi.apps.ledger.intake import HandIn, WorkbookRefused
from shishi.apps.ledger.models import Proposal, RevisionRow
from shishi.apps.ledger.proposals import propose_workbook
from shishi.apps.ledger.selectors import live, within_reach
from shishi.apps.ledger.services import Weighed, read_in, require_past, weigh, write
from shishi.apps.ledger.showing import plain_key
from shishi.apps.ledger.writing import lock
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.programmes import Programme
from shishi.core.provenance import Door
from shishi.core.tables import Table

AT_MOST = 5000
_CHUNK = 800


@dataclass(frozen=True, slots=True)
class Edit:
    """What one person types into one row. ``sequence``: the state that they saw; ``cells``: field → text."""

    entry: UUID
    sequence: int
    cells: Mapping[str, str]
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Editing:
    """Edits of rows of one table, true from the day ``as_of``. ``overwrite``: what others changed meanwhile is known
    and replaced. ``skip``: rows with faults are left out and told, not refused all together."""

    programme: Programme
    table: Table
    as_of: date
    edits: Sequence[Edit]
    overwrite: bool = False
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that somebody else changed after it was seen: what it was, what it is, what is wanted; who and when."""

    entry: UUID
    sequence: int
    field: str
    title: str
    key: str
    seen: str
    now: str
    wanted: str
    person: str
    recorded_at: datetime


class EditConflict(Refused):
    """Somebody else changed the same cells meanwhile; nothing was written. The person decides."""

    def __init__(self, conflicts: Sequence[Conflict], issues: Sequence[Issue]) -> None:
        message = f"有 {len(conflicts)} 个格在您打开之后被别人改过，没有写入。请看过两个值再决定。"
        super().__init__("changed_since", message, issues)
        self.conflicts = tuple(conflicts)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out, and why."""

    key: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of it, or would: ``written`` (``batch``), ``proposed`` (``proposal``), ``unchanged`` or, of a
    preview, ``preview``."""

    status: str
    difference: Difference
    skipped: tuple[Skipped, ...] = ()
    batch: str = ""
    proposal: str = ""

    @property
    def rows(self) -> int:
        """How many rows change."""
        return len(self.difference.rows)


def edit_rows(editing: Editing, *, by: Person, at: datetime, preview: bool = False) -> Edited:
    """Write the edits, or tell what they would do. The same again changes nothing. ``EditConflict``;
    ``WorkbookRefused`` with every fault, ``row`` being the place among the edits; ``Misuse``: unknown_row,
    field_locked, too_many_rows, as_of_in_future."""
    require_past(editing.as_of, at)
    held = _held(editing, by, at)
    _require_open_fields(editing)
    skipped: list[Skipped] = []
    rest = editing
    while True:
        try:
            edited = _attempt(rest, held, by, at, preview=preview)
        except WorkbookRefused as refused:
            faulty = {issue.row for issue in refused.issues if issue.row}
            if not editing.skip or not faulty:
                raise
            skipped += _skipped(rest, held, refused.issues)
        except EditConflict as apart:
            if not editing.skip:
                raise
            told = {item.entry for item in apart.conflicts}
            faulty = {at for at, edit in enumerate(rest.edits, start=1) if edit.entry in told}
            skipped += _overtaken(apart.conflicts)
        else:
            return replace(edited, skipped=tuple(skipped))
        rest = replace(rest, edits=[edit for at, edit in enumerate(rest.edits, start=1) if at not in faulty])
        if not rest.edits:
            return Edited("unchanged", Difference(()), tuple(skipped))


def _attempt(editing: Editing, held: Mapping[UUID, RevisionRow], by: Person, at: datetime, *, preview: bool) -> Edited:
    with TemporaryDirectory(prefix="shishi-") as folder:
        hand_in = _hand_in(editing, held, Path(folder), by, at)
        read = read_in(hand_in, by=by, at=at)
        with transaction.atomic():
            lock()
            weighed = weigh(hand_in, read, by=by, at=at)
            told = difference(weighed, editing.table, tables(), editing.as_of)
            if weighed.disagreements and not editing.overwrite:
                raise EditConflict(_conflicts(editing, weighed, told), weighed.disagreements)
            if preview:
                return Edited("preview", told)
            if not weighed.outcome.changes:
                return Edited("unchanged", told)
            if editing.table.approval:
                made = propose_workbook(hand_in, by=by, at=at)
                return Edited("proposed", told, proposal=str(made.pk) if isinstance(made, Proposal) else "")
            # A cell that is mended is no report of the division.
            silent = replace(weighed, outcome=replace(weighed.outcome, reporting=frozenset()))
            return Edited("written", told, batch=str(write(hand_in, silent, by=by, at=at).pk))


def _hand_in(editing: Editing, held: Mapping[UUID, RevisionRow], folder: Path, by: Person, at: datetime) -> HandIn:
    ring, table = key_ring(), editing.table
    identities = tuple(
        Identity(edit.entry, edit.sequence, digest_of_key(table.name, held[edit.entry].key, ring))
        for edit in editing.edits
    )
    handed = Handed(table.name, editing.as_of, "", by.username, at, identities)
    path = folder / f"就地修改 {len(editing.edits)} 行"
    write_edits(path, [Typed(edit.cells, edit.explanation) for edit in editing.edits], lines_of(handed, ring))
    return HandIn(editing.programme, table, path, editing.as_of, door=Door.FORM, overwrite=editing.overwrite)


def _held(editing: Editing, by: Person, at: datetime) -> dict[UUID, RevisionRow]:
    """The rows as they are now; ``Misuse`` (unknown_row) for one that is not there or out of reach, or of which the
    seen state is not a state."""
    if not editing.edits:
        raise Misuse("no_edits", "没有要改的内容。")
    if len(editing.edits) > AT_MOST:
        raise Misuse(
            "too_many_rows",
            f"一次最多改 {AT_MOST} 行，这里有 {len(editing.edits)} 行。请用筛选分几次，或用工作簿报送。",
        )
    own = within_reach(by, editing.programme.name, day_of(at))
    entries = [edit.entry for edit in editing.edits]
    if len(set(entries)) < len(entries):
        raise Misuse("row_twice", "同一行出现了两次。请合并后再改。")
    found: dict[UUID, RevisionRow] = {}
    seen: set[tuple[UUID, int]] = set()
    sequences = [edit.sequence for edit in editing.edits]
    for start in range(0, len(entries), _CHUNK):
        some = live(editing.table.name, date.max, entries=entries[start : start + _CHUNK]).filter(own)
        found |= {row.entry: row for row in some.select_related("batch")}
        shown = RevisionRow.objects.filter(sequence__in=sequences[start : start + _CHUNK])
        seen.update(shown.values_list("entry", "sequence"))
    for edit in editing.edits:
        if edit.entry not in found or (edit.entry, edit.sequence) not in seen:
            raise Misuse("unknown_row", "要改的行不在了，或不在您的权限范围内。请刷新页面再看。")
    return found


def _require_open_fields(editing: Editing) -> None:
    """What decides which row it is and whose is not changed in passing."""
    table = editing.table
    for name in {name for edit in editing.edits for name in edit.cells}:
        if name not in table.by_name:
            raise Misuse("unknown_field", f"“{table.title}”没有“{name[:40]}”这一栏。请刷新页面再试。")
        if name in table.key:
            message = f"“{table.by_name[name].title}”是主键，不能就地改。请到这一行的页面“更正主键”。"
            raise Misuse("field_locked", message)
        if name in table.locked:
            message = f"“{table.by_name[name].title}”不能就地改。确要更改，请用工作簿报送。"
            raise Misuse("field_locked", message)


def _conflicts(editing: Editing, weighed: Weighed, told: Difference) -> list[Conflict]:
    """Every cell in which the two people differ, with who was first."""
    edits = dict(enumerate(editing.edits, start=1))
    entries = [edit.entry for edit in editing.edits]
    now = {row.entry: row for row in live(editing.table.name, editing.as_of, entries=entries).select_related("batch")}
    found = []
    for row in told.rows:
        edit = edits[row.row or 0]
        held = now[edit.entry]
        found += [
            Conflict(
                edit.entry,
                held.sequence,
                cell.field,
                cell.title,
                row.key,
                cell.made or "",
                cell.old,
                cell.new,
                held.batch.person,
                held.recorded_at,
            )
            for cell in row.cells
            if cell.conflict
        ]
    return found


def _skipped(editing: Editing, held: Mapping[UUID, RevisionRow], issues: Sequence[Issue]) -> list[Skipped]:
    reasons: dict[int, list[str]] = {}
    for issue in issues:
        if issue.row:
            reasons.setdefault(issue.row, []).append(issue.message)
    return [
        Skipped(_key_of(held[editing.edits[row - 1].entry]), tuple(dict.fromkeys(told)))
        for row, told in sorted(reasons.items())
    ]


def _overtaken(conflicts: Sequence[Conflict]) -> list[Skipped]:
    by_key: dict[str, list[str]] = {}
    for item in conflicts:
        by_key.setdefault(item.key, []).append(f"“{item.title}”刚被 {item.person} 改为“{item.now}”。")
    return [Skipped(key, tuple(told)) for key, told in by_key.items()]


def _key_of(row: RevisionRow) -> str:
    return plain_key(row.key)
