"""Opening a case, by whoever may: once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import one_look, require
from shishi.apps.accounts.services import PARTNER, PUBLIC
from shishi.apps.cases.advancing import begin
from shishi.apps.cases.body_rules import find_rules
from shishi.apps.cases.clocks import set_case_clock
from shishi.apps.cases.definitions import process_named
from shishi.apps.cases.facts import checked, stored
from shishi.apps.cases.in_hand import InHand, Line, locked
from shishi.apps.cases.materials import list_materials
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.numbering import next_number
from shishi.apps.cases.parties import Applicant, identity_digest, phone_digest, require_applicant, sealed_contact
from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.cases import Standing
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse, Refused
from shishi.core.identifiers import mask
from shishi.core.processes import Process, Starter
from shishi.core.tables import FieldType, Value

DAY = timedelta(days=1)
CASES_A_DAY = 20
"""Applications and complaints together that one citizen sends in a day."""
CHANNELS = {"online": "网上", "window": "窗口", "hotline": "热线", "exchange": "交换", "api": "接口"}


def open_case(
    process: str,
    *,
    answers: Mapping[str, Value],
    applicant: Applicant,
    division: str,
    by: Person,
    at: datetime,
    once: str = "",
    item: str = "",
    channel: str = "online",
    programme: str = "",
    title: str = "",
    follows: UUID | None = None,
    before: Callable[[CaseRow], None] | None = None,
) -> CaseRow:
    """Open a case and let it enter its process: numbered, its materials listed, its first tasks waiting. ``answers``:
    typed values of the form that the process starts with. The same ``once`` of the same person is the same case.
    ``programme``: where the process is given to any. ``before``: what has to be there before its first verb runs.
    ``Misuse``: unknown_process, may_not_start, out_of_reach, programme_missing; ``Refused`` (answers_refused)."""
    wanted = process_named(process)
    require_applicant(applicant)
    place, promised = normalise(division), wanted.programme or programme
    _require_start(wanted, applicant, place, promised, by, channel, at)
    if held := _asked_before(key := f"{by.username}:{once}"[:200] if once else None):
        return held
    facts = _first_facts(wanted, answers, at)
    row = _new_row(wanted, applicant, place, promised, by, at)
    row.once, row.item, row.channel = key, item, channel
    row.title = (title.strip() or f"{wanted.title}（{_shown(applicant)}）")[:200]
    try:
        with transaction.atomic(), one_look():
            row.follows = locked(follows) if follows else None
            _enter(InHand(row, wanted, by, at, Standing()), facts, before)
    except IntegrityError:
        if (held := _asked_before(key)) is None:
            raise
        return held  # asked for twice at once, and the other one was faster
    return row


def _require_pace(by: Person, at: datetime) -> None:
    """``Refused`` (cases_too_many) for a citizen who sends more in a day than anybody has to."""
    if by.citizen and CaseRow.objects.filter(applicant=by, opened_at__gt=at - DAY).count() >= CASES_A_DAY:
        raise Refused(
            "cases_too_many", f"一天之内最多提交 {CASES_A_DAY} 件。请明天再来；着急的请到窗口，或打咨询电话。"
        )


def _first_facts(process: Process, answers: Mapping[str, Value], at: datetime) -> dict[str, object]:
    """What the form said with which a case begins."""
    form = process.starts.form
    return stored(process, form, checked(process, form, answers, at)) if form else {}


def _asked_before(key: str | None) -> CaseRow | None:
    return CaseRow.objects.filter(once=key).first() if key else None


def _enter(case: InHand, facts: dict[str, object], before: Callable[[CaseRow], None] | None) -> None:
    """It gets its number and enters its process."""
    row, at = case.row, case.at
    row.number = next_number(case.process.mark or "办", row.division, day_of(at).year)
    row.save(force_insert=True)
    row.facts = facts
    ruled, source = find_rules(row, case.process, at)
    facts = {**facts, **ruled}
    told = {
        "process": case.process.digest,
        "item": row.item,
        "channel": row.channel,
        "division": official(row.division),
        **source,
    }
    case.say(Line(CaseAction.SUBMIT, facts=facts, told=told))
    if not case.process.clocks.starts:
        row.clock_from = at
    if before:
        before(row)
    list_materials(case)
    begin(case)
    set_case_clock(case)
    case.lay_down()


def _shown(applicant: Applicant) -> str:
    """The name as lists and messages may say it: a person's is masked, a firm's is not."""
    name = applicant.name.strip()
    return name if applicant.kind == "legal" else mask(FieldType.TEXT, name)


def _require_start(
    process: Process, applicant: Applicant, division: str, programme: str, by: Person, channel: str, at: datetime
) -> None:
    """That this person may open such a case there."""
    if channel not in CHANNELS:
        raise Misuse("channel_unknown", f"来源渠道写其中之一：{'、'.join(CHANNELS)}。")
    if not programme:
        raise Misuse("programme_missing", f"流程“{process.title}”可用于各个项目，请写明是哪个重点项目的办件。")
    own = by.username == PUBLIC or (applicant.person is not None and applicant.person.pk == by.pk)
    across = by.username == PARTNER and channel == "exchange"
    starter = Starter.APPLICANT if own else Starter.EXCHANGE if across else Starter.OFFICIAL
    if starter not in process.starts.by:
        who = {"applicant": "申请人本人", "official": "工作人员", "exchange": "外单位", "service": "系统"}
        ways = "、".join(who[item.value] for item in process.starts.by)
        raise Misuse("may_not_start", f"“{process.title}”由{ways}发起，{who[starter.value]}不能发起。")
    if not own and not across:
        require(by, Action.HANDLE_CASES, division, programme, day_of(at))


def _new_row(
    process: Process, applicant: Applicant, division: str, programme: str, by: Person, at: datetime
) -> CaseRow:
    _require_pace(by, at)
    row = CaseRow(
        process=process.name,
        digest=process.digest,
        programme=programme,
        division=division,
        applicant=applicant.person,
        applicant_name=applicant.name.strip()[:80],
        applicant_kind=applicant.kind,
        applicant_digest=identity_digest(applicant),
        phone_digest=phone_digest(applicant.phone),
        opened_by=by.username,
        opened_at=at,
        last_at=at,
        demonstration=by.demonstration or is_demonstration(),
    )
    row.contact = sealed_contact(applicant, str(row.uuid))
    return row
