"""Writing looks and notices. Each function is one transaction with its audit events; messages are queued in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may, members, person_named, require, responsible
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import calendar, programme_named
from shishi.apps.supervision import telling
from shishi.apps.supervision.answers import require_answer
from shishi.apps.supervision.drafting import Plan, key_of, plans, refresh_draft, stale_drafts, write_draft
from shishi.apps.supervision.finding import findings_at
from shishi.apps.supervision.history import append, digest_of_findings, finding_of, standing_of
from shishi.apps.supervision.models import FindingRow, Look, Notice
from shishi.apps.supervision.numbering import next_number
from shishi.apps.supervision.selectors import NoticeView, looks, notice_of
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.findings import obstacles
from shishi.core.notices import (
    STEPS,
    UNFINISHED,
    NoticeAction,
    NoticeKind,
    NoticeState,
    Right,
    Standing,
    Taken,
    check_closing,
)
from shishi.core.programmes import Part, Programme
from shishi.core.supervision import Finding

A = NoticeAction
LookNow = Callable[..., tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was drafted; findings that nobody could be told of because no body leads the programme there; earlier drafts
    that now rest on this day."""

    notices: tuple[NoticeView, ...]
    unaddressed: tuple[Finding, ...]
    refreshed: tuple[NoticeView, ...] = ()


@transaction.atomic
def record_findings(
    programme: Programme, findings: Sequence[Finding], *, as_of: date, known_at: datetime, by: Person, at: datetime
) -> bool:
    """Keep what a look saw, also that it saw nothing. The same look again writes nothing (``False``)."""
    require(by, Action.RUN_DAY, normalise(programme.division), programme.name, day_of(at))
    digest = digest_of_findings(findings)
    look, made = Look.objects.get_or_create(
        programme=programme.name,
        as_of=as_of,
        known_at=known_at,
        digest=digest,
        defaults={"recorded_at": at, "person": by.username},
    )
    if not made:
        return False
    FindingRow.objects.bulk_create(
        FindingRow(
            look=look,
            position=position,
            kind=item.kind,
            table=item.table,
            indicator=item.indicator,
            division=item.division,
            name=item.name,
            message=item.message,
            clears=item.clears,
            facts=dict(item.facts),
        )
        for position, item in enumerate(findings, start=1)
    )
    detail = {"as_of": as_of.isoformat(), "known_at": known_at.isoformat(), "findings": len(findings)}
    _record(by, at, "findings.record", f"look:{look.pk}", digest, detail)
    return True


@transaction.atomic
def draft_notices(
    programme: Programme, as_of: date, *, by: Person, at: datetime, division: str = "", demonstration: bool = False
) -> Drafted:
    """Draft what the recorded findings of the day ask for, for all divisions or one. Doing it again drafts nothing new:
    a finding has one unfinished notice at most on its rung, and a finding of one day is drafted once, whatever became
    of it. ``demonstration`` marks the papers."""
    require(by, Action.DRAFT_NOTICE, normalise(programme.division), programme.name, day_of(at))
    seen = looks(programme.name, as_of).get(as_of)
    if seen is None:
        raise Misuse("no_look", f"{as_of} 还没有调度记录。先运行 shishi day {as_of}。")
    one_at_a_time()
    # The lock makes two runs of the day one after the other; the second finds the first one's drafts.
    look = Look.objects.select_for_update().get(pk=seen.pk)
    rows = {key_of(finding_of(row, look)): row for row in look.findings.order_by("position")}
    findings = [finding_of(row, look) for row in rows.values() if division in ("", row.division)]
    planned = plans(programme, as_of, findings)
    climbing = {key_of(item) for plan in planned for item in plan.findings}
    stale = stale_drafts(programme.name, as_of, (item for item in findings if key_of(item) not in climbing))
    for draft, items in stale.items():
        refresh_draft(draft, look, [rows[key_of(item)] for item in items], by, at)
    made: list[Notice] = []
    unaddressed: list[Finding] = []
    for plan in planned:
        bodies = responsible(programme.name, plan.division, Part.LEAD, day_of(at))
        if not bodies:
            unaddressed += plan.findings
            continue
        plan = replace(plan, demonstration=demonstration or programme.demonstration)
        made.append(write_draft(plan, look, [rows[key_of(item)] for item in plan.findings], bodies, by, at))
    return Drafted(_views(made, by, at), tuple(unaddressed), _views(stale, by, at))


