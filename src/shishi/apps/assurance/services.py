"""Giving rows a state. How evidence arrives and how a check is made is told in ``note``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.assurance.models import MarkRow
from shishi.apps.assurance.selectors import digest_of
from shishi.apps.audit.services import record
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.writing import claim, lock
from shishi.apps.programmes.selectors import lineage
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.statements import acceptance
from shishi.core.tables import Table

if TYPE_CHECKING:
    from shishi.apps.ledger.models import RevisionRow


_AT_ONCE = 800


@transaction.atomic
def mark_rows(
    table: Table,
    group: str,
    state: Basis,
    keys: Sequence[str],
    *,
    effective_on: date,
    note: str,
    by: Person,
    at: datetime,
) -> int:
    """Mark the group of each named row; returns how many. ``Misuse`` (unknown_group, unknown_row) before anything is
    written. Marks that already stand are not written again."""
    _require_group(table, group)
    lock()
    rows = _rows(table, keys, effective_on, by, at)
    return write_marks(table, group, state, rows, effective_on=effective_on, note=note, by=by, at=at)


def write_marks(
    table: Table,
    group: str,
    state: Basis,
    rows: Sequence[RevisionRow],
    *,
    effective_on: date,
    note: str,
    by: Person,
    at: datetime,
) -> int:
    """Mark the group of these rows in the caller's transaction, who has decided that it may be; returns how many. Marks
    that already stand are not written again."""
    claimed = claim(len(rows), at)
    standing = _standing(table, group, effective_on, [row.entry for row in rows])
    marks = [
        MarkRow(
            sequence=sequence,
            table=table.name,
            entry=row.entry,
            group=group,
            state=state,
            effective_on=effective_on,
            recorded_at=claimed.recorded_at,
            person=by.username,
            note=note,
        )
        for sequence, row in zip(count(claimed.first), rows, strict=False)
        if not _stands(standing.get(row.entry), state, row, group)
    ]
    MarkRow.objects.bulk_create(marks, batch_size=500)
    if marks:
        _record(table, group, state, marks, by, claimed.recorded_at)
    return len(marks)


def _standing(table: Table, group: str, on: date, entries: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
    """Of each entry the last state that the group was given up to the day, and its sequence."""
    found: dict[UUID, tuple[str, int]] = {}
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        marks = MarkRow.objects.filter(table__in=lineage(table.name), group=group, effective_on__lte=on, entry__in=some)
        ordered = marks.order_by("effective_on", "sequence").values_list("entry", "state", "sequence")
        found |= {entry: (state, sequence) for entry, state, sequence in ordered}
    return found


def _stands(mark: tuple[str, int] | None, state: Basis, row: RevisionRow, group: str) -> bool:
    """Whether the row has this state already: a mark from before the group's last change has dropped."""
    return mark is not None and mark[0] == state and mark[1] > row.settled.get(group, 0)


def _require_group(table: Table, group: str) -> None:
    levels = table.statements.accepted_by if table.statements else ()
    given = {acceptance(level) for level in levels}
    if group not in table.groups or group in given:
        known = "、".join(name for name in table.groups if name not in given) or "无"
        raise Misuse("unknown_group", f"台账“{table.title}”没有名为“{group}”的佐证组。现有：{known}。")


def _rows(table: Table, keys: Sequence[str], on: date, by: Person, at: datetime) -> list[RevisionRow]:
    wanted = set(keys)
    rows = [row for row in live(table.name, on).order_by("key") if row.key in wanted]
    missing = wanted - {row.key for row in rows}
    if missing:
        raise Misuse("unknown_row", f"截至 {on} 没有主键为 {'、'.join(sorted(missing)[:5])} 的行。")
    for division in {row.division for row in rows}:
        require(by, Action.ASSURE, division, table.name.rsplit("/", 1)[0], day_of(at))
    return rows


def _record(table: Table, group: str, state: Basis, marks: Sequence[MarkRow], by: Person, at: datetime) -> None:
    digest = digest_of(marks)
    detail = {"group": group, "state": state, "rows": len(marks), "effective_on": marks[0].effective_on.isoformat()}
    body = body_of(by, day_of(at))
    subject = f"marks:{table.name}:{marks[0].sequence}-{marks[-1].sequence}"
    record(at=at, person=by.username, body=body, action="assurance.mark", subject=subject, digest=digest, detail=detail)
