"""Writing the ledger: receive a workbook, say "no change", undo a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from django.db import transaction

from shishi.adapters.spreadsheets.base import Sheetful
from shishi.adapters.spreadsheets.reading import Workbook
from shishi.adapters.spreadsheets.understanding import Understood
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches, require
from shishi.apps.files.services import keep, key_ring
from shishi.apps.ledger.blocks import TypedRows
from shishi.apps.ledger.comparing import Comparison, compare
from shishi.apps.ledger.forms import Form
from shishi.apps.ledger.intake import SCANNED_AT_MOST, HandIn, Typing, WorkbookRefused, without_collecting
from shishi.apps.ledger.mappings import mappings_of, named_fields, remember
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.period_checks import period_issues, require_open_period
from shishi.apps.ledger.round_trips import Returned, disagreements, take_back
from shishi.apps.ledger.selectors import head as head_of
from shishi.apps.ledger.selectors import known, referring, revisions_of
from shishi.apps.ledger.standing import Standing
from shishi.apps.ledger.turns import turn
from shishi.apps.ledger.writing import lock, void_rows, write_batch
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, DivisionTree, covers
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Change, Mode, RevisionKind
from shishi.core.programmes import Programme
from shishi.core.provenance import Door
from shishi.core.tables import Table

Progress = Callable[[str, int, int], None]
"""Hears of the work: the stage in words, how much is done, of how much (0: not known)."""
Along = Callable[["Received"], None]
"""What is done in the same transaction as the hand-in, with the batch that it became."""

COMPARING, WRITING = "比较（行）", "写入（行）"
BYTES_OF_CELL, MANY_ROWS, TIMES_AS_MANY = 5, 5_000, 10


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
    weighed: Weighed | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """A workbook that was read and typed; nothing is compared yet. ``said``: header → field, as the person said.
    ``standing``: how the table stood at the sequence ``head``."""

    content: bytes
    said: dict[str, str]
    sheetful: Sheetful
    tree: DivisionTree
    rows: TypedRows
    issues: list[Issue]
    standing: Standing
    head: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a workbook would do. ``disagreements``: what somebody else changed since it was handed out; they refuse it
    unless a person overrides them."""

    read: Read
    outcome: Comparison
    returned: Returned
    disagreements: tuple[Issue, ...]


def receive_workbook(
    hand_in: HandIn, *, by: Person, at: datetime, progress: Progress | None = None, along: Along | None = None
) -> Received:
    """Accept a workbook whole or refuse it whole (``Refused`` with every fault in its cell). Idempotent by content.
    What ``along`` refuses is not written either; a dry run does not call it."""
    if hand_in.dry_run:
        return _receive(hand_in, by, at, progress)
    with turn(hand_in.table, hand_in.path.name, by=by, at=at, told=progress):
        return _receive(hand_in, by, at, progress, along)


@without_collecting()
def _receive(
    hand_in: HandIn, by: Person, at: datetime, progress: Progress | None, along: Along | None = None
) -> Received:
    table = hand_in.table
    read = read_in(hand_in, by=by, at=at, progress=progress)
    sheetful, many = read.sheetful, len(read.rows)
    with transaction.atomic():
        lock()
        weighed = weigh(hand_in, read, by=by, at=at, progress=progress)
        outcome = weighed.outcome
        if weighed.disagreements and not (hand_in.overwrite or hand_in.dry_run):
            raise refusal(hand_in, weighed.disagreements, sheetful)
        if hand_in.dry_run:
            transaction.set_rollback(True)
            return _received(outcome, "", many, weighed)
        if table.approval and outcome.changes:
            message = f"“{table.title}”的改动要先经第二个人审批。请用 shishi ledger propose 提请审批。"
            raise Misuse("approval_required", message)
        remember(table, read.said, by=by, at=at)
        repeated = None if outcome.changes else _same_content(hand_in, read.content)
        batch = repeated or write(hand_in, weighed, by=by, at=at, progress=progress)
        received = _received(outcome, str(batch.pk), many, weighed)
        if along:
            along(received)
        return received


@without_collecting()
def read_in(hand_in: HandIn, *, by: Person, at: datetime, progress: Progress | None = None) -> Read:
    """Read and type a workbook; needs no lock. ``Refused`` when it can't be read at all."""
    table = hand_in.table
    _require_hand_in(hand_in, by, at)
    content = hand_in.path.read_bytes()
    said = named_fields(table, hand_in.corrected)
    before = {item.header: item.field for item in mappings_of(by, table) if item.header not in said}
    typed_in = hand_in.door in (Door.FORM, Door.DEVICE)
    book = Form(hand_in.path) if typed_in else Workbook(hand_in.path, table, before | said, before, progress)
    standing, head = Standing(table.name, hand_in.as_of), head_of(table.name)
    rows = len(content) // (BYTES_OF_CELL * len(table.fields))
    with closing(Typing(hand_in, tables(), key_ring(), standing)) as typing:
        typing.expect(rows)
        for block in book.blocks(typing.look_ahead if _most_are_asked_for(table, rows) else None):
            typing.take(block)
        typing.finish()
    sheetful, issues = book.told(), typing.issues
    issues += sheetful.issues
    if not typing.rows and hand_in.mode is Mode.MERGE:
        message = "表里没有数据行。没有变化请用 shishi ledger no-change 报“无变化”。"
        issues.append(Issue(code="no_rows", message=message))
    return Read(content, said, sheetful, typing.tree, typing.rows, issues, standing, head)