def _views(notices: Iterable[Notice], by: Person, at: datetime) -> tuple[NoticeView, ...]:
    return tuple(notice_of(by, str(notice.pk), at=at) for notice in notices)


def approve(notice: str, *, by: Person, at: datetime) -> NoticeView:
    """The leader agrees to a draft."""
    return _do(notice, A.APPROVE, by=by, at=at)


@transaction.atomic
def issue(notice: str, *, by: Person, at: datetime) -> NoticeView:
    """Number it and send it out; the deadline is reckoned from today. A draft is approved in the same breath by a
    person who may do that too; both steps stand in the history."""
    held = _held(notice, by, at)
    standing = standing_of(held)
    if standing.state is NoticeState.DRAFT and may(
        by, Action.APPROVE_NOTICE, held.issuer_division, held.programme, day_of(at)
    ):
        standing = _take(held, standing, Taken(A.APPROVE, by.username, at), by)
    reply = calendar(None, at).deadline(day_of(at), held.reply_within)
    if standing.state is NoticeState.APPROVED:
        held.number = next_number(held.series, day_of(at).year)
        held.save(update_fields=["number"])
    _take(held, standing, Taken(A.ISSUE, by.username, at, deadline=reply.moment), by, reply.provisional)
    _supersede(held, by, at)
    return notice_of(by, str(held.pk), at=at)


def acknowledge(notice: str, *, by: Person, at: datetime, body: str = "") -> NoticeView:
    """A recipient confirms that it has the notice."""
    return _do(notice, A.ACKNOWLEDGE, by=by, at=at, body=body)


def reply(notice: str, text: str, *, by: Person, at: datetime, body: str = "", batch: str = "") -> NoticeView:
    """A recipient answers, in words or with a batch that it handed in since the notice was issued."""
    return _do(notice, A.REPLY, by=by, at=at, body=body, text=text, batch=batch)


@transaction.atomic
def return_reply(notice: str, reason: str, *, by: Person, at: datetime, body: str = "", days: int = 0) -> NoticeView:
    """Send a reply back with reasons; with ``days`` a new deadline so many working days from today."""
    until = calendar(None, at).deadline(day_of(at), days).moment if days else None
    return _do(notice, A.RETURN, by=by, at=at, body=body, text=reason, deadline=until)


def verify(notice: str, *, by: Person, at: datetime, body: str = "", text: str = "") -> NoticeView:
    """The issuer has checked a reply and found it true; without ``body`` every reply that waits."""
    return _do(notice, A.VERIFY, by=by, at=at, body=body, text=text)


@transaction.atomic
def close(
    notice: str,
    *,
    by: Person,
    at: datetime,
    as_of: date | None = None,
    reason: str = "",
    look_now: LookNow = findings_at,
) -> NoticeView:
    """End a notice. ``Refused("notice_still_behind")`` while its findings stand as of the day (default today), unless a
    reason is given, which is kept. Replies that wait to be verified are verified in the same breath."""
    held = _held(notice, by, at)
    _entitle(by, Right.CLOSE, held.issuer_division, held, at)
    standing = standing_of(held)
    if standing.state in (NoticeState.REPLIED, NoticeState.VERIFIED):
        now = look_now(by, held.programme, _closing_day(as_of, at), at=at)
        check_closing(obstacles(_grounds(held), now), reason)
    if standing.state is NoticeState.REPLIED:
        for item in standing.recipients:
            if item.state is NoticeState.REPLIED:
                standing = _take(held, standing, Taken(A.VERIFY, by.username, at, body=item.body), by)
    _take(held, standing, Taken(A.CLOSE, by.username, at, reason), by)
    return notice_of(by, str(held.pk), at=at)


