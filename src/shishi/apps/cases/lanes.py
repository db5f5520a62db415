"""Lanes 泳道: which role of which body stands behind a step of a case, by the case's division."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from shishi.apps.accounts.models import Body, Person, Post, Responsibility
from shishi.apps.accounts.selectors import current
from shishi.core.divisions import COUNTRY, level_of, normalise, official, parent_code
from shishi.core.processes import Lane, LaneBody
from shishi.core.programmes import Part

_LEVELS = {"country": 0, "province": 1, "city": 2, "county": 3, "street": 4, "village": 5}
_PARTS = {LaneBody.LEAD: Part.LEAD, LaneBody.ASSISTING: Part.ASSISTING}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task is done. ``body`` ``""``: by any body; ``instead``: the title of the body that should stand here and is
    not there, so that the lead body has it."""

    role: str
    body: str
    division: str
    instead: str = ""


def above(division: str) -> tuple[str, ...]:
    """The division and all above it, the nearest first, as significant codes."""
    found = [division]
    while (parent := parent_code(found[-1])) is not None:
        found.append(parent)
    return tuple(found)


def place_of(lane: Lane, *, programme: str, division: str, on: date) -> Place:
    """Who stands behind the lane for a case there. A body that is named and not there is stood in for by the lead body,
    and the thread says so: nobody's matter lies still because a list of bodies is not complete."""
    where = _raised(division, lane.level)
    if lane.body == LaneBody.ANY:
        return Place(lane.role, "", where)
    if lane.body in _PARTS:
        return Place(lane.role, nearest_part(_PARTS[LaneBody(lane.body)], programme, where, on), where)
    own = _titled(lane.body, where, on)
    if own:
        return Place(lane.role, own, where)
    return Place(lane.role, nearest_part(Part.LEAD, programme, where, on), where, lane.body)


def nearest_part(part: Part, programme: str, division: str, on: date, beyond: Sequence[str] = ()) -> str:
    """The code of the body that holds the part in the programme there, or in the nearest division above; ``""`` for none.
    ``beyond``: bodies that are passed over."""
    standing = Q(ends__isnull=True) | Q(ends__gte=on)
    lives = Q(body__ends__isnull=True) | Q(body__ends__gte=on)
    ways = above(division)
    held = Responsibility.objects.filter(
        standing,
        lives,
        programme=programme,
        part=part.value,
        effective_on__lte=on,
        division__in={*ways, *map(official, ways)},
    )
    if beyond:
        held = held.exclude(body__code__in=list(beyond))
    found = {
        normalise(place): code for place, code in held.order_by("-body__code").values_list("division", "body__code")
    }
    return next((found[code] for code in ways if code in found), "")


def people_of(place: Place, on: date) -> tuple[Person, ...]:
    """The active people who hold the post of a place, by their oldest post."""
    posts = Post.objects.filter(current(on), role=place.role, person__is_active=True)
    if place.body:
        posts = posts.filter(body__code=place.body)
    found = posts.select_related("person", "body").order_by("pk")
    fitting = [post.person for post in found if any(_covers(code, place.division) for code in post.divisions)]
    return tuple({person.pk: person for person in fitting}.values())


def _covers(code: str, division: str) -> bool:
    return code in (COUNTRY, division) or division.startswith(code)


def _raised(division: str, level: str) -> str:
    """The division of that level above; the case's own where it lies higher already."""
    if level not in _LEVELS:
        return division
    found = [code for code in above(division) if int(level_of(code)) <= _LEVELS[level]]
    return found[0] if found else division


def _titled(title: str, division: str, on: date) -> str:
    """The code of the body of that title there or nearest above: whole title first, then one that ends with it
    (``宣城市自然资源和规划局``)."""
    lives = Q(ends__isnull=True) | Q(ends__gte=on)
    named = Body.objects.filter(lives, Q(title=title) | Q(title__endswith=title))
    held = [
        (normalise(place), code, found == title)
        for code, found, place in named.values_list("code", "title", "division")
    ]
    for place in above(division):
        here = sorted((not whole, code) for where, code, whole in held if where == place)
        if here:
            return here[0][1]
    return ""
