"""Single rows: withdraw one, restore an earlier state, correct its key, hold what a service knows, reveal a cell. Each
write is a batch of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may, require
from shishi.apps.audit.services import record
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.comparing import held_of
from shishi.apps.ledger.intake import CODE_LENGTHS, BatchLookups
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.period_checks import require_open_period
from shishi.apps.ledger.sealing import decode, key_of, opened, seal, typed
from shishi.apps.ledger.selectors import known, live, revision_of, states
from shishi.apps.ledger.services import require_past, still_referred
from shishi.apps.ledger.writing import lock, write_batch
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.checking import Place, RowContext, check_row
from shishi.core.divisions import COUNTRY, normalise
from shishi.core.errors import Misuse, Refused
from shishi.core.evaluation import Moments
from shishi.core.ledger import Change, Incoming, Mode, RevisionKind
from shishi.core.provenance import Door
from shishi.core.tables import Table, Value
from shishi.core.values import CellFault, parse, shown


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
    if table.approval:
        require(by, Action.APPROVE_ROWS, row.division or COUNTRY, programme, day_of(at))
    require_open_period(table, [row], at)
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
    require_past(as_of, at)
    row = _one_row(table, key, as_of, by, at)
    issues = still_referred(table, [row], as_of)
    if issues:
        raise Refused("rows_referred_to", issues[0].message, issues)
    change = Change(RevisionKind.WITHDRAWN, row.key, {}, held_of(row), Incoming(row.key, {}, explanation=reason))
    return _single(table, change, row, as_of, reason, by, at)


def _entry(table: Table, entry: UUID, sequence: int, as_of: date, by: Person, at: datetime) -> RevisionRow:
    """The row as it stands on the day, live or not, if it is still as it was seen. ``Misuse`` (unknown_row);
    ``Refused`` (changed_since)."""
    row = states(table.name, as_of, entries=[entry]).first()
    programme = table.name.rsplit("/", 1)[0]
    if row is None or not may(by, Action.HAND_IN, row.division or COUNTRY, programme, day_of(at)):
        raise Misuse("unknown_row", f"截至 {as_of}，没有这一行，或您不能改它。请从台账里找。")
    if table.by_service:
        raise Misuse("table_by_service", f"“{table.title}”由平台自己记录，不能在这里改。")
    if row.sequence != sequence:
        raise Refused("changed_since", "您打开之后，这一行被别人改过，没有写入。请看过现在的样子再决定。")
    if table.approval:
        require(by, Action.APPROVE_ROWS, row.division or COUNTRY, programme, day_of(at))
    require_open_period(table, [row], at)
    return row


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Misuse("reason_missing", "请写明原因，它会留在版本里。")


@transaction.atomic
def withdraw_entry(
    table: Table, entry: UUID, sequence: int, *, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    """As :func:`withdraw_row`, of a row that was seen in the state ``sequence``."""
    lock()
    require_past(as_of, at)
    _require_reason(reason)
    row = _entry(table, entry, sequence, as_of, by, at)
    if row.kind == RevisionKind.WITHDRAWN:
        return row.batch
    issues = still_referred(table, [row], as_of)
    if issues:
        raise Refused("rows_referred_to", issues[0].message, issues)
    change = Change(RevisionKind.WITHDRAWN, row.key, {}, held_of(row), Incoming(row.key, {}, explanation=reason))
    return _single(table, change, row, as_of, reason, by, at)


@transaction.atomic
def restore_row(
    table: Table, entry: UUID, sequence: int, to: int, *, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    """Make a row again what it was in the state ``to``, by a new revision that says so; ``sequence`` is the state that
    was seen. ``Refused``: changed_since, key_differs, the table's own checks. What is so already changes nothing."""
    lock()
    require_past(as_of, at)
    _require_reason(reason)
    row = _entry(table, entry, sequence, as_of, by, at)
    earlier = RevisionRow.objects.filter(entry=entry, sequence=to).exclude(cells={}).first()
    if earlier is None:
        raise Misuse("unknown_version", "没有这个版本，或它没有内容可以恢复。")
    there = row.kind != RevisionKind.WITHDRAWN
    if there and row.cells == earlier.cells:
        return row.batch
    if row.key != earlier.key:
        raise Refused("key_differs", "那个版本的主键与现在不同，不能直接恢复。请先更正主键。")
    cells = {name: cell for name, cell in decode(earlier.cells).items() if name in table.by_name}
    told = f"恢复到 {earlier.effective_on} 的版本（{to}）：{reason.strip()}"
    context = RowContext(Moments(as_of, None, None), Place(), told)
    issues = check_row(table, typed(table, cells), context)
    if issues:
        raise Refused("row_unfit", "那个版本现在通不过审核，没有恢复。", issues)
    held = held_of(row) if there else replace(held_of(row), cells={}, live=False)
    kind = RevisionKind.REVISED if there else RevisionKind.POSTED
    change = Change(kind, row.key, cells, held, Incoming(row.key, cells, explanation=told))
    return _single(table, change, row, as_of, told, by, at)


@transaction.atomic
def reveal_cell(table: Table, entry: UUID, name: str, *, reason: str, to: Person, at: datetime) -> str:
    """The plain value of one sensitive cell; the reason is on the trail."""
    _require_reason(reason)
    row = states(table.name, day_of(at), entries=[entry]).first()
    programme = table.name.rsplit("/", 1)[0]
    if (
        row is None
        or name not in table.by_name
        or not may(to, Action.READ, row.division or COUNTRY, programme, day_of(at))
    ):
        raise Misuse("unknown_row", "没有这一行，或它不在您的权限范围内。")
    require(to, Action.REVEAL, row.division or COUNTRY, programme, day_of(at))
    told = {"reason": reason.strip(), "table": table.name, "field": name, "sequence": row.sequence}
    body = body_of(to, day_of(at))
    record(at=at, person=to.username, body=body, action="ledger.reveal", subject=f"row:{entry}", detail=told)
    value = opened(table, {name: decode(row.cells).get(name)}, key_ring()).get(name)
    return shown(table.by_name[name], value, masked=False)