def _most_are_asked_for(table: Table, rows: int) -> bool:
    """Whether there may be so many rows that the whole table is better read at once."""
    return rows >= MANY_ROWS and revisions_of(table.name) <= min(rows * TIMES_AS_MANY, SCANNED_AT_MOST)


def weigh(hand_in: HandIn, read: Read, *, by: Person, at: datetime, progress: Progress | None = None) -> Weighed:
    """Compare with what is held; call it under the ledger's lock. ``WorkbookRefused`` with every fault."""
    cipher = key_ring()
    if head_of(hand_in.table.name) != read.head:  # somebody wrote meanwhile: what was known of the table is not so now
        read = read_in(hand_in, by=by, at=at, progress=progress)
    handed = read.sheetful.handed
    returned = take_back(hand_in, list(read.rows), handed, cipher) if handed else Returned([])
    rows = returned.rows if handed else read.rows
    told = partial(progress, COMPARING) if progress else None
    outcome = compare(hand_in, rows, read.standing, tree=read.tree, by=by, at=at, cipher=cipher, told=told)
    issues = [*read.issues, *returned.issues, *outcome.issues, *period_issues(hand_in, outcome, at)]
    if issues:
        raise refusal(hand_in, issues, read.sheetful)
    return Weighed(read, outcome, returned, disagreements(hand_in.table, returned, outcome))


def refusal(hand_in: HandIn, issues: Sequence[Issue], sheetful: Sheetful) -> WorkbookRefused:
    """The error that sends the workbook back."""
    told = _sorted(issues)
    return WorkbookRefused(f"{hand_in.path.name} 有 {len(told)} 处问题，未写入。", told, sheetful.understood)


def _notes(weighed: Weighed) -> tuple[str, ...]:
    sheetful, kept = weighed.read.sheetful, weighed.returned.kept
    hidden = (f"隐藏的 {sheetful.hidden_rows} 行也已读入。",) if sheetful.hidden_rows else ()
    gone = {change.key for change in weighed.outcome.changes if change.kind is RevisionKind.WITHDRAWN}
    many = sum(item.key not in gone for item in kept)
    left = (
        (f"发出的行里有 {many} 行不在表里，保留不变（撤下要用整表替换，或 shishi ledger withdraw）。",) if many else ()
    )
    return (*sheetful.skipped, *hidden, *left)


def _received(outcome: Comparison, batch: str, rows: int, weighed: Weighed) -> Received:
    counts = outcome.counts
    status = "accepted" if outcome.changes else "unchanged"
    return Received(
        batch=batch,
        status=status,
        rows=rows,
        posted=counts[RevisionKind.POSTED],
        revised=counts[RevisionKind.REVISED],
        withdrawn=counts[RevisionKind.WITHDRAWN],
        notes=_notes(weighed),
        changes=outcome.changes,
        understood=weighed.read.sheetful.understood,
        weighed=weighed,
    )


def write(
    hand_in: HandIn,
    weighed: Weighed,
    *,
    by: Person,
    at: datetime,
    progress: Progress | None = None,
    approved_by: str = "",
) -> Batch:
    """Write the batch of ``by``, under the ledger's lock. ``approved_by``: who approved it, where that was asked."""
    outcome = weighed.outcome
    kept = keep(weighed.read.content, at)
    counts = outcome.counts
    batch = Batch(
        table=hand_in.table.name,
        as_of=hand_in.as_of,
        mode=hand_in.mode,
        division=hand_in.division,
        status="accepted" if outcome.changes else "unchanged",
        door=hand_in.door,
        file_name=hand_in.path.name[:255],
        sha256=kept.sha256,
        rows=len(weighed.read.rows),
        posted=counts[RevisionKind.POSTED],
        revised=counts[RevisionKind.REVISED],
        withdrawn=counts[RevisionKind.WITHDRAWN],
        person=by.username,
        approved_by=approved_by,
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
        progress=partial(progress, WRITING) if progress else None,
    )


def _require_hand_in(hand_in: HandIn, by: Person, at: datetime) -> None:
    today = day_of(at)
    require_past(hand_in.as_of, at)
    if hand_in.table.by_service:
        raise Misuse(
            "table_by_service", f"“{hand_in.table.title}”由平台自己记录，不收工作簿。可以查看、导出，不能报送。"
        )
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
    require_past(as_of, at)
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
    if table.approval:
        _require_rows(by, Action.APPROVE_ROWS, table, rows, at)
    require_open_period(table, rows, at)
    # A batch without rows says "no change": it is the reporting of its divisions that would be undone.
    for division in {batch.division, *batch.receipts.values_list("division", flat=True)} - {""}:
        require(by, Action.HAND_IN, division, table.name.rsplit("/", 1)[0], day_of(at))
    issues = still_referred(table, [row for row in rows if row.kind == RevisionKind.POSTED], batch.as_of)
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


def still_referred(table: Table, rows: Sequence[RevisionRow], on: date) -> list[Issue]:
    """``row_referred_to`` for each of the rows that rows of other tables refer to."""
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


def require_past(as_of: date, at: datetime) -> None:
    """``Misuse`` (as_of_in_future) for a day that has not come."""
    if as_of > day_of(at):
        message = f"截至日 {as_of} 晚于今天（{day_of(at)}）。请改为已经过去的日子。"
        raise Misuse("as_of_in_future", message)
