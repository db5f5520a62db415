"""Reading looks, findings and notices: the person first. Issuers see all of a notice, recipients once it is issued."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import CharField, DateField, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Reach, lying_in, reaches
from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.ledger.selectors import last_day_reported
from shishi.apps.supervision.history import digest_of_notice, digest_of_step, finding_of, standing_of, taken_of
from shishi.apps.supervision.models import FindingRow, Look, Notice, NoticeRecipient, NoticeStep
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.findings import days_stood
from shishi.core.notices import UNFINISHED, NoticeAction, NoticeKind, NoticeState, Recipient, Taken, possible
from shishi.core.programmes import Programme
from shishi.core.supervision import Finding

FindingKey = tuple[str, str, str, str]
"""Kind, table, indicator and division of a finding of one programme."""

INWARD = (NoticeState.DRAFT.value, NoticeState.APPROVED.value)
"""States in which a notice is the issuer's own affair."""


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A body that answers, as it is shown."""

    body: str
    title: str
    division: str
    standing: Recipient
    provisional: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as it is shown. ``number`` is empty until issued; ``history`` from the first step on; ``actions``: what
    the ladder allows now, whoever may take it, and by recipient."""

    id: int
    number: str
    kind: NoticeKind
    state: NoticeState
    programme: str
    title: str
    issuer: str
    issuer_division: str
    as_of: date
    known_at: datetime
    reply_within: int
    requirement: str
    recipients: tuple[RecipientView, ...]
    grounds: tuple[Finding, ...]
    history: tuple[Taken, ...]
    actions: tuple[NoticeAction, ...]
    actions_of: dict[str, tuple[NoticeAction, ...]]
    follows: int | None
    demonstration: bool
    drafted_by: str
    drafted_at: datetime

    @property
    def overdue(self) -> bool:
        """Whether a recipient owes a reply after its deadline."""
        return any(item.overdue for item in self.recipients)


def notices_for(
    person: Person,
    *,
    at: datetime,
    programme: str = "",
    division: str = "",
    states: Iterable[NoticeState] = (),
    offset: int = 0,
    limit: int = 200,
) -> tuple[NoticeView, ...]:
    """Notices within the person's reach, newest first, paged; of one programme (full name), of recipients in one
    division (significant code), in some states."""
    found = _visible(person, at)
    if programme:
        found = found.filter(programme=programme)
    if division:
        found = found.filter(recipients__division__startswith="" if division == COUNTRY else division)
    wanted = [state.value for state in states]
    if wanted:
        found = found.filter(state__in=wanted)
    return tuple(_view(notice, at) for notice in found.distinct().order_by("-pk")[offset : offset + limit])


def notice_counts(person: Person, *, at: datetime) -> dict[str, int]:
    """How many notices within reach are ``open``, ``late`` (open, past a deadline), ``draft`` and ``ended``."""
    states = _visible(person, at).values("pk", "state").distinct()
    by_state = [NoticeState(row["state"]) for row in states]
    late = _visible(person, at).filter(_late(at)).values("pk").distinct().count()
    open_states = UNFINISHED - {NoticeState(value) for value in INWARD}
    return {
        "open": sum(state in open_states for state in by_state),
        "late": late,
        "draft": sum(state.value in INWARD for state in by_state),
        "ended": sum(state not in UNFINISHED for state in by_state),
    }


def ladder_of(person: Person, notice: NoticeView, *, at: datetime) -> tuple[NoticeView, ...]:
    """The notices about the same from the first rung to the last, as far as the person sees them; itself among them."""
    known = {notice.id: notice}
    first = notice
    while first.follows is not None and first.follows not in known:
        lighter = _visible(person, at).filter(pk=first.follows).distinct().first()
        if lighter is None:
            break
        first = _view(lighter, at)
        known[first.id] = first
    last = notice
    while heavier := _visible(person, at).filter(follows=last.id).distinct().order_by("pk").first():
        if heavier.pk in known:
            break
        last = _view(heavier, at)
        known[last.id] = last
    return tuple(sorted(known.values(), key=lambda item: (list(NoticeKind).index(item.kind), item.id)))


