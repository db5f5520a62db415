"""Handing rows out: values of live rows for a workbook, sensitive ones masked unless a reason is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from shishi.adapters.spreadsheets.base import HandedOut
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, reaches, require
from shishi.apps.audit.services import record
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.identities import Handed, Identity, digest_of_key, lines_of
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import decode, opened
from shishi.apps.ledger.selectors import live, rows_for
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, normalise
from shishi.core.errors import Misuse
from shishi.core.programmes import Programme
from shishi.core.tables import FieldType, Table, Value
from shishi.core.values import shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: ``division`` a significant code or empty; ``reveal``: the reason for showing sensitive values."""

    programme: Programme
    table: Table
    tables: dict[str, Table]
    as_of: date
    division: str = ""
    reveal: str = ""
    known_at: datetime | None = None


def hand_out(wanted: Wanted, *, to: Person, at: datetime) -> Iterator[dict[str, Value]]:
    """Typed values row by row, references as the key of the referred row, sensitive values masked. With ``reveal`` they
    are plain and the reason is on the trail."""
    _require_reach(wanted, to, at)
    if wanted.reveal:
        _record_reveal(wanted, to, at)
    return (values for _, values in _rows(wanted, to, at))


def hand_out_to_return(wanted: Wanted, *, to: Person, at: datetime) -> tuple[list[dict[str, Value]], HandedOut]:
    """As :func:`hand_out`, with what lets each row be known again when the workbook comes back."""
    _require_reach(wanted, to, at)
    if wanted.reveal:
        _record_reveal(wanted, to, at)
    cipher, table = key_ring(), wanted.table.name
    rows: list[dict[str, Value]] = []
    explanations: list[str] = []
    identities: list[Identity] = []
    for row, values in _rows(wanted, to, at):
        rows.append(values)
        explanations.append(row.explanation)
        identities.append(Identity(row.entry, row.sequence, digest_of_key(table, row.key, cipher)))
    handed = Handed(table, wanted.as_of, wanted.division, to.username, at, tuple(identities))
    note = (
        f"带有截至 {wanted.as_of} 的 {len(rows)} 行：灰底的栏目已锁定，别的可以直接改；新增的行写在最后一行之下。"
        "要撤下某行，先撤销工作表保护（没有密码）再删，并以整表替换报送。"
    )
    return rows, HandedOut(lines_of(handed, cipher), explanations, note)


def _require_reach(wanted: Wanted, to: Person, at: datetime) -> None:
    """Where the person reaches nothing of what is asked, say so: an empty workbook would look like an empty ledger."""
    own = [
        code
        for reach in reaches(to, Action.READ, day_of(at))
        for code in reach.divisions
        if reach.holds(code, wanted.programme.name)
    ]
    asked = wanted.division
    if not any(not asked or covers(code, asked) or covers(asked, code) for code in own):
        message = (
            f"{to} 没有查看这里的“{wanted.table.title}”的权限。请换成自己的行政区划，或请人用 shishi post add 授权。"
        )
        raise Misuse("out_of_reach", message)


def _rows(wanted: Wanted, to: Person, at: datetime) -> Iterator[tuple[RevisionRow, dict[str, Value]]]:
    rows = rows_for(
        to,
        wanted.programme.name,
        wanted.table.name,
        wanted.as_of,
        on=day_of(at),
        known_at=wanted.known_at,
        division=wanted.division,
    )
    cipher = key_ring()
    referred = _keys_of_referred(wanted)
    for row in rows.iterator(chunk_size=2000):
        plain = opened(wanted.table, decode(row.cells), cipher)
        yield row, {name: _given(wanted, name, value, referred) for name, value in plain.items()}


def _given(wanted: Wanted, name: str, value: Value, referred: dict[str, dict[str, str]]) -> Value:
    item = wanted.table.by_name[name]
    if item.type is FieldType.REFERENCE:
        return referred[item.references].get(str(value), str(value))
    if item.sensitive and not wanted.reveal:
        return shown(item, value)
    return value


def _keys_of_referred(wanted: Wanted) -> dict[str, dict[str, str]]:
    names = {item.references for item in wanted.table.fields if item.type is FieldType.REFERENCE}
    found: dict[str, dict[str, str]] = {}
    for name in names:
        rows = live(name, wanted.as_of, wanted.known_at)
        key = wanted.tables[name].key
        found[name] = {str(row.entry): "/".join(str(row.cells.get(part, "")) for part in key) for row in rows}
    return found


@transaction.atomic
def _record_reveal(wanted: Wanted, to: Person, at: datetime) -> None:
    division = wanted.division or normalise(wanted.programme.division)
    require(to, Action.REVEAL, division, wanted.programme.name, day_of(at))
    record(
        at=at,
        person=to.username,
        body=body_of(to, day_of(at)),
        action="ledger.reveal",
        subject=f"table:{wanted.table.name}",
        detail={"reason": wanted.reveal, "division": wanted.division, "as_of": wanted.as_of.isoformat()},
    )
