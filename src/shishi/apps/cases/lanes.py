"""Lanes 泳道: which role of which body stands behind a step of a case, by the case's division."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shishi.apps.accounts.lanes import above, body_titled, nearest_part, people_in
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import Person
from shishi.core.divisions import Level, level_of
from shishi.core.processes import Lane, LaneBody
from shishi.core.programmes import Part

_PARTS = {LaneBody.LEAD: Part.LEAD, LaneBody.ASSISTING: Part.ASSISTING}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task is done. ``body`` ``""``: by any body; ``instead``: the title of the body that should stand here and
    is not there, so that the lead body has it."""

    role: str
    body: str
    division: str
    instead: str = ""


def place_of(lane: Lane, *, programme: str, division: str, on: date) -> Place:
    """Who stands behind the lane for a case there. A body that is named and not there is stood in for by the lead body,
    and the thread says so: nobody's matter lies still because a list of bodies is not complete."""
    where = _raised(division, lane.level)
    if lane.body == LaneBody.ANY:
        return Place(lane.role, "", where)
    if lane.body in _PARTS:
        return Place(lane.role, nearest_part(_PARTS[LaneBody(lane.body)], programme, where, on), where)
    own = body_titled(lane.body, where, on)
    if own:
        return Place(lane.role, own, where)
    return Place(lane.role, nearest_part(Part.LEAD, programme, where, on), where, lane.body)


def people_of(place: Place, on: date) -> tuple[Person, ...]:
    """The active people who hold the post of a place, by their oldest post."""
    return people_in([Role(place.role)], [place.body] if place.body else [], place.division, on)


def _raised(division: str, level: str) -> str:
    """The division of that level above; the case's own where it lies higher already."""
    if not level:
        return division
    highest = Level[level.upper()]
    return next((code for code in above(division) if level_of(code) <= highest), division)
