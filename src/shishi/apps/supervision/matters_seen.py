"""Reading matters: the person first. Who issued one sees it from its draft on, the bodies in it once it is assigned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, F, Q, QuerySet, When

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, posts_of, reaches
from shishi.apps.programmes.selectors import calendar, programme_named
from shishi.apps.supervision.matter_history import matter_of, moved_of
from shishi.apps.supervision.models import MatterRow, MatterStep
from shishi.apps.supervision.selectors import NOTHING, within
from shishi.core.calendars import day_of
from shishi.core.deadlines import left_text, reckon, working_days_left
from shishi.core.errors import Misuse
from shishi.core.ladder import rung_due
from shishi.core.matters import Matter, MatterAction, MatterSource, MatterState, Moved, ways_on
from shishi.core.notices import NoticeKind

ENDED = (MatterState.CLOSED.value, MatterState.WITHDRAWN.value)
OWED = (MatterState.ASSIGNED.value, MatterState.UNDER_WAY.value, MatterState.RETURNED.value)


@dataclass(frozen=True, slots=True)
class BodyPart:
    """A body in a matter."""

    code: str
    title: str
    division: str
    leads: bool


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One line of the history as it is shown; ``files``: pairs of a name and the hash of the stored file or ``""``."""

    moved: Moved
    body: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MatterView:
    """A matter as it is shown. ``left``: what is left of the deadline, in words; ``explained``: how it was counted,
    empty for a named day; ``due_rung``: the rung to which its lateness has come; ``actions``: whoever may take them."""

    id: int
    number: str
    programme: str
    title: str
    source: MatterSource
    source_text: str
    source_on: date | None
    deliverable: str
    indicators: tuple[str, ...]
    issuer: str
    issuer_division: str
    within: int
    due: date | None
    bodies: tuple[BodyPart, ...]
    standing: Matter
    provisional: bool
    overdue: bool
    left: str
    explained: str
    due_rung: NoticeKind | None
    history: tuple[MatterLine, ...]
    actions: tuple[MatterAction, ...]
    parent: int | None
    parts: tuple[int, ...]
    meeting: int | None
    decision: int
    demonstration: bool
    opened_by: str
    opened_at: datetime

    @property
    def state(self) -> MatterState:
        """Where it stands."""
        return self.standing.state

    @property
    def lead(self) -> BodyPart:
        """The body that answers for the whole."""
        return next(item for item in self.bodies if item.leads)

    @property
    def assisting(self) -> tuple[BodyPart, ...]:
        """The bodies that help."""
        return tuple(item for item in self.bodies if not item.leads)

    @property
    def last(self) -> MatterLine | None:
        """What was done last."""
        return self.history[-1] if self.history else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which matters are asked for. ``programme``: a full name; ``mine``: opened or worked on by the person;
    ``own_bodies``: a body of the person takes part; ``late``: past the deadline; ``undone``: not ended."""

    programme: str = ""
    mine: bool = False
    own_bodies: bool = False
    late: bool = False
    undone: bool = False
    source: str = ""
    text: str = ""


def matters_for(
    person: Person, *, at: datetime, wanted: Wanted = Wanted(), offset: int = 0, limit: int = 50
) -> tuple[MatterView, ...]:
    """Matters within the person's reach: what is due first stands first, what has ended last; paged."""
    found = _asked(person, at, wanted).annotate(ended=Case(When(state__in=ENDED, then=1), default=0))
    rows = found.order_by("ended", F("deadline").asc(nulls_last=True), "-pk")[offset : offset + limit]
    return tuple(view_of(row, at) for row in rows)


def count_matters(person: Person, *, at: datetime, wanted: Wanted = Wanted()) -> int:
    """How many there are."""
    return _asked(person, at, wanted).count()


def matter_seen(person: Person, matter: str, *, at: datetime) -> MatterView:
    """One matter by its id or number; ``Misuse`` (unknown_matter), also for one that the person does not reach."""
    return view_of(row_seen(person, matter, at=at), at)


def row_seen(person: Person, matter: str, *, at: datetime) -> MatterRow:
    """The stored matter, within the person's sight."""
    asked = Q(pk=int(matter)) if matter.isascii() and matter.isdigit() and len(matter) < 10 else Q(number=matter)
    found = _visible(person, at).filter(asked).first()
    if found is None:
        raise Misuse("unknown_matter", f"没有您可以查看的督办事项“{matter}”。用 shishi matter list 查看。")
    return found


def parts_of(person: Person, matter: MatterView, *, at: datetime) -> tuple[MatterView, ...]:
    """The matters into which one was broken down, as far as the person reaches."""
    rows = _visible(person, at).filter(parent=matter.id).order_by("pk")
    return tuple(view_of(row, at) for row in rows)