def notice_of(person: Person, notice: str, *, at: datetime) -> NoticeView:
    """One notice by its id or its number; ``Misuse`` (unknown_notice), also for one that the person does not reach."""
    asked = Q(pk=int(notice)) if notice.isascii() and notice.isdigit() else Q(number=notice)
    found = _visible(person, at).filter(asked).distinct().first()
    if found is None:
        raise Misuse("unknown_notice", f"没有您可以查看的提示单或督办单“{notice}”。用 shishi notice list 查看。")
    return _view(found, at)


def overdue(person: Person, *, at: datetime, programme: str = "") -> tuple[NoticeView, ...]:
    """Notices on which a recipient owes a reply after its deadline, the longest overdue first."""
    late = _visible(person, at).filter(_late(at))
    if programme:
        late = late.filter(programme=programme)
    views = [_view(notice, at) for notice in late.distinct()]
    return tuple(sorted((item for item in views if item.overdue), key=lambda item: (_oldest(item), item.id)))


def looks(programme: str, until: date, known_at: datetime | None = None) -> dict[date, Look]:
    """The last look of each day up to ``until``, as known."""
    found = Look.objects.filter(programme=programme, as_of__lte=until).order_by("known_at", "pk")
    if known_at:
        found = found.filter(known_at__lte=known_at)
    return {look.as_of: look for look in found}


_last_look: KeptQuestion[tuple[date]] = KeptQuestion(
    lambda programme, until: (
        Look.objects.filter(programme=programme, as_of__lte=until).order_by("-as_of").values_list("as_of")[:1]
    ),
    CharField(),
    DateField(),
)


def usual_day(programme: Programme, at: datetime) -> date:
    """The day of a programme that is shown when none is asked for: the last stocktake's, else the last report's, else
    today."""
    today = day_of(at)
    for (looked,) in _last_look(programme.name, today):
        return looked
    return last_day_reported([table.name for table in programme.tables], today, at) or today


def findings_of(person: Person, programme: str, as_of: date, *, at: datetime) -> tuple[Finding, ...] | None:
    """The recorded findings of a day within the person's reach; ``None`` when nobody looked."""
    look = looks(programme, as_of).get(as_of)
    if look is None:
        return None
    own = reaches(person, Action.READ, day_of(at))
    rows = look.findings.order_by("position")
    return tuple(finding_of(row, look) for row in rows if any(item.holds(row.division, programme) for item in own))


def stood_for(finding: Finding) -> int:
    """For how many days a finding has stood, by the looks that were recorded."""
    seen = looks(finding.programme, finding.as_of)
    rows = FindingRow.objects.filter(
        look__in=seen.values(),
        kind=finding.kind.value,
        table=finding.table,
        indicator=finding.indicator,
        division=finding.division,
    )
    return days_stood(set(rows.values_list("look__as_of", flat=True)), seen.keys(), finding.as_of)


def open_about(programme: str) -> dict[FindingKey, Notice]:
    """Of each finding that an unfinished notice is about the notice on the highest rung."""
    open_states = [state.value for state in UNFINISHED]
    found: dict[FindingKey, Notice] = {}
    notices = Notice.objects.filter(programme=programme, state__in=open_states)
    notices = notices.select_related("look").prefetch_related("grounds__finding")
    for notice in sorted(notices, key=lambda item: (list(NoticeKind).index(NoticeKind(item.kind)), item.pk)):
        for ground in notice.grounds.all():
            row = ground.finding
            found[row.kind, row.table, row.indicator, row.division] = notice
    return found


