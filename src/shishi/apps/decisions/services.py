"""Writing joint decisions: the register, the opening, ballots on paper and online, objections, the closing.

Whatever is said is a new line; nothing is changed. A ballot counts as it was last given before the closing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from shishi.adapters.crypto.base import Cipher
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.decisions.models import BallotCode, DecisionLine, DecisionRow, HoldingRow
from shishi.apps.decisions.protocols import protocol_of
from shishi.apps.decisions.seen import (
    PURPOSE,
    DecisionView,
    decision_by_code,
    decision_for,
    digest_of_line,
    plain_code,
    protocol_digest,
    view_of,
)
from shishi.apps.decisions.terms import coefficients_of, threshold_of
from shishi.apps.files.services import keep
from shishi.core.calendars import day_of
from shishi.core.cost_sharing import Paying, share_cost
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.joint_decisions import Holding, HoldingKind, Stand, Way, require_register, tally, voters

DRAFTED, OPEN, CLOSED, CANCELLED = "drafted", "open", "closed", "cancelled"
LONGEST = 1000
_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What is asked of whom. ``rule``: shares and their ground, as texts; ``notice_days``: how many days lie between
    the notice and the closing at the least."""

    programme: str
    division: str
    title: str
    question: str
    rule: Mapping[str, str]
    notice_days: int = 15
    case: UUID | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """A home as it is registered; ``owners``: code → name."""

    unit: str
    floor: int
    area: Decimal
    owners: Mapping[str, str]
    kind: HoldingKind = HoldingKind.OWNED
    representative: str = ""

    @property
    def holding(self) -> Holding:
        """As the law counts it."""
        return Holding(self.unit, self.floor, self.area, tuple(self.owners), self.kind, self.representative)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a ballot: the paper that was signed."""

    name: str
    content: bytes


@transaction.atomic
def draft_decision(new: NewDecision, *, by: Person, at: datetime) -> DecisionView:
    """A question, not open yet. The same case gets one decision, however often it asks. ``Misuse``: ``out_of_reach``,
    ``threshold_malformed``, ``decision_wordless``."""
    one_at_a_time()
    division = normalise(new.division)
    require(by, Action.HANDLE_CASES, division, new.programme, day_of(at))
    threshold_of(new.rule)
    if not new.title.strip() or not new.question.strip():
        raise Misuse("decision_wordless", "请写明楼栋单元和表决的事项。")
    known = DecisionRow.objects.filter(case=new.case).first() if new.case else None
    if known is not None:
        return view_of(known, day_of(at))
    row = DecisionRow.objects.create(
        programme=new.programme,
        division=division,
        title=new.title.strip()[:120],
        question=new.question.strip()[:2000],
        rule=dict(new.rule),
        notice_days=max(0, new.notice_days),
        case=new.case,
        person=by.username,
        drafted_at=at,
    )
    _append(row, "drafted", by=by, at=at, text=row.question)
    return view_of(row, day_of(at))


@transaction.atomic
def set_register(uuid: UUID, homes: Sequence[Home], *, by: Person, at: datetime) -> DecisionView:
    """The whole register anew, before the vote opens. ``Refused``: ``register_unfit``; ``Misuse``:
    ``decision_step_impossible``."""
    row = _held(uuid, by, at, DRAFTED)
    require_register([home.holding for home in homes])
    before = view_of(row, day_of(at))
    if before.holdings == tuple(sorted((h.holding for h in homes), key=lambda h: (h.floor, h.unit))):
        return before
    newest = max(row.holdings.values_list("generation", flat=True), default=0)
    for home in homes:
        _hold(row, newest + 1, home, None)
    persons = voters([home.holding for home in homes])
    text = f"业主名册 {len(homes)} 户，{len(persons)} 人，{sum((h.area for h in homes), Decimal(0))} 平方米"
    _append(row, "register", by=by, at=at, text=text)
    return view_of(row, day_of(at))


@transaction.atomic
def transfer(uuid: UUID, home: Home, since: date, reason: str, *, by: Person, at: datetime) -> DecisionView:
    """A home changed hands, or got its representative, while the vote is open. What the one before said counts no
    more where the person who counts is another. ``Misuse``: ``unit_unknown``, ``reason_missing``."""
    row = _held(uuid, by, at, OPEN)
    view = view_of(row, day_of(at))
    if home.unit not in {holding.unit for holding in view.holdings}:
        raise Misuse("unit_unknown", f"名册上没有“{home.unit}”。")
    if not reason.strip() or since > day_of(at):
        raise Misuse("reason_missing", "请写明变更的依据；变更日期不能晚于今天。")
    others = [holding for holding in view.holdings if holding.unit != home.unit]
    require_register([*others, home.holding])
    newest = max(row.holdings.values_list("generation", flat=True), default=1)
    _hold(row, newest, home, since)
    _append(row, "transfer", by=by, at=at, text=f"{home.unit} 自 {since} 起变更：{reason.strip()}"[:LONGEST])
    return view_of(row, day_of(at))


@transaction.atomic
def set_terms(uuid: UUID, terms: Mapping[str, Any], *, by: Person, at: datetime) -> DecisionView:
    """What it costs and how it is shared. Everybody sees the whole table. ``Refused``: what ``share_cost`` refuses."""
    row = _held(uuid, by, at, DRAFTED, OPEN)
    told = {name: str(item) if isinstance(item, Decimal) else item for name, item in terms.items()}
    view = view_of(row, day_of(at))
    homes = [Paying(item.unit, item.floor, item.area) for item in view.holdings]
    given = {name: Decimal(str(told.get(name) or "0")) for name in ("cost", "subsidy", "investment")}
    if not homes:
        raise Misuse("register_empty", "请先登记业主名册，再算分摊。")
    table = share_cost(homes, coefficients=coefficients_of(told), **given)
    if told != row.terms:
        row.terms = told
        row.save(update_fields=["terms"])
        _append(
            row, "terms", by=by, at=at, text=f"总费用 {table.cost} 元，补助 {table.subsidy} 元，业主分摊 {table.net} 元"
        )
    return view_of(row, day_of(at))


@transaction.atomic
def open_decision(
    uuid: UUID, closes_on: date, *, cipher: Cipher, by: Person, at: datetime
) -> tuple[DecisionView, dict[str, str]]:
    """Open the vote until ``closes_on``; also gives each voter's code, told this once and never kept. ``Misuse``:
    ``notice_short``, ``decision_step_impossible``; ``Refused``: ``register_unfit``."""
    row = _held(uuid, by, at, DRAFTED)
    view = view_of(row, day_of(at))
    require_register(view.holdings)
    earliest = day_of(at) + timedelta(days=row.notice_days)
    if closes_on < earliest:
        message = f"公示和征求意见不少于 {row.notice_days} 天，表决最早 {earliest} 截止。"
        raise Misuse("notice_short", message)
    row.state, row.closes_on = OPEN, closes_on
    row.save(update_fields=["state", "closes_on"])
    codes = {voter: _code() for voter in voters(view.holdings)}
    BallotCode.objects.bulk_create(
        BallotCode(decision=row, voter=voter, digest=cipher.digest(plain_code(code), PURPOSE))
        for voter, code in codes.items()
    )
    _append(row, "opened", by=by, at=at, text=f"表决截止 {closes_on}")
    return view_of(row, day_of(at)), codes


@transaction.atomic
def cast(
    uuid: UUID, voter: str, stand: Stand, *, by: Person, at: datetime, text: str = "", evidence: Evidence | None = None
) -> DecisionView:
    """A ballot on paper, entered by an official with the paper that proves it. ``Misuse``: ``evidence_missing``,
    ``vote_over``; ``Refused``: ``voter_unknown``, ``voter_silent``."""
    row = _held(uuid, by, at, OPEN)
    if evidence is None and not text.strip():
        raise Misuse("evidence_missing", "书面票要附签名的表决票（照片或扫描件），或写明票存放在哪里。")
    return _cast(row, voter, stand, Way.PAPER, text, evidence, by, at)


@transaction.atomic
def cast_by_code(code: str, stand: Stand, *, cipher: Cipher, at: datetime) -> DecisionView:
    """A ballot online, by the owner with the code."""
    one_at_a_time()
    view, voter = decision_by_code(code, cipher, at=at)
    row = DecisionRow.objects.select_for_update().get(pk=view.row.pk)
    _require_state(row, OPEN)
    return _cast(row, voter, stand, Way.ONLINE, "", None, None, at)


def _cast(
    row: DecisionRow,
    voter: str,
    stand: Stand,
    way: Way,
    text: str,
    evidence: Evidence | None,
    by: Person | None,
    at: datetime,
) -> DecisionView:
    view = view_of(row, day_of(at))
    if row.closes_on is not None and day_of(at) > row.closes_on:
        raise Misuse("vote_over", f"表决已在 {row.closes_on} 截止，不能再投或再改。")
    tally(view.holdings, {voter: stand}, view.threshold)
    last = view.said.get(voter)
    kept = keep(evidence.content, at).sha256 if evidence else ""
    if last and (last.stand, last.way, last.text) == (stand, way.value, text.strip()) and not kept:
        return view
    name = evidence.name[:200] if evidence else ""
    said = {"voter": voter, "stand": stand.value, "way": way.value, "evidence": name, "evidence_sha256": kept}
    _append(row, "ballot", by=by, at=at, text=text.strip()[:LONGEST], **said)
    return view_of(row, day_of(at))


@transaction.atomic
def object_by_code(code: str, text: str, *, cipher: Cipher, at: datetime) -> DecisionView:
    """An owner objects."""
    one_at_a_time()
    view, voter = decision_by_code(code, cipher, at=at)
    return _object(view.row, text, voter, None, at)


@transaction.atomic
def object_(uuid: UUID, text: str, *, by: Person, at: datetime, voter: str = "") -> DecisionView:
    """An objection that came on paper or by word, written down by an official."""
    return _object(_held(uuid, by, at, OPEN, CLOSED), text, voter, by, at)


def _object(row: DecisionRow, text: str, voter: str, by: Person | None, at: datetime) -> DecisionView:
    _require_state(row, OPEN, CLOSED)
    if not text.strip():
        raise Misuse("objection_wordless", "请写明对什么有异议、为什么。")
    view = view_of(row, day_of(at))
    if any(line.voter == voter and line.text == text.strip() for line, _answers in view.objections):
        return view
    _append(row, "objection", by=by, at=at, voter=voter, text=text.strip()[:LONGEST])
    return view_of(row, day_of(at))


@transaction.atomic
def mediate(uuid: UUID, objection: int, text: str, *, by: Person, at: datetime, settled: bool = False) -> DecisionView:
    """What a mediation did about an objection; ``settled`` ends it. ``Misuse``: ``objection_unknown``."""
    row = _held(uuid, by, at, OPEN, CLOSED)
    view = view_of(row, day_of(at))
    found = next((pair for pair in view.objections if pair[0].position == objection), None)
    if found is None or any(answer.kind == "settled" for answer in found[1]):
        raise Misuse("objection_unknown", "没有这条异议，或它已经调解完了。")
    if not text.strip():
        raise Misuse("mediation_wordless", "请写明调解的经过和结果。")
    kind = "settled" if settled else "mediation"
    _append(row, kind, by=by, at=at, about=objection, text=text.strip()[:LONGEST])
    return view_of(row, day_of(at))


@transaction.atomic
def close_decision(uuid: UUID, *, by: Person, at: datetime) -> DecisionView:
    """Count, freeze the protocol and sign it with the name of who closes. After the last day, or earlier when everybody
    has spoken who can. Closed twice is closed once. ``Misuse``: ``vote_running``."""
    row = _held(uuid, by, at, OPEN, CLOSED)
    view = view_of(row, day_of(at))
    if row.state == CLOSED:
        return view
    silent = [voter for voter in view.voters if voter.may_speak and voter.last is None]
    if silent and row.closes_on is not None and day_of(at) <= row.closes_on:
        message = f"表决到 {row.closes_on} 才截止，还有 {len(silent)} 人没有投票。截止以后再结束。"
        raise Misuse("vote_running", message)
    row.protocol = protocol_of(view, signer=by.name or by.username, at=at)
    row.protocol_digest = protocol_digest(row.protocol)
    row.state = CLOSED
    row.save(update_fields=["protocol", "protocol_digest", "state"])
    outcome = view.tally.outcome.label if view.tally else ""
    _append(row, "closed", by=by, at=at, text=f"{outcome}；记录指纹 {row.protocol_digest}")
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="decision.protocol",
        subject=f"decision.protocol:{row.uuid}",
        digest=row.protocol_digest,
        detail={"title": row.title, "outcome": outcome},
    )
    return view_of(row, day_of(at))


@transaction.atomic
def cancel_decision(uuid: UUID, reason: str, *, by: Person, at: datetime) -> DecisionView:
    """End it without a result, with the reason; what was said stays readable."""
    row = _held(uuid, by, at, DRAFTED, OPEN)
    if not reason.strip():
        raise Misuse("reason_missing", "请写明取消的理由。")
    row.state = CANCELLED
    row.save(update_fields=["state"])
    _append(row, "cancelled", by=by, at=at, text=reason.strip()[:LONGEST])
    return view_of(row, day_of(at))


def _held(uuid: UUID, by: Person, at: datetime, *states: str) -> DecisionRow:
    """The decision, with no other writer until the transaction ends."""
    one_at_a_time()
    view = decision_for(by, uuid, at=at)
    require(by, Action.HANDLE_CASES, view.row.division, view.row.programme, day_of(at))
    row = DecisionRow.objects.select_for_update().get(pk=view.row.pk)
    _require_state(row, *states)
    return row


def _require_state(row: DecisionRow, *states: str) -> None:
    words = {DRAFTED: "还没有开始", OPEN: "正在表决", CLOSED: "已经结束", CANCELLED: "已经取消"}
    if row.state not in states:
        raise Misuse("decision_step_impossible", f"这项表决{words.get(row.state, '')}，现在不能这样做。")


def _hold(row: DecisionRow, generation: int, home: Home, since: date | None) -> None:
    HoldingRow.objects.create(
        decision=row,
        generation=generation,
        unit=home.unit[:40],
        floor=home.floor,
        area=home.area,
        kind=home.kind.value,
        owners=[{"code": code, "name": name} for code, name in home.owners.items()],
        representative=home.representative,
        since=since,
    )


def _append(row: DecisionRow, kind: str, *, by: Person | None, at: datetime, text: str = "", **said: Any) -> None:
    """Write a line and its event."""
    last = row.lines.order_by("-position").first()
    line = DecisionLine(
        decision=row,
        position=last.position + 1 if last else 1,
        kind=kind,
        text=text,
        person=by.username if by else "",
        at=at,
        **said,
    )
    line.digest = digest_of_line(line, last.digest if last else "")
    line.save()
    record(
        at=at,
        person=by.username if by else "owner",
        body=body_of(by, day_of(at)) if by else "",
        action=f"decision.{kind}",
        subject=f"decision.line:{row.uuid}/{line.position}",
        digest=line.digest,
        detail={"title": row.title},
    )


def _code() -> str:
    """Twelve signs that nobody mistakes, in threes of four."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(12))
    return "-".join((signs[:4], signs[4:8], signs[8:]))