def matters_of_meeting(person: Person, meeting: int, *, at: datetime) -> tuple[MatterView, ...]:
    """What became of a meeting's decisions."""
    rows = _visible(person, at).filter(meeting=meeting).order_by("decision", "pk")
    return tuple(view_of(row, at) for row in rows)


def has_evidence(person: Person, matter: str, sha256: str, *, at: datetime) -> str:
    """The name under which a stored file is evidence of a matter; ``Misuse`` (unknown_evidence) otherwise."""
    row = row_seen(person, matter, at=at)
    for step in MatterStep.objects.filter(matter=row):
        for name, held in step.evidence:
            if held and held == sha256:
                return str(name)
    raise Misuse("unknown_evidence", "这件督办事项没有这份佐证。")


def view_of(row: MatterRow, at: datetime) -> MatterView:
    """A stored matter as it is shown."""
    standing = matter_of(row)
    return MatterView(
        id=row.pk,
        number=row.number,
        programme=row.programme,
        title=row.title,
        source=MatterSource(row.source),
        source_text=row.source_text,
        source_on=row.source_on,
        deliverable=row.deliverable,
        indicators=tuple(row.indicators),
        issuer=row.issuer,
        issuer_division=row.issuer_division,
        within=row.within,
        due=row.due,
        bodies=_bodies(row),
        standing=standing,
        provisional=row.provisional,
        overdue=standing.overdue(at),
        left=left_text(calendar(None, at), standing.deadline, at) if standing.owed and standing.deadline else "",
        explained=_explained(row, at),
        due_rung=_due_rung(row.programme, standing, at),
        history=_lines(row),
        actions=ways_on(standing),
        parent=row.parent_id,
        parts=tuple(item.pk for item in row.parts.all()),
        meeting=row.meeting_id,
        decision=row.decision,
        demonstration=row.demonstration,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
    )


def _bodies(row: MatterRow) -> tuple[BodyPart, ...]:
    ordered = sorted(row.bodies.all(), key=lambda item: (not item.leads, item.pk))
    return tuple(BodyPart(item.body.code, item.body.title, item.division, item.leads) for item in ordered)


def _lines(row: MatterRow) -> tuple[MatterLine, ...]:
    titles = {item.body.code: item.body.title for item in row.bodies.all()}
    return tuple(
        MatterLine(moved_of(step), titles.get(step.body, ""), tuple((name, held) for name, held in step.evidence))
        for step in row.steps.all()
    )


def _due_rung(programme: str, standing: Matter, at: datetime) -> NoticeKind | None:
    if standing.deadline is None or not standing.overdue(at):
        return None
    behind = -working_days_left(calendar(None, at), standing.deadline, at)
    return rung_due(programme_named(programme)[1].ladder, standing.rung, behind)


def _explained(row: MatterRow, at: datetime) -> str:
    """How the first deadline was counted, or would be if it were assigned today."""
    if not row.within:
        return ""
    assigned = next((step.at for step in row.steps.all() if step.action == MatterAction.ASSIGN), at)
    return reckon(calendar(None, at), day_of(assigned), row.within).sentence


def _asked(person: Person, at: datetime, wanted: Wanted) -> QuerySet[MatterRow]:
    found = _visible(person, at)
    if wanted.programme:
        found = found.filter(programme=wanted.programme)
    if wanted.source:
        found = found.filter(source=wanted.source)
    if wanted.text:
        found = found.filter(Q(title__contains=wanted.text) | Q(number=wanted.text))
    if wanted.mine:
        worked = MatterStep.objects.filter(person=person.username).values("matter")
        found = found.filter(Q(opened_by=person.username) | Q(pk__in=worked))
    if wanted.own_bodies:
        own = {post.body_id for post in posts_of(person, day_of(at))}
        found = found.filter(pk__in=MatterRow.objects.filter(bodies__body__in=own))
    if wanted.undone:
        found = found.exclude(state__in=ENDED)
    if wanted.late:
        found = found.filter(deadline__lt=at, state__in=OWED)
    return found


def _visible(person: Person, at: datetime) -> QuerySet[MatterRow]:
    """Matters issued from within the person's reach, and those assigned to bodies in it."""
    mine = NOTHING
    for reach in reaches(person, Action.READ, day_of(at)):
        programmes = Q(pk__isnull=False) if EVERYTHING in reach.programmes else Q(programme__in=reach.programmes)
        sent = ~Q(state=MatterState.DRAFT) & Q(pk__in=MatterRow.objects.filter(within("bodies__division", reach)))
        mine |= programmes & (within("issuer_division", reach) | sent)
    return MatterRow.objects.filter(mine).prefetch_related("bodies__body", "steps", "milestones", "parts")
