"""What supervision asks of a person: notices and matters that wait for a step of theirs, findings that nobody took up.

Only columns kept for searching are asked, so that every page can afford it; where a thing stands is told by its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Reach, reaches
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.matters_seen import ENDED
from shishi.apps.supervision.models import (
    Circular,
    FindingRow,
    Look,
    MatterBody,
    MatterRow,
    MatterStep,
    Notice,
    NoticeGround,
    NoticeRecipient,
)
from shishi.apps.supervision.selectors import NOTHING, within
from shishi.core.calendars import day_of
from shishi.core.circulars import CircularState
from shishi.core.findings import FindingKind
from shishi.core.matters import MatterAction, MatterState
from shishi.core.notices import UNFINISHED, NoticeKind, NoticeState
from shishi.core.waiting import Waiting

MOST = 200
"""Of each kind: more than that nobody works through on one page."""
A, S, M = Action, NoticeState, MatterState


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """What waits for a step of this person."""
    rights = {action: reaches(person, action, day_of(at)) for action in _ASKED}
    return (
        *_answers(rights[A.ANSWER_NOTICE]),
        *_together(_issuing(rights)),
        *_replies(rights),
        *_matters(rights),
        *_circulars(rights),
        *_findings(person, rights[A.DRAFT_NOTICE], at),
    )


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Notices and matters that this person wrote and that have not ended."""
    open_states = [state.value for state in UNFINISHED]
    notices = Notice.objects.filter(drafted_by=person.username, state__in=open_states).exclude(number="")
    matters = MatterRow.objects.filter(opened_by=person.username).exclude(state__in=ENDED)
    return (
        *(
            Waiting(S(item.state).label, item.title, item.number, "notice", (item.pk,), item.drafted_at)
            for item in notices.order_by("-pk")[:MOST]
        ),
        *(
            Waiting(M(item.state).label, item.title, item.number, "matter", (item.pk,), item.opened_at, item.deadline)
            for item in matters.order_by("-pk")[:MOST]
        ),
    )


_ASKED = (A.ANSWER_NOTICE, A.APPROVE_NOTICE, A.ISSUE_NOTICE, A.VERIFY_NOTICE, A.CLOSE_NOTICE, A.DRAFT_NOTICE)
Rights = dict[Action, tuple[Reach, ...]]


def _in(reaching: Iterable[Reach], division: str, programme: str) -> Q:
    """Rows whose division and programme lie within one of the reaches."""
    found = NOTHING
    for reach in reaching:
        named = Q(pk__isnull=False) if EVERYTHING in reach.programmes else Q(**{f"{programme}__in": reach.programmes})
        found |= named & within(division, reach)
    return found


def _answers(reaching: tuple[Reach, ...]) -> Iterator[Waiting]:
    rows = NoticeRecipient.objects.filter(
        _in(reaching, "division", "notice__programme"), state__in=(S.ISSUED, S.ACKNOWLEDGED, S.RETURNED)
    ).exclude(notice__state__in=(S.CLOSED, S.ESCALATED, S.WITHDRAWN))
    verbs = {S.ISSUED: "签收", S.ACKNOWLEDGED: "反馈", S.RETURNED: "重新反馈"}
    for row in rows.select_related("notice", "body").order_by("deadline", "pk")[:MOST]:
        about = f"{row.notice.number}　{row.body.title}"
        yield Waiting(verbs[S(row.state)], row.notice.title, about, "notice", (row.notice_id,), None, row.deadline)


def _issuing(rights: Rights) -> Iterator[tuple[str, Notice]]:
    """Drafts to approve and approved notices to issue."""
    for state, action, verb in ((S.DRAFT, A.APPROVE_NOTICE, "审批"), (S.APPROVED, A.ISSUE_NOTICE, "签发")):
        rows = Notice.objects.filter(_in(rights[action], "issuer_division", "programme"), state=state)
        for notice in rows.order_by("pk")[:MOST]:
            yield verb, notice


def _together(found: Iterable[tuple[str, Notice]]) -> Iterator[Waiting]:
    """What one programme's day drafted is one line: people read the drafts in a row."""
    grouped: dict[tuple[str, str, str], list[Notice]] = {}
    for verb, notice in found:
        grouped.setdefault((verb, notice.programme, notice.title), []).append(notice)
    for (verb, _, title), notices in grouped.items():
        first = min(notice.drafted_at for notice in notices)
        kind = NoticeKind(notices[0].kind).label
        if len(notices) == 1:
            yield Waiting(verb, title, f"{kind}草稿", "notice", (notices[0].pk,), first)
        else:
            yield Waiting(verb, title, f"{kind}草稿 {len(notices)} 件", "notices", (), first, count=len(notices))