@transaction.atomic
def correct_key(
    table: Table, key: dict[str, str], new: dict[str, str], *, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    """Correct a key: a revision of the same entry, so relations, evidence and notices stay with it."""
    lock()
    require_past(as_of, at)
    return _rekeyed(table, _one_row(table, key, as_of, by, at), new, as_of=as_of, reason=reason, by=by, at=at)


@transaction.atomic
def correct_key_of(
    table: Table,
    entry: UUID,
    sequence: int,
    new: dict[str, str],
    *,
    as_of: date,
    reason: str,
    by: Person,
    at: datetime,
) -> Batch:
    """As :func:`correct_key`, of a row that was seen in the state ``sequence``; ``new``: the parts of the key that
    change, as people write them. ``Misuse`` (reason_missing, row_withdrawn); ``Refused`` (changed_since)."""
    lock()
    require_past(as_of, at)
    _require_reason(reason)
    row = _entry(table, entry, sequence, as_of, by, at)
    if row.kind == RevisionKind.WITHDRAWN:
        raise Misuse("row_withdrawn", "这一行已撤下。请先恢复，再更正主键。")
    return _rekeyed(table, row, new, as_of=as_of, reason=reason.strip(), by=by, at=at)


def _rekeyed(
    table: Table, row: RevisionRow, new: dict[str, str], *, as_of: date, reason: str, by: Person, at: datetime
) -> Batch:
    if known(table.name, None).filter(entry=row.entry, effective_on__gt=as_of).exists():
        raise Refused("row_revised_later", f"这一行在 {as_of} 之后还有更新。请从最近一次更新的那天起更正主键。")
    values = _key_values(table, new, as_of)
    if table.division_field in values:
        there = normalise(str(values[table.division_field]))
        require(by, Action.HAND_IN, there, table.name.rsplit("/", 1)[0], day_of(at))
    cells = {**decode(row.cells), **seal(table, values, key_ring())}
    wanted = key_of(table, {**revision_of(row, table).values, **values}, key_ring())
    if wanted == row.key:
        raise Refused("key_unchanged", "写的就是现在的主键，没有要更正的。")
    others = known(table.name, None).filter(key=wanted).exclude(entry=row.entry)
    if live(table.name, as_of).filter(key=wanted).exists() or others.filter(effective_on__gt=as_of).exists():
        raise Refused("key_taken", f"主键 {'、'.join(new.values())} 已属于另一行。请核对后再改。")
    change = Change(RevisionKind.REVISED, wanted, cells, held_of(row), Incoming(wanted, cells, explanation=reason))
    return _single(table, change, row, as_of, reason, by, at)


@transaction.atomic
def held_values(table: Table, values: dict[str, Value], as_of: date) -> dict[str, Value]:
    """What the row of that key holds on the day, typed and opened, for a service that says a part of it anew; nothing
    when there is none."""
    ring = key_ring()
    row = live(table.name, as_of).filter(key=key_of(table, values, ring)).first()
    return opened(table, decode(row.cells), ring) if row is not None else {}


@transaction.atomic
def hold_row(
    table: Table,
    values: dict[str, Value],
    *,
    as_of: date,
    by: Person,
    at: datetime,
    door: Door = Door.SERVICE,
    reason: str = "",
) -> str:
    """What a service of the platform knows, as the row of its key: ``accepted`` (there was none), ``revised`` or
    ``unchanged``. ``values`` are typed, divisions official codes; the caller has decided that it may be written. A case
    leaves fields that it does not name as they are. ``reason``: what made the service write it."""
    lock()
    require_past(as_of, at)
    ring = key_ring()
    key = key_of(table, values, ring)
    row = live(table.name, as_of).filter(key=key).first()
    kept = {name: value for name, value in values.items() if value is not None}
    before = opened(table, decode(row.cells), ring) if row is not None else {}
    if door is Door.CASE:
        kept = {**{name: value for name, value in before.items() if value is not None}, **kept}
    if row is not None and before == kept:
        return "unchanged"
    _post(table, key, row, kept, door, reason, as_of, by, at)
    return "revised" if row else "accepted"


def _post(
    table: Table,
    key: str,
    row: RevisionRow | None,
    kept: Mapping[str, Value],
    door: Door,
    reason: str,
    as_of: date,
    by: Person,
    at: datetime,
) -> None:
    kind = RevisionKind.REVISED if row else RevisionKind.POSTED
    cells = {name: cell for name, cell in seal(table, kept, key_ring()).items() if cell is not None}
    change = Change(kind, key, cells, held_of(row) if row else None, Incoming(key, cells))
    batch = Batch(
        table=table.name,
        as_of=as_of,
        mode=Mode.MERGE,
        status="accepted",
        door=door,
        rows=1,
        posted=int(row is None),
        revised=int(row is not None),
        person=by.username,
        reason=reason,
        table_version=table.version,
    )
    # A case that posts a row says nothing about the rest of its division's report.
    reported = [] if door is Door.CASE else [normalise(str(kept[table.division_field]))]
    write_batch(batch, table, [change], by=by, at=at, receipts=reported)
