"""Writing matters. Each function is one transaction with its audit events; messages are queued in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from shishi.apps.accounts.models import Body, Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_coded, body_of, may, members, person_named, posts_of, require
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.files.services import keep
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import calendar, programme_named
from shishi.apps.supervision.drafting import issuer_of
from shishi.apps.supervision.matter_history import append, digest_of_matter, matter_of
from shishi.apps.supervision.matters_seen import MatterView, matter_seen, row_seen, view_of
from shishi.apps.supervision.models import MatterBody, MatterMilestone, MatterRow
from shishi.apps.supervision.numbering import next_number
from shishi.apps.supervision.telling import matter_message
from shishi.core.calendars import day_of, moment_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.matters import (
    MOVES,
    UNDONE,
    Matter,
    MatterAction,
    MatterSource,
    MatterState,
    Moved,
    check_ending,
)
from shishi.core.notices import Right
from shishi.core.programmes import Programme

A = MatterAction
SERIES = "交办"
"""Numbers of matters: an inner working series, no 发文字号 of the office."""


@dataclass(frozen=True, slots=True)
class NewMatter:
    """What a matter is opened with. ``lead`` and ``assisting`` are codes of bodies; the deadline is ``within`` working
    days from its assignment, or the closing hour of ``due``; ``milestones``: titles with their days; ``indicators``:
    codes of the figures it is tied to; ``meeting`` with ``decision`` (from 1), ``finding`` and ``parent`` are ids."""

    programme: str
    title: str
    source: MatterSource
    source_text: str
    deliverable: str
    lead: str
    assisting: tuple[str, ...] = ()
    within: int = 0
    due: date | None = None
    source_on: date | None = None
    milestones: tuple[tuple[str, date], ...] = ()
    indicators: tuple[str, ...] = ()
    meeting: int | None = None
    decision: int = 0
    finding: int | None = None
    parent: int | None = None
    demonstration: bool = False


def require_openable(new: NewMatter, *, by: Person, at: datetime) -> None:
    """Everything for which :func:`open_matter` would refuse it; writes nothing."""
    _place(new, by, at)
    for code in (new.lead, *new.assisting):
        body_coded(code)


def opened_before(new: NewMatter, at: datetime) -> MatterView | None:
    """The newest matter of the same programme, title, origin and lead, however it stands now; ``None`` for none."""
    _, programme = programme_named(new.programme)
    held = _same(new, programme.name).filter(source_text=new.source_text.strip()).order_by("-pk").first()
    return view_of(held, at) if held else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a report: a name, and the file's content where there is one."""

    name: str
    content: bytes = b""


@transaction.atomic
def open_matter(new: NewMatter, *, by: Person, at: datetime) -> MatterView:
    """Write a matter down as a draft. The same one again (same programme, origin, title and lead,
    not ended) is returned as it stands."""
    programme, parent, division = _place(new, by, at)
    lead = body_coded(new.lead)
    one_at_a_time()
    held = _same(new, programme.name).filter(state__in=[state.value for state in UNDONE]).first()
    if held:
        return view_of(held, at)
    row = MatterRow.objects.create(
        programme=programme.name,
        title=new.title.strip(),
        source=new.source,
        source_text=new.source_text.strip(),
        source_on=new.source_on,
        deliverable=new.deliverable.strip(),
        indicators=list(new.indicators),
        issuer=_lead_of(parent).body.title if parent else issuer_of(programme, division, by, at),
        issuer_division=division,
        within=new.within,
        due=new.due,
        parent=parent,
        meeting_id=new.meeting,
        decision=new.decision,
        finding_id=new.finding,
        demonstration=new.demonstration or programme.demonstration,
        opened_by=by.username,
        opened_at=at,
    )
    _write_bodies(row, [lead, *(body_coded(code) for code in new.assisting)])
    for position, (title, day) in enumerate(new.milestones, start=1):
        until = moment_of(day, calendar(None, at).closing)
        MatterMilestone.objects.create(matter=row, position=position, title=title.strip(), until=until)
    detail = {"programme": programme.name, "source": new.source.value, "lead": new.lead}
    _record(by, at, "matter.open", f"matter:{row.pk}", digest_of_matter(row), detail)
    return matter_seen(by, str(row.pk), at=at)