def _replies(rights: Rights) -> Iterator[Waiting]:
    issuer, programme = "notice__issuer_division", "notice__programme"
    told: tuple[tuple[str, Action, Q], ...] = (
        ("核验", A.VERIFY_NOTICE, Q(state=S.REPLIED)),
        ("批复延期", A.APPROVE_NOTICE, Q(extension="asked", state__in=(S.ISSUED, S.ACKNOWLEDGED, S.RETURNED))),
        ("销号", A.CLOSE_NOTICE, Q(state=S.VERIFIED, notice__state=S.VERIFIED)),
    )
    for verb, action, fits in told:
        rows = NoticeRecipient.objects.filter(fits, _in(rights[action], issuer, programme))
        rows = rows.exclude(notice__state__in=(S.CLOSED, S.ESCALATED, S.WITHDRAWN))
        for row in rows.select_related("notice", "body").order_by("pk")[:MOST]:
            about = f"{row.notice.number}　{row.body.title}"
            yield Waiting(verb, row.notice.title, about, "notice", (row.notice_id,))


def _matters(rights: Rights) -> Iterator[Waiting]:
    verbs = {M.ASSIGNED: "接办", M.UNDER_WAY: "办理", M.RETURNED: "重新报结"}
    leading = MatterBody.objects.filter(
        _in(rights[A.ANSWER_NOTICE], "division", "matter__programme"), leads=True, matter__state__in=list(verbs)
    )
    for item in leading.select_related("matter", "body").order_by("matter__deadline", "pk")[:MOST]:
        row = item.matter
        about = f"{row.number}　{item.body.title}"
        yield Waiting(verbs[M(row.state)], row.title, about, "matter", (row.pk,), row.opened_at, row.deadline)
    later = MatterStep.objects.filter(matter=OuterRef("pk"), action__in=("approve_extension", "refuse_extension"))
    asked = MatterStep.objects.filter(matter=OuterRef("pk"), action=MatterAction.EXTEND)
    told: tuple[tuple[str, Action, Q], ...] = (
        ("交办", A.ISSUE_NOTICE, Q(state=M.DRAFT)),
        ("核验", A.VERIFY_NOTICE, Q(state=M.REPORTED)),
        ("销号", A.CLOSE_NOTICE, Q(state=M.VERIFIED)),
        ("批复延期", A.APPROVE_NOTICE, Q(Exists(asked), ~Exists(later), state__in=list(verbs))),
    )
    for verb, action, fits in told:
        rows = MatterRow.objects.filter(fits, _in(rights[action], "issuer_division", "programme"))
        for row in rows.order_by("pk")[:MOST]:
            yield Waiting(verb, row.title, row.number or "未编号", "matter", (row.pk,), row.opened_at)


def _circulars(rights: Rights) -> Iterator[Waiting]:
    told = (("签批", A.APPROVE_NOTICE, CircularState.DRAFT), ("印发", A.ISSUE_NOTICE, CircularState.SIGNED))
    for verb, action, state in told:
        rows = Circular.objects.filter(_in(rights[action], "issuer_division", "programme"), state=state)
        for row in rows.order_by("pk")[:MOST]:
            yield Waiting(verb, row.title, "通报", "circular", (row.pk,))


def _findings(person: Person, reaching: tuple[Reach, ...], at: datetime) -> Iterator[Waiting]:
    """Of each programme's newest stocktake what is behind or silent and that nobody took up."""
    if not reaching:
        return
    heavy = [kind.value for kind in FindingKind if kind.heavy]
    about = NoticeGround.objects.filter(
        notice__programme=OuterRef("look__programme"),
        notice__state__in=[state.value for state in UNFINISHED],
        **{f"finding__{name}": OuterRef(name) for name in ("kind", "table", "indicator", "division")},
    )
    for pack, programme in programmes_for(person, at=at):
        look = Look.objects.filter(programme=programme.name, as_of__lte=day_of(at)).order_by("-as_of", "-pk").first()
        if look is None:
            continue
        rows = FindingRow.objects.filter(
            ~Exists(about), _in(reaching, "division", "look__programme"), look=look, kind__in=heavy
        ).filter(dismissal__isnull=True, matters__isnull=True, grounds_of__isnull=True)
        count = rows.count()
        if count:
            day = look.as_of
            args = (pack.jurisdiction, pack.year, programme.code, day.isoformat())
            told = f"{day.month}月{day.day}日调度，{count} 个问题还没有处置"
            yield Waiting("处置问题", programme.title, told, "stocktake", args, look.recorded_at, count=count)
