"""Work lists as workbooks: taken along where there is no network, filled in, and handed in whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import transaction

from shishi.adapters.spreadsheets.lists import ListRow, read_list
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.assurance.drawn_rows import work_list
from shishi.apps.assurance.verification_checks import Found, record_check
from shishi.apps.audit.services import record
from shishi.apps.files.services import keep
from shishi.core.calendars import day_of
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.programmes import Programme
from shishi.core.tables import Choice, Field, FieldType, Table, Values
from shishi.core.verification import Verdict

CHECKS = Table(
    "shishi/checks",
    "核实清单",
    1,
    (
        Field("number", "编号", FieldType.INTEGER, required=True, locked=True, note="抽中行的编号，不要改。"),
        Field("place", "单位", FieldType.TEXT, locked=True),
        Field("key", "台账主键", FieldType.TEXT, max_length=300, locked=True),
        Field(
            "verdict",
            "结果",
            FieldType.ENUMERATION,
            values=tuple(Choice(item.value, item.label) for item in Verdict),
            note="没有去看的留空。",
        ),
        Field("reason", "不属实的原因", FieldType.ENUMERATION, note="填“不属实”时必填。"),
        Field("reported", "填报的数额", FieldType.TEXT, locked=True, note="核行数的方案没有。"),
        Field("amount", "核得的数额", FieldType.TEXT, note="核数额的方案，填“不属实”时必填，没有就填 0。"),
        Field("visited_on", "到现场日期", FieldType.DATE),
        Field("text", "说明", FieldType.TEXT, max_length=1000),
    ),
    ("number",),
    "place",
)
"""The columns; the reasons are those of the programme."""
_AT_FAULT = {
    "reason_missing": "reason",
    "reason_not_needed": "reason",
    "unknown_reason": "reason",
    "visit_out_of_range": "visited_on",
    "amount_missing": "amount",
    "amount_not_needed": "amount",
    "amount_as_reported": "amount",
    "amount_malformed": "amount",
}
"""At which cell a refusal belongs; anything else at the row's number."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of a filled list: results recorded, rows left empty, what was passed over."""

    recorded: int
    empty: int
    notes: tuple[str, ...]


def write_work_list(
    person: Person, verification: int, programme: Programme, path: Path, *, at: datetime, demonstration: bool = False
) -> int:
    """Write what waits for the person in one plan; returns how many rows. Names no more of a row than its key."""
    rows = work_list(person, at=at, verification=verification)
    filled: list[Values] = [
        {
            "number": row.id,
            "place": row.stratum,
            "key": row.key,
            "reported": None if row.reported is None else f"{row.reported:f}",
        }
        for row in rows
    ]
    write_template(_table(programme), path, rows=filled, demonstration=demonstration)
    return len(rows)


@transaction.atomic
def record_work_list(path: Path, programme: Programme, *, by: Person, at: datetime) -> Handed:
    """Record every result of a filled list, all or none; the same list again changes nothing. ``Refused``
    (results_refused) with an issue at each faulty cell."""
    found = read_list(path, _table(programme))
    issues, recorded, empty = list(found.issues), 0, 0
    for row in found.rows:
        if row.values["verdict"] is None:
            empty += 1
            continue
        try:
            recorded += _record(row, by, at)
        except Misuse as wrong:
            field = _AT_FAULT.get(wrong.code, "number")
            issues.append(row.issue(field, wrong.code, wrong.message))
    if issues:
        message = f"有 {len(issues)} 处要改，一行结果也没有记。请改好后整份再交。"
        raise Refused("results_refused", message, sorted(issues, key=_place))
    if recorded:
        held = keep(path.read_bytes(), at).sha256
        detail = {"file": path.name[:255], "sha256": held, "results": recorded}
        body = body_of(by, day_of(at))
        record(at=at, person=by.username, body=body, action="verification.list", subject=f"file:{held}", detail=detail)
    return Handed(recorded, empty, found.notes)


def _record(row: ListRow, by: Person, at: datetime) -> int:
    visited = row.values["visited_on"]
    if not isinstance(visited, date):
        raise Misuse("visit_out_of_range", "填了结果的要填到现场的日期。")
    amount = amount_of(row.text("amount"))
    found = Found(Verdict(row.text("verdict")), visited, row.text("reason"), row.text("text"), amount)
    record_check(int(row.text("number")), found, by=by, at=at)
    return 1


def amount_of(text: str) -> Decimal | None:
    """A typed amount; ``None`` for nothing. ``Misuse`` (amount_malformed)."""
    try:
        return Decimal(text.replace(",", "").replace("，", "").strip()) if text.strip() else None
    except InvalidOperation as wrong:
        raise Misuse("amount_malformed", f"核得的数额要写数字，不能是“{text[:40]}”。") from wrong


def _table(programme: Programme) -> Table:
    reasons = tuple(Choice(item.code, item.title) for item in programme.verification.reasons)
    known: Mapping[str, tuple[Choice, ...]] = {"reason": reasons}
    fields = tuple(replace(item, values=known.get(item.name, item.values)) for item in CHECKS.fields)
    return replace(CHECKS, fields=fields)


def _place(issue: Issue) -> tuple[str, int, int, str]:
    return issue.sheet, issue.row or 0, len(issue.column), issue.column
