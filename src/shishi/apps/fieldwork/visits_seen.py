"""Reading visits and problems: the person first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, F, Prefetch, Q, QuerySet, When

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Reach, lying_in, may, posts_of, reaches
from shishi.apps.fieldwork.models import ProblemRow, VisitPhoto, VisitRow
from shishi.apps.fieldwork.visit_history import did_of, problem_of
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.deadlines import left_text
from shishi.core.errors import Misuse
from shishi.core.problems import OWED, STEPS, UNDONE, Did, Problem, ProblemAction, ProblemState, ways_on
from shishi.core.visits import VisitKind, VisitState

NOTHING, ALL = Q(pk__in=[]), Q(pk__isnull=False)
OWED_STATES = [state.value for state in OWED]
UNDONE_STATES = [state.value for state in UNDONE]


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo; ``arrived_at`` ``None``: told of by the device, not here yet. ``view`` and ``thumb``: hashes of the
    copies to look at."""

    id: int
    uuid: UUID
    sha256: str
    name: str
    taken_at: datetime | None
    arrived_at: datetime | None
    media_type: str
    problem: int | None
    view: str
    thumb: str
    evidence: int | None


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One line of a problem's history; ``files``: pairs of a name and the hash of the stored file."""

    did: Did
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem as it is shown. ``left``: what is left of the deadline, in words; ``actions``: what this person may do
    now."""

    id: int
    uuid: UUID
    visit: int
    visit_title: str
    programme: str
    text: str
    body: str
    body_title: str
    division: str
    within: int
    standing: Problem
    provisional: bool
    overdue: bool
    left: str
    history: tuple[ProblemLine, ...]
    photos: tuple[PhotoView, ...]
    actions: tuple[ProblemAction, ...]

    @property
    def state(self) -> ProblemState:
        """Where it stands."""
        return self.standing.state


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit as it is shown. ``missing``: how many of its photos are told of and not here yet; ``carries_out``:
    whether this person may write what came of it."""

    id: int
    uuid: UUID
    programme: str
    kind: VisitKind
    title: str
    purpose: str
    body: str
    body_title: str
    division: str
    place_division: str
    entry: UUID | None
    planned_on: date | None
    state: VisitState
    held_on: date | None
    place: str
    longitude: str
    latitude: str
    accuracy: int | None
    text: str
    people: str
    publish: bool
    done_by: str
    done_at: datetime | None
    record: UUID | None
    reason: str
    written_by: str
    problems: tuple[ProblemView, ...]
    photos: tuple[PhotoView, ...]
    carries_out: bool
    demonstration: bool

    @property
    def missing(self) -> int:
        """How many photos have not arrived."""
        return sum(item.arrived_at is None for item in (*self.photos, *self._of_problems))

    @property
    def _of_problems(self) -> tuple[PhotoView, ...]:
        return tuple(photo for item in self.problems for photo in item.photos)

    @property
    def undone(self) -> int:
        """How many of its problems are not closed."""
        return sum(item.state in UNDONE for item in self.problems)


@dataclass(frozen=True, slots=True)
class WantedVisits:
    """Which visits are asked for: ``state`` one of them, ``problems``: only those with a problem that is not closed;
    ``mine``: written or carried out by the person."""

    programme: str = ""
    state: str = ""
    mine: bool = False
    problems: bool = False


def visits_for(
    person: Person, *, at: datetime, wanted: WantedVisits = WantedVisits(), offset: int = 0, limit: int = 50
) -> tuple[VisitView, ...]:
    """Visits within the person's reach: planned ones first, the next first; then the newest; paged."""
    planned = VisitState.PLANNED
    found = _asked(person, at, wanted).annotate(
        later=Case(When(state=planned, then=0), default=1), day=Case(When(state=planned, then=F("planned_on")))
    )
    newest = F("held_on").desc(nulls_last=True)
    rows = found.order_by("later", F("day").asc(nulls_last=True), newest, "-pk")[offset : offset + limit]
    return tuple(view_of(row, person, at) for row in _with_all(rows, person, at))


def count_visits(person: Person, *, at: datetime, wanted: WantedVisits = WantedVisits()) -> int:
    """How many there are."""
    return _asked(person, at, wanted).count()