@transaction.atomic
def assign(matter: str, *, by: Person, at: datetime, text: str = "") -> MatterView:
    """Number it and hand it to its bodies; the deadline is reckoned from today."""
    row = _held(matter, by, at)
    days = calendar(None, at)
    if row.due:
        deadline, provisional = moment_of(row.due, days.closing), False
        if deadline <= at:
            raise Misuse("due_passed", f"办结日期 {row.due} 已经过去。请撤销后另立事项，写明新的日期。")
    else:
        reckoned = days.deadline(day_of(at), row.within)
        deadline, provisional = reckoned.moment, reckoned.provisional
    standing = matter_of(row)
    if standing.state is MatterState.DRAFT:
        row.number = next_number(SERIES, day_of(at).year)
    _take(row, standing, Moved(A.ASSIGN, by.username, at, text, deadline=deadline), by, provisional=provisional)
    return matter_seen(by, str(row.pk), at=at)


def accept(matter: str, *, by: Person, at: datetime, text: str = "") -> MatterView:
    """The lead takes it on."""
    return _do(matter, A.ACCEPT, by=by, at=at, text=text)


def add_progress(
    matter: str, text: str, *, by: Person, at: datetime, body: str = "", evidence: Iterable[Evidence] = ()
) -> MatterView:
    """The lead or a body that assists tells how far it is."""
    return _do(matter, A.PROGRESS, by=by, at=at, text=text, body=body, evidence=evidence)


def reach_milestone(
    matter: str,
    milestone: int,
    text: str,
    *,
    by: Person,
    at: datetime,
    body: str = "",
    evidence: Iterable[Evidence] = (),
) -> MatterView:
    """A milestone is done."""
    return _do(matter, A.REACH, by=by, at=at, text=text, body=body, milestone=milestone, evidence=evidence)


def report_done(matter: str, text: str, *, by: Person, at: datetime, evidence: Iterable[Evidence] = ()) -> MatterView:
    """The lead reports the whole done, with what proves it."""
    return _do(matter, A.REPORT, by=by, at=at, text=text, evidence=evidence)


@transaction.atomic
def return_report(matter: str, reason: str, *, by: Person, at: datetime, days: int = 0) -> MatterView:
    """Send a report back with reasons; with ``days`` a new deadline so many working days from today."""
    until = calendar(None, at).deadline(day_of(at), days).moment if days else None
    return _do(matter, A.RETURN, by=by, at=at, text=reason, deadline=until)


def verify_report(matter: str, *, by: Person, at: datetime, text: str = "") -> MatterView:
    """The issuer has checked the report and found it true."""
    return _do(matter, A.VERIFY, by=by, at=at, text=text)


@transaction.atomic
def close_matter(matter: str, *, by: Person, at: datetime, reason: str = "") -> MatterView:
    """End it. ``Refused("matter_not_done")`` without evidence, with milestones open or parts undone, unless a reason is
    given, which is kept. A report that waits to be verified is verified in the same breath."""
    row = _held(matter, by, at)
    _entitle(by, Right.CLOSE, row, at)
    standing = matter_of(row)
    if standing.state in (MatterState.REPORTED, MatterState.VERIFIED):
        undone = row.parts.filter(state__in=[state.value for state in UNDONE]).order_by("pk")
        check_ending(standing, list(undone.values_list("title", flat=True)), reason)
    if standing.state is MatterState.REPORTED:
        standing = _take(row, standing, Moved(A.VERIFY, by.username, at), by)
    _take(row, standing, Moved(A.CLOSE, by.username, at, reason), by)
    return matter_seen(by, str(row.pk), at=at)


@transaction.atomic
def ask_extension(matter: str, days: int, reason: str, *, by: Person, at: datetime) -> MatterView:
    """The lead asks, once, for so many working days more."""
    held = matter_of(_held(matter, by, at)).deadline
    until = calendar(None, at).deadline(day_of(held or at), days).moment
    return _do(matter, A.EXTEND, by=by, at=at, text=reason, deadline=until)


