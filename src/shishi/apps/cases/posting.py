"""The door of cases into the ledger: what a service knows is never typed again (DESIGN §5). And the other verbs that
cases bring themselves."""

from __future__ import annotations

from datetime import date

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.cases.verbs import Errand, Said
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.intake import BatchLookups
from shishi.apps.ledger.single_rows import held_values, hold_row
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import table_named, tables
from shishi.core.calendars import day_of
from shishi.core.checking import Place, RowContext, check_row
from shishi.core.divisions import official
from shishi.core.errors import Misuse, Refused
from shishi.core.evaluation import Moments
from shishi.core.provenance import Door
from shishi.core.tables import FieldType, Table, Value
from shishi.core.values import parse, shown

_WRITTEN = frozenset({FieldType.REFERENCE, FieldType.YES_NO, FieldType.INTEGER, FieldType.DATE, FieldType.MONEY})
_WORDS = {"accepted": "登记入", "revised": "更新", "unchanged": "核对（没有变化）"}


def post_to_ledger(errand: Errand) -> Said:
    """``ledger.post``: the row that the process names, with its key, as of today. The same again changes nothing, and a
    row that differs is revised. ``Refused`` (row_unfit) with the table's own faults."""
    if not errand.call.table:
        raise Misuse("table_missing", "流程没有写明登记到哪张台账。")
    _, table = table_named(errand.call.table)
    values = {name: fitting(table, name, value, day_of(errand.at)) for name, value in errand.cells.items()}
    if table.division_field and values.get(table.division_field) is None:
        values[table.division_field] = official(errand.division)
    whole = {**held_values(table, values, day_of(errand.at)), **{k: v for k, v in values.items() if v is not None}}
    issues = check_row(table, whole, RowContext(Moments(day_of(errand.at), None, None), Place()))
    if issues:
        raise Refused("row_unfit", f"登记台账“{table.title}”没有通过审核：{issues[0].message}", issues)
    by = errand.by or _opener(errand)
    reason = f"办件 {errand.number}（{errand.call.element}）"
    went = hold_row(table, values, as_of=day_of(errand.at), by=by, at=errand.at, door=Door.CASE, reason=reason)
    key = "、".join(shown(table.by_name[name], values.get(name)) for name in table.key)
    return Said(f"已{_WORDS[went]}台账“{table.title}”：{key}", {"posted": went})


def send_message(errand: Errand) -> Said:
    """``messages.send``: to the applicant, or to the user that ``to`` names; ``subject`` and ``text`` as the process
    has them, ``{number}`` and ``{title}`` filled in and nothing else."""
    to = errand.arguments.get("to")
    receiver = person_named(str(to)) if to else errand.applicant
    if receiver is None:
        return Said("申请人没有账号，未发消息，由经办人电话告知。")
    text = _filled(str(errand.arguments.get("text") or errand.title), errand)
    subject = _filled(str(errand.arguments.get("subject") or f"办件 {errand.number}"), errand)
    key = f"case.call:{errand.case}:{errand.token}"[:200]
    post_message(to=receiver, key=key, subject=subject, text=text, about=f"case:{errand.number}", at=errand.at)
    return Said(f"已通知{receiver.name}：{subject}")


def fitting(table: Table, name: str, value: Value, on: date) -> Value:
    """The value as the table's field has it; words of a process (``否``, the key of another row) are read as a cell is.
    ``Misuse`` (unknown_field) for a column that it has not."""
    item = table.by_name.get(name)
    if item is None:
        raise Misuse("unknown_field", f"台账“{table.title}”没有字段“{name}”。")
    if item.type is FieldType.DIVISION and isinstance(value, str):
        return official(value) if len(value) in (2, 4) else value
    if isinstance(value, str) and item.type in _WRITTEN:
        return parse(item, value, BatchLookups(on, load_tree(codes=[]), tables()))
    return value


def _opener(errand: Errand) -> Person:
    """Who answers for a row that no person's step posted: who opened the case."""
    return person_named(errand.opened_by)


def _filled(text: str, errand: Errand) -> str:
    return text.replace("{number}", errand.number).replace("{title}", errand.title)