def visit_seen(person: Person, visit: int, *, at: datetime) -> VisitView:
    """One visit; ``Misuse`` (unknown_visit), also for one out of reach."""
    return view_of(visit_row(person, visit, at=at), person, at)


def visit_row(person: Person, visit: int, *, at: datetime) -> VisitRow:
    """The stored visit, within the person's sight."""
    found = _with_all(VisitRow.objects.filter(_visible(person, at), pk=visit), person, at).first()
    if found is None:
        raise Misuse("unknown_visit", "没有这次走访，或它不在您的权限范围内。请从“走访”页进入。")
    return found


def problem_seen(person: Person, problem: int, *, at: datetime) -> ProblemView:
    """One problem; ``Misuse`` (unknown_problem), also for one out of reach."""
    return problem_view(problem_row(person, problem, at=at), person, at)


def problem_row(person: Person, problem: int, *, at: datetime) -> ProblemRow:
    """The stored problem: whoever sees its visit sees it, and whoever reads in its body's division."""
    found = _problems(person, at).filter(pk=problem).first()
    if found is None:
        raise Misuse("unknown_problem", "没有这个现场问题，或它不在您的权限范围内。请从“走访”页进入。")
    return found


def problems_for(
    person: Person, *, at: datetime, undone: bool = False, programme: str = "", offset: int = 0, limit: int = 50
) -> tuple[ProblemView, ...]:
    """Problems within the person's sight, what is due first stands first; paged."""
    found = _problems(person, at)
    found = found.filter(state__in=UNDONE_STATES) if undone else found
    found = found.filter(visit__programme=programme) if programme else found
    ended = Case(When(state__in=UNDONE_STATES, then=0), default=1)
    rows = found.annotate(ended=ended).order_by("ended", "deadline", "pk")[offset : offset + limit]
    return tuple(problem_view(row, person, at) for row in rows)


def visits_about(person: Person, entry: UUID, *, at: datetime) -> tuple[VisitView, ...]:
    """The visits that a row of a ledger had, with their problems; and the one whose record it is."""
    rows = VisitRow.objects.filter(_visible(person, at)).filter(Q(entry=entry) | Q(record=entry)).order_by("-pk")[:50]
    return tuple(view_of(row, person, at) for row in _with_all(rows, person, at))


def photo_for(person: Person, photo: int, *, at: datetime) -> PhotoView:
    """A photo that arrived, of a visit in sight; ``Misuse`` (unknown_photo)."""
    found = VisitPhoto.objects.filter(pk=photo, arrived_at__isnull=False).first()
    if found is None:
        raise Misuse("unknown_photo", "没有这张照片。")
    visit_row(person, found.visit_id, at=at)
    if found.problem_id:
        problem_row(person, found.problem_id, at=at)
    return photo_view(found)


def attached_to(person: Person, problem: int, sha256: str, *, at: datetime) -> str:
    """The name under which a stored file goes with a step of a problem; ``Misuse`` (unknown_file)."""
    for step in problem_row(person, problem, at=at).steps.all():
        for name, held in step.files:
            if held == sha256:
                return str(name)
    raise Misuse("unknown_file", "这个现场问题没有这份材料。")


def view_of(row: VisitRow, person: Person, at: datetime) -> VisitView:
    """A stored visit as it is shown."""
    photos = tuple(photo_view(item) for item in row.photos.all() if item.problem_id is None)
    return VisitView(
        id=row.pk,
        uuid=row.uuid,
        programme=row.programme,
        kind=VisitKind(row.kind),
        title=row.title,
        purpose=row.purpose,
        body=row.body.code,
        body_title=row.body.title,
        division=row.division,
        place_division=row.place_division,
        entry=row.entry,
        planned_on=row.planned_on,
        state=VisitState(row.state),
        held_on=row.held_on,
        place=row.place,
        longitude=_degrees(row.longitude),
        latitude=_degrees(row.latitude),
        accuracy=row.accuracy,
        text=row.text,
        people=row.people,
        publish=row.publish,
        done_by=row.done_by,
        done_at=row.done_at,
        record=row.record,
        reason=row.reason,
        written_by=row.written_by,
        problems=tuple(problem_view(item, person, at) for item in row.problems.all()),
        photos=photos,
        carries_out=row.state == VisitState.PLANNED
        and may(person, Action.VISIT, row.division, row.programme, day_of(at)),
        demonstration=row.demonstration,
    )


