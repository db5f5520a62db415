"""Reading circulars: who reaches the programme's division sees drafts, everybody within the programme what went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Reach, reaches
from shishi.apps.supervision.models import Circular, CircularStep
from shishi.apps.supervision.selectors import NOTHING, within
from shishi.core.calendars import day_of
from shishi.core.circulars import CircularAction, CircularState, turns
from shishi.core.errors import Misuse


@dataclass(frozen=True, slots=True)
class Turned:
    """One line of the history."""

    action: CircularAction
    person: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class CircularView:
    """A circular as it is shown. ``actions``: what its state allows, whoever may take it."""

    id: int
    number: str
    programme: str
    indicator: str
    as_of: date
    known_at: datetime
    title: str
    opening: str
    requirement: str
    issuer: str
    issuer_division: str
    state: CircularState
    history: tuple[Turned, ...]
    actions: tuple[CircularAction, ...]
    demonstration: bool

    @property
    def issued_at(self) -> datetime | None:
        """When it went out."""
        return next((line.at for line in self.history if line.action is CircularAction.ISSUE), None)


def circulars_for(
    person: Person, *, at: datetime, programme: str = "", as_of: date | None = None, offset: int = 0, limit: int = 50
) -> tuple[CircularView, ...]:
    """Circulars that the person may see, newest first, paged."""
    found = _visible(person, at)
    if programme:
        found = found.filter(programme=programme)
    if as_of:
        found = found.filter(as_of=as_of)
    return tuple(circular_view(row) for row in found.order_by("-as_of", "-pk")[offset : offset + limit])


def circular_seen(person: Person, circular: str, *, at: datetime) -> CircularView:
    """One circular by its id or number; ``Misuse`` (unknown_circular), also for one that the person may not see."""
    short = circular.isascii() and circular.isdigit() and len(circular) < 10
    found = _visible(person, at).filter(Q(pk=int(circular)) if short else Q(number=circular)).first()
    if found is None:
        raise Misuse("unknown_circular", f"没有您可以查看的通报“{circular}”。用 shishi circular list 查看。")
    return circular_view(found)


def circular_view(row: Circular) -> CircularView:
    """A stored circular as it is shown."""
    state = CircularState(row.state)
    return CircularView(
        *(row.pk, row.number, row.programme, row.indicator, row.as_of, row.known_at, row.title, row.opening),
        *(row.requirement, row.issuer, row.issuer_division, state),
        tuple(_turned(step) for step in row.steps.all()),
        turns(state),
        row.demonstration,
    )


def _turned(step: CircularStep) -> Turned:
    return Turned(CircularAction(step.action), step.person, step.at, step.text)


def _visible(person: Person, at: datetime) -> QuerySet[Circular]:
    mine = NOTHING
    for reach in reaches(person, Action.READ, day_of(at)):
        programmes = Q(pk__isnull=False) if EVERYTHING in reach.programmes else Q(programme__in=reach.programmes)
        mine |= programmes & (within("issuer_division", reach) | (Q(state=CircularState.ISSUED) & _above(reach)))
    return Circular.objects.filter(mine).prefetch_related("steps")


def _above(reach: Reach) -> Q:
    """Issued from a division that one of the reach lies in."""
    codes = {code[:length] for code in reach.divisions for length in range(len(code) + 1)}
    return Q(issuer_division__in=codes)
