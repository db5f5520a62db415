"""What a person may choose from in the field: bodies that must rectify, visits that are planned, tickets for photos."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import bodies, parts_held, reaches
from shishi.apps.assurance.tickets import tickets_ahead
from shishi.apps.fieldwork.visits import visiting_bodies
from shishi.apps.fieldwork.visits_seen import WantedVisits, visits_for
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.errors import ShishiError
from shishi.core.visits import VisitState

MOST_BODIES, MOST_PLANS, MOST_VISITS = 400, 100, 10


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A planned visit as a phone shows it."""

    uuid: UUID
    programme: str
    kind: str
    title: str
    purpose: str
    body: str
    place_division: str
    planned_on: date | None
    entry: UUID | None


@dataclass(frozen=True, slots=True)
class FieldProgramme:
    """A programme in which the person may visit: for which bodies, and which may have to rectify (code, title)."""

    name: str
    title: str
    bodies: tuple[tuple[str, str], ...]
    rectifying: tuple[tuple[str, str], ...]


def rectifying_bodies(person: Person, programme: str, *, at: datetime) -> list[tuple[str, str]]:
    """Bodies with a part in the programme that lie within the person's reach, then the others of those divisions."""
    own = reaches(person, Action.VISIT, day_of(at))
    held = {
        item.body: item.title
        for division, items in parts_held(programme, day_of(at)).items()
        if any(reach.holds(division, programme) for reach in own)
        for item in items
    }
    if not held:
        held = {
            item.code: item.title
            for item in bodies(limit=5000)
            if (item.ends is None or item.ends >= day_of(at))
            and any(reach.holds(item.division, programme) for reach in own)
        }
    return sorted(held.items(), key=lambda item: item[1])[:MOST_BODIES]


def field_programmes(person: Person, *, at: datetime) -> tuple[FieldProgramme, ...]:
    """The programmes in which the person may visit."""
    found = []
    for _, programme in programmes_for(person, at=at):
        own = tuple((item.code, item.title) for item in visiting_bodies(person, programme.name, at))
        if own:
            rectifying = tuple(rectifying_bodies(person, programme.name, at=at))
            found.append(FieldProgramme(programme.name, programme.title, own, rectifying))
    return tuple(found)


def planned_visits(person: Person, *, at: datetime) -> tuple[PlannedVisit, ...]:
    """Planned visits that the person may carry out, the next first."""
    wanted = WantedVisits(state=VisitState.PLANNED)
    return tuple(
        PlannedVisit(
            item.uuid,
            item.programme,
            item.kind.value,
            item.title,
            item.purpose,
            item.body,
            official(item.place_division),
            item.planned_on,
            item.entry,
        )
        for item in visits_for(person, at=at, wanted=wanted, limit=MOST_PLANS)
        if item.carries_out
    )


def tickets_for(
    visits: Collection[UUID], device: str, *, by: Person, at: datetime
) -> dict[UUID, tuple[tuple[UUID, datetime], ...]]:
    """Of those planned visits that are about a row in which the person may hand in: a few tickets, each with the moment
    until which it is good. Other visits need none and get none. ``Misuse`` (device_malformed)."""
    found = {}
    wanted = [item for item in planned_visits(by, at=at) if item.uuid in visits and item.entry][:MOST_VISITS]
    for item in wanted:
        if item.entry:
            try:
                held = tickets_ahead(item.entry, device, by=by, at=at)
            except ShishiError as refused:
                if refused.code == "device_malformed":
                    raise
                continue  # who looks and may not hand in; a row withdrawn: photos stay photos of the visit
            found[item.uuid] = tuple((one.id, one.good_until) for one in held)
    return found