def answer_extension(matter: str, granted: bool, *, by: Person, at: datetime, reason: str = "") -> MatterView:
    """A leader agrees to the later deadline, or says no and why."""
    return _do(matter, A.APPROVE_EXTENSION if granted else A.REFUSE_EXTENSION, by=by, at=at, text=reason)


def remind_matter(matter: str, *, by: Person, at: datetime, text: str = "") -> MatterView:
    """Urge its bodies 催办; once a day."""
    return _do(matter, A.REMIND, by=by, at=at, text=text)


def raise_matter(matter: str, reason: str, *, by: Person, at: datetime) -> MatterView:
    """Lift it one rung up the ladder; the bodies hear of it."""
    return _do(matter, A.RAISE, by=by, at=at, text=reason)


def withdraw_matter(matter: str, reason: str, *, by: Person, at: datetime) -> MatterView:
    """Take it back, with a reason."""
    return _do(matter, A.WITHDRAW, by=by, at=at, text=reason)


@transaction.atomic
def _do(
    matter: str,
    action: MatterAction,
    *,
    by: Person,
    at: datetime,
    text: str = "",
    body: str = "",
    deadline: datetime | None = None,
    milestone: int = 0,
    evidence: Iterable[Evidence] = (),
) -> MatterView:
    row = _held(matter, by, at)
    own = _own_body(row, action, body, by, at) if MOVES[action].right is Right.ANSWER else ""
    files = tuple((item.name.strip(), keep(item.content, at).sha256 if item.content else "") for item in evidence)
    files = tuple(pair for pair in files if pair[0])
    named = tuple(name for name, _ in files)
    moved = Moved(action, by.username, at, text, own, deadline, milestone, named)
    _take(row, matter_of(row), moved, by, files=files)
    return matter_seen(by, str(row.pk), at=at)


def _take(
    row: MatterRow,
    standing: Matter,
    moved: Moved,
    by: Person,
    *,
    files: tuple[tuple[str, str], ...] = (),
    provisional: bool = False,
) -> Matter:
    """Check the right, take the step, record it, tell whom it concerns."""
    right = MOVES[moved.action].right
    if right is not Right.ANSWER:
        _entitle(by, right, row, moved.at)
    after, line = append(row, standing, moved, files, provisional)
    detail = {"action": moved.action.value, "body": moved.body, "state": after.state.value}
    _record(by, moved.at, f"matter.{moved.action.value}", f"matter.step:{row.pk}/{line.position}", line.digest, detail)
    told = matter_message(row, after, moved)
    if told:
        for person in _concerned(row, moved):
            key = f"matter:{row.pk}:{line.position}:{person.username}"
            post_message(to=person, key=key, subject=told[0], text=told[1], about=f"matter:{row.pk}", at=moved.at)
    return after


def _concerned(row: MatterRow, moved: Moved) -> Iterable[Person]:
    """Who is told: the one who assigned it of what the bodies do, the bodies' people of what the issuer does."""
    if MOVES[moved.action].right is Right.ANSWER:
        assigned = row.steps.filter(action=A.ASSIGN).first()
        return [person_named(assigned.person)] if assigned else []
    bodies = [item.body for item in row.bodies.select_related("body")]
    return {person.pk: person for body in bodies for person in members(body, day_of(moved.at))}.values()


def _own_body(row: MatterRow, action: MatterAction, body: str, by: Person, at: datetime) -> str:
    """For which body the person acts: the named one, their own, else the one that they may answer for."""
    known = list(row.bodies.select_related("body").order_by("-leads", "pk"))
    fitting = [item for item in known if item.leads or MOVES[action].assisting]
    if body and body not in {item.body.code for item in fitting}:
        names = "、".join(f"{item.body.code}（{item.body.title}）" for item in fitting)
        raise Misuse("matter_body_unknown", f"“{body}”不能办理“{action.label}”。可以办理的单位：{names}。")
    asked = [item for item in fitting if body in ("", item.body.code)]
    may_answer = [item for item in asked if may(by, Action.ANSWER_NOTICE, item.division, row.programme, day_of(at))]
    if not may_answer:
        require(by, Action.ANSWER_NOTICE, asked[0].division, row.programme, day_of(at))
    own = {post.body_id for post in posts_of(by, day_of(at))}
    return next((item for item in may_answer if item.body_id in own), may_answer[0]).body.code


