"""Writing the ledger: receive a workbook, say "no change", undo a batch, withdraw a row, correct a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from shishi.adapters.spreadsheets.base import Sheetful
from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.adapters.spreadsheets.understanding import Understood
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, reaches, require
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.files.services import keep, key_ring
from shishi.apps.ledger.comparing import Comparison, compare, held_of
from shishi.apps.ledger.intake import CODE_LENGTHS, BatchLookups, HandIn, WorkbookRefused, tree_for, type_rows
from shishi.apps.ledger.mappings import mappings_of, named_fields, remember
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.sealing import decode, key_of, seal
from shishi.apps.ledger.selectors import known, live, referring, revision_of
from shishi.apps.ledger.writing import lock, void_rows, write_batch
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.checking import check_sheet
from shishi.core.divisions import COUNTRY, covers
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Change, Incoming, Mode, RevisionKind
from shishi.core.programmes import Programme
from shishi.core.provenance import Door
from shishi.core.tables import Table, Value
from shishi.core.values import CellFault, parse

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it. ``batch`` is empty on a dry run that would write."""

    batch: str
    status: str
    rows: int
    posted: int = 0
    revised: int = 0
    withdrawn: int = 0
    notes: tuple[str, ...] = ()
    changes: tuple[Change, ...] = field(default=(), repr=False)
    understood: Understood | None = field(default=None, repr=False)


def receive_workbook(hand_in: HandIn, *, by: Person, at: datetime, progress: Progress | None = None) -> Received:
    """Accept a workbook whole or refuse it whole (``Refused`` with every fault in its cell). Idempotent by content."""
    table = hand_in.table
    _require_hand_in(hand_in, by, at)
    content = hand_in.path.read_bytes()
    said = named_fields(table, hand_in.corrected)
    before = {item.header: item.field for item in mappings_of(by, table) if item.header not in said}
    sheetful = read_workbook(hand_in.path, table, before | said, before)
    tree = tree_for(hand_in.programme, table, hand_in.division, sheetful)
    lookups = BatchLookups(hand_in.as_of, tree, tables())
    cipher = key_ring()
    rows, issues = type_rows(table, sheetful, lookups, cipher)
    issues += [*sheetful.issues, *check_sheet(table, ((row.values, row.place) for row in rows))]
    if not rows and hand_in.mode is Mode.MERGE:
        message = "表里没有数据行。没有变化请用 shishi ledger no-change 报“无变化”。"
        issues.append(Issue(code="no_rows", message=message))
    with transaction.atomic():
        lock()
        outcome = compare(hand_in, rows, tree=tree, by=by, at=at, cipher=cipher)
        issues += outcome.issues
        if issues:
            told = _sorted(issues)
            raise WorkbookRefused(f"{hand_in.path.name} 有 {len(told)} 处问题，未写入。", told, sheetful.understood)
        if not hand_in.dry_run:
            remember(table, said, by=by, at=at)
        repeated = None if outcome.changes else _same_content(hand_in, content)
        if repeated:
            return Received(
                str(repeated.pk), "unchanged", len(rows), notes=_notes(sheetful), understood=sheetful.understood
            )
        if hand_in.dry_run:
            transaction.set_rollback(True)
            return _received(outcome, "", len(rows), sheetful)
        batch = _write(hand_in, outcome, content, len(rows), by, at, progress)
        return _received(outcome, str(batch.pk), len(rows), sheetful)


def _notes(sheetful: Sheetful) -> tuple[str, ...]:
    hidden = (f"隐藏的 {sheetful.hidden_rows} 行也已读入。",) if sheetful.hidden_rows else ()
    return (*sheetful.skipped, *hidden)


def _received(outcome: Comparison, batch: str, rows: int, sheetful: Sheetful) -> Received:
    counts = outcome.counts
    status = "accepted" if outcome.changes else "unchanged"
    return Received(
        batch=batch,
        status=status,
        rows=rows,
        posted=counts[RevisionKind.POSTED],
        revised=counts[RevisionKind.REVISED],
        withdrawn=counts[RevisionKind.WITHDRAWN],
        notes=_notes(sheetful),
        changes=outcome.changes,
        understood=sheetful.understood,
    )


def _write(
    hand_in: HandIn,
    outcome: Comparison,
    content: bytes,
    rows: int,
    by: Person,
    at: datetime,
    progress: Progress | None,
) -> Batch:
    kept = keep(content, at)
    counts = outcome.counts
    batch = Batch(
        table=hand_in.table.name,
        as_of=hand_in.as_of,
        mode=hand_in.mode,
        division=hand_in.division,
        status="accepted" if outcome.changes else "unchanged",
        door=Door.WORKBOOK,
        file_name=hand_in.path.name[:255],
        sha256=kept.sha256,
        rows=rows,
        posted=counts[RevisionKind.POSTED],
        revised=counts[RevisionKind.REVISED],
        withdrawn=counts[RevisionKind.WITHDRAWN],
        person=by.username,
        table_version=hand_in.table.version,
    )
    return write_batch(
        batch,
        hand_in.table,
        outcome.changes,
        by=by,
        at=at,
        place=outcome.place,
        receipts=outcome.reporting,
        progress=progress,
    )


