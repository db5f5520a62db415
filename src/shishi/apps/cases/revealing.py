"""Showing what is masked of a case: to who may, for a reason, with a trace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.services import record
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.in_hand import unknown_case
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.parties import opened_contact
from shishi.apps.cases.reach import within_reach
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.sealing import decode, opened
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.values import shown

APPLICANT = {"applicant.name": "申请人", "applicant.phone": "联系电话", "applicant.number": "证件号码"}
"""What of the applicant is masked, beside the facts of forms."""


@transaction.atomic
def reveal(case: UUID, what: str, *, reason: str, by: Person, at: datetime) -> str:
    """The plain text of a masked fact (``form.field``) or of one of :data:`APPLICANT`. ``Misuse``: unknown_case,
    reveal_reason_missing, unknown_fact, not_allowed."""
    row = CaseRow.objects.filter(within_reach(by, day_of(at)), uuid=case).first()
    if row is None:
        raise unknown_case(str(case))
    if not reason.strip():
        raise Misuse("reveal_reason_missing", "请写明为什么要看，它会记入审计。")
    require(by, Action.REVEAL, row.division, row.programme, day_of(at))
    text = _plain(row, what)
    told = {"reason": reason.strip(), "fact": what, "number": row.number}
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action="case.reveal", subject=f"case:{row.uuid}", detail=told)
    return text


def _plain(row: CaseRow, what: str) -> str:
    if what == "applicant.name":
        return row.applicant_name
    if what in APPLICANT:
        return opened_contact(row, what.partition(".")[2])
    process, cells = process_of(row), decode(row.facts)
    fact = what.rpartition("/")[2]
    if what not in cells or fact not in process.facts.by_name:
        raise Misuse("unknown_fact", "这件办件没有这一项内容。请刷新页面再试。")
    value = opened(process.facts, {fact: cells[what]}, key_ring()).get(fact)
    return shown(process.facts.by_name[fact], value, masked=False)