@transaction.atomic
def extend(notice: str, days: int, reason: str, *, by: Person, at: datetime, body: str = "") -> NoticeView:
    """A recipient asks, once, for so many working days more than its deadline."""
    standing = standing_of(_held(notice, by, at))
    bodies = [item for item in standing.recipients if body in ("", item.body) and item.deadline]
    start = max((day_of(item.deadline) for item in bodies if item.deadline), default=day_of(at))
    until = calendar(None, at).deadline(start, days).moment
    return _do(notice, A.EXTEND, by=by, at=at, body=body, text=reason, deadline=until)


def approve_extension(notice: str, *, by: Person, at: datetime, body: str = "") -> NoticeView:
    """A leader agrees to the later deadline; the old one stays in the history."""
    return _do(notice, A.APPROVE_EXTENSION, by=by, at=at, body=body)


def refuse_extension(notice: str, reason: str, *, by: Person, at: datetime, body: str = "") -> NoticeView:
    """A leader says no, and why; the deadline stays."""
    return _do(notice, A.REFUSE_EXTENSION, by=by, at=at, body=body, text=reason)


@transaction.atomic
def escalate(notice: str, *, by: Person, at: datetime, reason: str = "") -> NoticeView:
    """End a notice that did not help and draft the next rung on the newest look; returns that draft. An
    overdue notice needs no other reason."""
    held = _held(notice, by, at)
    standing = standing_of(held)
    kind = NoticeKind(held.kind).next
    _, programme = programme_named(held.programme)
    rung = next((item for item in programme.ladder if item.kind == kind), None)
    if kind is None or rung is None:
        above = (
            "督办单之上的通报、约谈由领导机关决定，不在系统内办理。"
            if kind is None
            else f"本项目没有设置“{kind.label}”这一级。"
        )
        raise Misuse("ladder_top", f"不能再升级：{above}")
    late = "、".join(item.body for item in standing.overdue(at))
    text = reason or (f"逾期未反馈：{late}" if late else "")
    _take(held, standing, Taken(A.ESCALATE, by.username, at, text), by)
    look = max(looks(held.programme, day_of(at)).values(), key=lambda item: item.as_of)
    wanted = {key_of(item) for item in _grounds(held)}
    rows = [row for row in look.findings.order_by("position") if key_of(finding_of(row, look)) in wanted]
    if not rows:
        look = held.look
        rows = [item.finding for item in held.grounds.filter(finding__look=look).select_related("finding")]
    recipients = list(held.recipients.select_related("body"))
    plan = Plan(
        programme,
        recipients[0].division,
        rung,
        tuple(finding_of(row, row.look) for row in rows),
        held,
        held.demonstration,
    )
    draft = write_draft(plan, look, rows, [item.body for item in recipients], by, at)
    return notice_of(by, str(draft.pk), at=at)


def remind(notice: str, *, by: Person, at: datetime, body: str = "", text: str = "") -> NoticeView:
    """Urge one recipient, or without ``body`` all who still owe an answer 催办; each once a day."""
    return _do(notice, A.REMIND, by=by, at=at, body=body, text=text)


def withdraw(notice: str, reason: str, *, by: Person, at: datetime) -> NoticeView:
    """Take a notice back, with a reason; it keeps its number and its history."""
    return _do(notice, A.WITHDRAW, by=by, at=at, text=reason)


@transaction.atomic
def _do(
    notice: str,
    action: NoticeAction,
    *,
    by: Person,
    at: datetime,
    body: str = "",
    text: str = "",
    deadline: datetime | None = None,
    batch: str = "",
) -> NoticeView:
    held = _held(notice, by, at)
    standing = standing_of(held)
    if batch:
        require_answer(held, batch, by, at)
    for one in _bodies(held, standing, action, body, by, at):
        standing = _take(held, standing, Taken(action, by.username, at, text, one, deadline, batch), by)
    return notice_of(by, str(held.pk), at=at)