def _require_hand_in(hand_in: HandIn, by: Person, at: datetime) -> None:
    today = day_of(at)
    _require_past(hand_in.as_of, at)
    if hand_in.mode is Mode.REPLACE and not hand_in.division:
        raise Misuse("division_missing", "整表替换（replace）要用 --division 写明替换哪个行政区划的数据。")
    own = [
        reach for reach in reaches(by, Action.HAND_IN, today) if reach.holds(reach.divisions[0], hand_in.programme.name)
    ]
    if not own:
        raise Misuse(
            "out_of_reach",
            f"{by} 没有报送“{hand_in.table.title}”的权限。请由有权限的人员报送，或用 shishi post add 授权。",
        )
    if hand_in.division:
        require(by, Action.HAND_IN, hand_in.division, hand_in.programme.name, today)


def _same_content(hand_in: HandIn, content: bytes) -> Batch | None:
    import hashlib

    return (
        Batch.objects.filter(
            table=hand_in.table.name,
            sha256=hashlib.sha256(content).hexdigest(),
            as_of=hand_in.as_of,
            mode=hand_in.mode,
            division=hand_in.division,
            undone_by__isnull=True,
        )
        .order_by("-recorded_at")
        .first()
    )


def _sorted(issues: Sequence[Issue]) -> list[Issue]:
    """In the order of the sheet. A cell that could not be read is not called empty as well."""
    unread = {(item.sheet, item.row, item.field) for item in issues if item.code != "required"}
    told = [item for item in issues if item.code != "required" or (item.sheet, item.row, item.field) not in unread]
    return sorted(told, key=lambda item: (item.sheet, item.row or 0, len(item.column), item.column, item.code))


@transaction.atomic
def report_no_change(
    programme: Programme, table: Table, *, division: str, as_of: date, units: Sequence[str], by: Person, at: datetime
) -> Batch:
    """One click: nothing changed up to ``as_of``. Meets the due like an unchanged
    file; saying it twice changes nothing."""
    require(by, Action.HAND_IN, division, programme.name, day_of(at))
    _require_past(as_of, at)
    said = Batch.objects.filter(
        table=table.name, as_of=as_of, division=division, status="unchanged", door=Door.FORM, undone_by__isnull=True
    ).first()
    if said:
        return said
    batch = Batch(
        table=table.name,
        as_of=as_of,
        mode=Mode.MERGE,
        division=division,
        status="unchanged",
        door=Door.FORM,
        person=by.username,
        table_version=table.version,
    )
    return write_batch(batch, table, (), by=by, at=at, receipts=[unit for unit in units if covers(division, unit)])


@transaction.atomic
def undo_batch(batch: Batch, table: Table, *, reason: str, by: Person, at: datetime) -> Batch:
    """Void everything that a batch wrote, by a new batch that says so. Undoing twice returns the first undoing."""
    lock()
    if hasattr(batch, "undone_by"):
        return batch.undone_by
    if not reason.strip():
        raise Misuse("reason_missing", "撤销批次要写明原因：加 --reason。")
    if batch.undoes_id:
        message = "这个批次本身就是撤销，不能再撤销。要恢复原来的数据，请把那份工作簿重新报送。"
        raise Misuse("batch_undoes_another", message)
    rows = list(RevisionRow.objects.filter(batch=batch).order_by("sequence"))
    _require_rows(by, Action.HAND_IN, table, rows, at)
    # A batch without rows says "no change": it is the reporting of its divisions that would be undone.
    for division in {batch.division, *batch.receipts.values_list("division", flat=True)} - {""}:
        require(by, Action.HAND_IN, division, table.name.rsplit("/", 1)[0], day_of(at))
    issues = _referred(table, [row for row in rows if row.kind == RevisionKind.POSTED], batch.as_of)
    if issues:
        raise Refused("rows_referred_to", "这个批次的行还被别的台账引用，不能撤销。", issues)
    _require_free_keys(table, rows)
    undoing = Batch(
        table=batch.table,
        as_of=batch.as_of,
        mode=batch.mode,
        division=batch.division,
        status="undoing",
        door=Door.FORM,
        rows=len(rows),
        person=by.username,
        undoes=batch,
        reason=reason,
        table_version=batch.table_version,
    )
    return void_rows(undoing, table, rows, by=by, at=at)


def _require_free_keys(table: Table, rows: Sequence[RevisionRow]) -> None:
    """Undoing a corrected key gives the old key back: nobody else may have taken it meanwhile."""
    for row in rows:
        if row.kind == RevisionKind.REVISED:
            old = known(table.name, None).filter(entry=row.entry).exclude(key=row.key).values_list("key", flat=True)
            if known(table.name, None).filter(key__in=list(old)).exclude(entry=row.entry).exists():
                raise Refused("key_taken", f"“{row.key}”原来的主键已属于另一行，不能撤销。请先处理那一行。")