def problem_view(row: ProblemRow, person: Person, at: datetime) -> ProblemView:
    """A stored problem as it is shown."""
    standing = problem_of(row)
    return ProblemView(
        id=row.pk,
        uuid=row.uuid,
        visit=row.visit_id,
        visit_title=row.visit.title,
        programme=row.visit.programme,
        text=row.text,
        body=row.body.code,
        body_title=row.body.title,
        division=row.division,
        within=row.within,
        standing=standing,
        provisional=row.provisional,
        overdue=standing.overdue(at),
        left=left_text(calendar(None, at), standing.deadline, at) if standing.owed else "",
        history=tuple(
            ProblemLine(did_of(step), tuple((name, held) for name, held in step.files)) for step in row.steps.all()
        ),
        photos=tuple(photo_view(item) for item in row.photos.all()),
        actions=_allowed(row, standing, person, at),
    )


def photo_view(photo: VisitPhoto) -> PhotoView:
    """A stored photo as it is shown."""
    return PhotoView(
        photo.pk,
        photo.uuid,
        photo.sha256,
        photo.name,
        photo.taken_at,
        photo.arrived_at,
        photo.media_type,
        photo.problem_id,
        photo.view,
        photo.thumb,
        photo.evidence,
    )


def _allowed(row: ProblemRow, standing: Problem, person: Person, at: datetime) -> tuple[ProblemAction, ...]:
    on, programme = day_of(at), row.visit.programme
    answers = may(person, Action.ANSWER_NOTICE, row.division, programme, on)
    own = {post.body_id for post in posts_of(person, on)}
    visits = may(person, Action.VISIT, row.visit.division, programme, on) and row.body_id not in own
    return tuple(
        action for action in ways_on(standing, person.username) if (answers if STEPS[action].answers else visits)
    )


def _degrees(value: object) -> str:
    return "" if value is None else str(value)


def _with_all(rows: QuerySet[VisitRow], person: Person, at: datetime) -> QuerySet[VisitRow]:
    """With their photos, and with those of their problems that the person may see."""
    return rows.select_related("body").prefetch_related("photos", Prefetch("problems", queryset=_problems(person, at)))


def _asked(person: Person, at: datetime, wanted: WantedVisits) -> QuerySet[VisitRow]:
    found = VisitRow.objects.filter(_visible(person, at))
    if wanted.programme:
        found = found.filter(programme=wanted.programme)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.mine:
        found = found.filter(Q(written_by=person.username) | Q(done_by=person.username))
    if wanted.problems:
        found = found.filter(pk__in=ProblemRow.objects.filter(state__in=UNDONE_STATES).values("visit"))
    return found


def _visible(person: Person, at: datetime) -> Q:
    """Visits made from within the person's reach, those that went there, and those that asked somebody there to rectify
    something."""
    mine = NOTHING
    for reach in reaches(person, Action.READ, day_of(at)):
        asked = ProblemRow.objects.filter(lying_in("division", reach.divisions)).values("visit")
        inside = lying_in("division", reach.divisions) | lying_in("place_division", reach.divisions) | Q(pk__in=asked)
        mine |= _named(reach, "programme") & inside
    return mine


def _problems(person: Person, at: datetime) -> QuerySet[ProblemRow]:
    mine = NOTHING
    for reach in reaches(person, Action.READ, day_of(at)):
        inside = lying_in("division", reach.divisions) | lying_in("visit__division", reach.divisions)
        inside |= lying_in("visit__place_division", reach.divisions)
        mine |= _named(reach, "visit__programme") & inside
    found = ProblemRow.objects.filter(mine)
    return found.select_related("body", "visit__body").prefetch_related("steps", "photos")


def _named(reach: Reach, column: str) -> Q:
    return ALL if EVERYTHING in reach.programmes else Q(**{f"{column}__in": reach.programmes})