def _bodies(held: Notice, standing: Standing, action: NoticeAction, body: str, by: Person, at: datetime) -> list[str]:
    """Whom a step concerns: nobody in particular; the named body; the person's own; all whose state allows it."""
    step = STEPS[action]
    if not step.each:
        return [""]
    if body:
        return [standing.recipient(body).body]
    mine = [
        item
        for item in standing.recipients
        if step.right is not Right.ANSWER or may(by, Action.ANSWER_NOTICE, item.division, held.programme, day_of(at))
    ]
    fitting = [item for item in mine if item.state in step.sources] or mine or list(standing.recipients)
    if action is A.REMIND:
        today = day_of(at)
        fitting = [item for item in fitting if not item.reminded or day_of(item.reminded) != today] or fitting
    if step.right is Right.ANSWER and len(fitting) > 1:
        names = "、".join(item.body for item in fitting)
        raise Misuse("notice_body_missing", f"这份文件发给几个单位，请用 --body 写明以哪个单位办理：{names}。")
    return [item.body for item in fitting]


def _take(held: Notice, standing: Standing, taken: Taken, by: Person, provisional: bool = False) -> Standing:
    """Check the right, take the step, record it, tell whom it concerns."""
    step = STEPS[taken.action]
    own = step.right is Right.ANSWER
    division = standing.recipient(taken.body).division if own else held.issuer_division
    _entitle(by, step.right, division, held, taken.at)
    after, line = append(held, standing, taken, provisional)
    detail = {"action": taken.action.value, "body": taken.body, "state": after.state.value}
    detail |= {"batch": taken.batch} if taken.batch else {}
    subject = f"notice.step:{held.pk}/{line.position}"
    _record(by, taken.at, f"notice.{taken.action.value}", subject, line.digest, detail)
    message = telling.message_about(held, after, taken)
    if message:
        for person in _concerned(held, taken):
            key = f"notice:{held.pk}:{line.position}:{person.username}"
            post_message(
                to=person, key=key, subject=message[0], text=message[1], about=f"notice:{held.pk}", at=taken.at
            )
    return after


def _concerned(held: Notice, taken: Taken) -> Iterable[Person]:
    """Who is told: the issuer of what recipients do, the recipients' people of what the issuer does."""
    if STEPS[taken.action].right is Right.ANSWER:
        issued = held.steps.filter(action=A.ISSUE).first()
        return [person_named(issued.person)] if issued else []
    rows = held.recipients.select_related("body")
    chosen = [row for row in rows if taken.body in ("", row.body.code)]
    return {person.pk: person for row in chosen for person in members(row.body, day_of(taken.at))}.values()


def _grounds(held: Notice) -> list[Finding]:
    """What the notice is about, by the look that it rests on."""
    rows = held.grounds.filter(finding__look=held.look).select_related("finding")
    return [finding_of(item.finding, held.look) for item in rows]


def _entitle(by: Person, right: Right, division: str, held: Notice, at: datetime) -> None:
    require(by, Action(right.value), division, held.programme, day_of(at))


def _held(notice: str, by: Person, at: datetime) -> Notice:
    """The notice, within the person's sight, locked. The trail's lock comes first: a step may touch a second notice."""
    one_at_a_time()
    return Notice.objects.select_for_update().get(pk=notice_of(by, notice, at=at).id)


def _supersede(held: Notice, by: Person, at: datetime) -> None:
    """A lighter notice about the same ends when the heavier one is issued."""
    lighter = held.follows
    if lighter is None or lighter.state not in UNFINISHED:
        return
    standing = standing_of(lighter)
    if standing.state in STEPS[A.ESCALATE].sources:
        _take(lighter, standing, Taken(A.ESCALATE, by.username, at, f"已签发{held.number}"), by)
    else:
        _take(lighter, standing, Taken(A.WITHDRAW, by.username, at, f"已签发{held.number}"), by)


def _closing_day(as_of: date | None, at: datetime) -> date:
    today = day_of(at)
    if as_of and as_of > today:
        raise Misuse("as_of_in_future", f"截至日 {as_of} 晚于今天（{today}）。请改为已经过去的日子。")
    return as_of or today


def _record(by: Person, at: datetime, action: str, subject: str, digest: str, detail: Mapping[str, object]) -> None:
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=subject, digest=digest, detail=detail)