def _referred(table: Table, rows: Sequence[RevisionRow], on: date) -> list[Issue]:
    found = referring({row.entry for row in rows}, on)
    told = {row.entry: row.key for row in rows}
    return [
        Issue(
            code="row_referred_to",
            message=f"“{told[entry]}”还被台账 {'、'.join(sorted({row.table for row in holders}))} 的行引用。请先处理那些行。",
            field=table.key[0],
        )
        for entry, holders in found.items()
    ]


def _require_rows(by: Person, action: Action, table: Table, rows: Sequence[RevisionRow], at: datetime) -> None:
    programme = table.name.rsplit("/", 1)[0]
    for division in {row.division or COUNTRY for row in rows}:
        require(by, action, division, programme, day_of(at))


def _require_past(as_of: date, at: datetime) -> None:
    if as_of > day_of(at):
        message = f"截至日 {as_of} 晚于今天（{day_of(at)}）。请改为已经过去的日子。"
        raise Misuse("as_of_in_future", message)


def _key_values(table: Table, words: dict[str, str], as_of: date) -> dict[str, Value]:
    """The typed values of a key as people write it; ``Misuse`` (key_malformed) with the way out."""
    titles = "、".join(f"{table.by_name[name].title}（{name}）" for name in table.key)
    if not words or set(words) - set(table.key):
        raise Misuse("key_malformed", f"“{table.title}”的主键是{titles}，请写成 字段=值。")
    codes = [word for word in words.values() if word.isdigit() and len(word) in CODE_LENGTHS]
    lookups = BatchLookups(as_of, load_tree(codes=codes), tables())
    try:
        found = {name: parse(table.by_name[name], word, lookups) for name, word in words.items()}
    except CellFault as fault:
        raise Misuse("key_malformed", f"主键写得不对：{fault.message}") from fault
    if None in found.values():
        raise Misuse("key_malformed", f"主键不能为空。“{table.title}”的主键是{titles}。")
    return found


def _one_row(table: Table, key: dict[str, str], as_of: date, by: Person, at: datetime) -> RevisionRow:
    """The row of that key; one out of the person's reach is as unknown as one that is not there."""
    held = key_of(table, _key_values(table, key, as_of), key_ring())
    row = live(table.name, as_of).filter(key=held).first()
    programme = table.name.rsplit("/", 1)[0]
    if row is None or not may(by, Action.HAND_IN, row.division or COUNTRY, programme, day_of(at)):
        raise Misuse("unknown_row", f"截至 {as_of}，台账“{table.title}”没有主键为 {'、'.join(key.values())} 的行。")
    return row


def _single(
    table: Table, change: Change, row: RevisionRow, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    batch = Batch(
        table=table.name,
        as_of=as_of,
        mode=Mode.MERGE,
        status="accepted",
        door=Door.FORM,
        rows=1,
        revised=int(change.kind is RevisionKind.REVISED),
        withdrawn=int(change.kind is RevisionKind.WITHDRAWN),
        person=by.username,
        reason=reason,
        table_version=table.version,
    )
    return write_batch(batch, table, [change], by=by, at=at)


@transaction.atomic
def withdraw_row(table: Table, key: dict[str, str], *, as_of: date, reason: str, by: Person, at: datetime) -> Batch:
    """End one row from its day on. ``Refused`` (rows_referred_to) while live rows of other tables refer to it."""
    lock()
    _require_past(as_of, at)
    row = _one_row(table, key, as_of, by, at)
    issues = _referred(table, [row], as_of)
    if issues:
        raise Refused("rows_referred_to", issues[0].message, issues)
    change = Change(RevisionKind.WITHDRAWN, row.key, {}, held_of(row), Incoming(row.key, {}, explanation=reason))
    return _single(table, change, row, as_of, reason, by, at)


@transaction.atomic
def correct_key(
    table: Table, key: dict[str, str], new: dict[str, str], *, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    """Correct a key: a revision of the same entry, so relations, evidence and notices stay with it."""
    lock()
    _require_past(as_of, at)
    row = _one_row(table, key, as_of, by, at)
    if known(table.name, None).filter(entry=row.entry, effective_on__gt=as_of).exists():
        raise Refused("row_revised_later", f"这一行在 {as_of} 之后还有更新。请从最近一次更新的那天起更正主键。")
    values = _key_values(table, new, as_of)
    cells = {**decode(row.cells), **seal(table, values, key_ring())}
    wanted = key_of(table, {**revision_of(row, table).values, **values}, key_ring())
    others = known(table.name, None).filter(key=wanted).exclude(entry=row.entry)
    if live(table.name, as_of).filter(key=wanted).exists() or others.filter(effective_on__gt=as_of).exists():
        raise Refused("key_taken", f"主键 {'、'.join(new.values())} 已属于另一行。请核对后再改。")
    change = Change(RevisionKind.REVISED, wanted, cells, held_of(row), Incoming(wanted, cells, explanation=reason))
    return _single(table, change, row, as_of, reason, by, at)