def _issuing_division(programme: Programme, parent: MatterRow | None, by: Person, at: datetime) -> str:
    """From where it is issued: the programme's division; a part of another matter from the division of its lead,
    who may hand on what it answers for."""
    if parent is None:
        root = normalise(programme.division)
        require(by, Action.DRAFT_NOTICE, root, programme.name, day_of(at))
        return root
    lead = _lead_of(parent)
    leads = may(by, Action.ANSWER_NOTICE, lead.division, programme.name, day_of(at))
    if not leads:
        require(by, Action.DRAFT_NOTICE, parent.issuer_division, programme.name, day_of(at))
        return str(parent.issuer_division)
    drafts = may(by, Action.DRAFT_NOTICE, parent.issuer_division, programme.name, day_of(at))
    return str(parent.issuer_division if drafts else lead.division)


def _check(new: NewMatter, programme: Programme, parent: MatterRow | None, at: datetime) -> None:
    for title, told in (("事项名称", new.title), ("来源", new.source_text), ("交付成果", new.deliverable)):
        if not told.strip():
            raise Misuse("matter_incomplete", f"还没有写“{title}”。请写明后再立项。")
    if len(new.title.strip()) > 200:
        raise Misuse("matter_title_long", "事项名称超过200字。请把细节写到交付成果里。")
    if (new.within > 0) is (new.due is not None):
        raise Misuse("matter_deadline_missing", "办结时限写工作日数或办结日期，二者写一样。")
    if new.due and new.due < day_of(at):
        raise Misuse("due_passed", f"办结日期 {new.due} 已经过去。请改为今后的日期。")
    if new.lead in new.assisting or len(set(new.assisting)) < len(new.assisting):
        raise Misuse("matter_body_twice", "同一单位在这件事项里写了两次。牵头单位不再写进配合单位。")
    unknown = set(new.indicators) - {item.code for item in programme.indicators}
    if unknown:
        known = "、".join(item.code for item in programme.indicators)
        raise Misuse("unknown_indicator", f"本项目没有指标“{min(unknown)}”。现有：{known}。")
    if new.due and any(day > new.due for _, day in new.milestones):
        raise Misuse("milestone_after_deadline", "有节点晚于办结日期。请调整节点或办结日期。")
    if parent and (parent.programme != programme.name or parent.state not in [state.value for state in UNDONE]):
        raise Misuse("parent_unfit", "只能分解同一重点项目的、还没有办结的事项。")


def _place(new: NewMatter, by: Person, at: datetime) -> tuple[Programme, MatterRow | None, str]:
    """The programme, the matter that it is a part of, and the division that issues it; refused where it can't be."""
    _, programme = programme_named(new.programme)
    parent = row_seen(by, str(new.parent), at=at) if new.parent else None
    division = _issuing_division(programme, parent, by, at)
    _check(new, programme, parent, at)
    return programme, parent, division


def _same(new: NewMatter, programme: str) -> QuerySet[MatterRow]:
    same = MatterRow.objects.filter(programme=programme, title=new.title.strip(), source=new.source)
    same = same.filter(meeting=new.meeting, decision=new.decision, finding=new.finding, parent=new.parent)
    return same.filter(bodies__body__code=new.lead, bodies__leads=True)


def _write_bodies(row: MatterRow, bodies: Sequence[Body]) -> None:
    MatterBody.objects.bulk_create(
        MatterBody(matter=row, body=body, division=body.division, leads=position == 0)
        for position, body in enumerate(bodies)
    )


def _lead_of(row: MatterRow) -> MatterBody:
    return row.bodies.select_related("body").get(leads=True)


def _entitle(by: Person, right: Right, row: MatterRow, at: datetime) -> None:
    require(by, Action(right.value), row.issuer_division, row.programme, day_of(at))


def _held(matter: str, by: Person, at: datetime) -> MatterRow:
    """The matter, within the person's sight, locked; the trail's lock comes first."""
    one_at_a_time()
    return MatterRow.objects.select_for_update().get(pk=row_seen(by, matter, at=at).pk)


def _record(by: Person, at: datetime, action: str, subject: str, digest: str, detail: Mapping[str, object]) -> None:
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=subject, digest=digest, detail=detail)