def drafted_on(programme: str, as_of: date) -> frozenset[FindingKey]:
    """Findings of a day's looks that a notice was drafted about, whatever became of it."""
    rows = FindingRow.objects.filter(look__programme=programme, look__as_of=as_of, grounds_of__isnull=False)
    return frozenset(rows.values_list("kind", "table", "indicator", "division"))


def recomputed_step_digest(subject: str) -> str | None:
    """For the audit: the digest of a step (``notice/position``) from what is stored now."""
    notice, _, position = subject.partition("/")
    step = NoticeStep.objects.filter(notice_id=notice, position=position).first()
    if step is None:
        return None
    before = NoticeStep.objects.filter(notice_id=notice, position=step.position - 1).first()
    return digest_of_step(step, before.digest if before else "")


def recomputed_notice_digest(subject: str) -> str | None:
    """For the audit: the digest of a draft (``notice/look``) from what is stored now."""
    identity, _, look = subject.partition("/")
    notice = Notice.objects.filter(pk=identity).first()
    return digest_of_notice(notice, int(look)) if notice else None


# An empty Q() would vanish from an "or": all and none are said in words that stay.
ALL, NOTHING = Q(pk__isnull=False), Q(pk__isnull=True)


def _visible(person: Person, at: datetime) -> QuerySet[Notice]:
    """Notices issued from within the person's reach, and those sent into it."""
    mine = NOTHING
    for reach in reaches(person, Action.READ, day_of(at)):
        programmes = ALL if EVERYTHING in reach.programmes else Q(programme__in=reach.programmes)
        sent = ~Q(state__in=INWARD) & within("recipients__division", reach)
        mine |= programmes & (within("issuer_division", reach) | sent)
    return Notice.objects.filter(mine).select_related("look").prefetch_related("grounds__finding__look", "steps")


def _late(at: datetime) -> Q:
    """Notices not ended with a recipient that owes a reply after its deadline."""
    owing = (NoticeState.ISSUED, NoticeState.ACKNOWLEDGED, NoticeState.RETURNED)
    ended = (NoticeState.CLOSED, NoticeState.ESCALATED, NoticeState.WITHDRAWN)
    return Q(recipients__deadline__lt=at, recipients__state__in=owing) & ~Q(state__in=ended)


def within(column: str, reach: Reach) -> Q:
    """A condition: the code in a column lies in the divisions of a reach."""
    return lying_in(column, reach.divisions)


def _view(notice: Notice, at: datetime) -> NoticeView:
    standing = standing_of(notice)
    late = {item.body for item in standing.overdue(at)}
    rows = {row.body.code: row for row in notice.recipients.select_related("body")}
    return NoticeView(
        id=notice.pk,
        number=notice.number,
        kind=standing.kind,
        state=standing.state,
        programme=notice.programme,
        title=notice.title,
        issuer=notice.issuer,
        issuer_division=notice.issuer_division,
        as_of=notice.look.as_of,
        known_at=notice.look.known_at,
        reply_within=notice.reply_within,
        requirement=notice.requirement,
        recipients=tuple(_recipient(item, rows[item.body], late) for item in standing.recipients),
        grounds=tuple(
            finding_of(ground.finding, ground.finding.look)
            for ground in sorted(notice.grounds.all(), key=lambda item: item.finding.position)
            if ground.finding.look_id == notice.look_id
        ),
        history=tuple(taken_of(step) for step in notice.steps.all()),
        actions=possible(standing),
        actions_of={item.body: possible(standing, item.body) for item in standing.recipients},
        follows=notice.follows_id,
        demonstration=notice.demonstration,
        drafted_by=notice.drafted_by,
        drafted_at=notice.drafted_at,
    )


def _recipient(item: Recipient, row: NoticeRecipient, late: set[str]) -> RecipientView:
    return RecipientView(item.body, row.body.title, item.division, item, row.provisional, item.body in late)


def _oldest(view: NoticeView) -> datetime:
    return min(item.standing.deadline for item in view.recipients if item.overdue and item.standing.deadline)
