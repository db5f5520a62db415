"""Who stands where, for work that goes from desk to desk: the body that holds a part there or nearest above, the body
of a title, the people of a role in a body."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db import connection
from django.db.models import Q

from shishi.apps.accounts.models import Body, Person, Post
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import EVERYTHING, current, placed
from shishi.core.divisions import Level, covers, normalise, official, parent_code
from shishi.core.programmes import Part

_PLACES = 2 * len(Level)
_PART = """
SELECT held.division, body.code
FROM accounts_responsibility held JOIN accounts_body body ON body.id = held.body_id
WHERE held.programme = %s AND held.part = %s AND held.effective_on <= %s
AND (held.ends IS NULL OR held.ends >= %s) AND (body.ends IS NULL OR body.ends >= %s)
AND held.division IN (PLACES)
ORDER BY body.code DESC
""".replace("PLACES", ", ".join(["%s"] * _PLACES))
"""Asked at every step of every case: in words of the store, for which no question has to be put together each time."""


def above(division: str) -> tuple[str, ...]:
    """The division and all above it, the nearest first, as significant codes."""
    found = [division]
    while (parent := parent_code(found[-1])) is not None:
        found.append(parent)
    return tuple(found)


def nearest_part(part: Part, programme: str, division: str, on: date, beyond: Sequence[str] = ()) -> str:
    """The code of the body that holds the part in the programme there, or in the nearest division above; ``""`` for
    none. ``beyond``: bodies that are passed over."""
    known, asked = placed.get(), (part, programme, division, on, *beyond)
    if known is None:
        return _nearest_part(part, programme, division, on, beyond)
    if asked not in known:
        known[asked] = _nearest_part(part, programme, division, on, beyond)
    return known[asked]


def _nearest_part(part: Part, programme: str, division: str, on: date, beyond: Sequence[str]) -> str:
    ways = above(division)
    places = [*ways, *map(official, ways)]
    places += places[-1:] * (_PLACES - len(places))
    with connection.cursor() as cursor:
        cursor.execute(_PART, [programme, part.value, on, on, on, *places])
        found = {normalise(place): code for place, code in cursor.fetchall() if code not in beyond}
    return next((found[code] for code in ways if code in found), "")


def body_titled(title: str, division: str, on: date) -> str:
    """The code of the body of that title there or nearest above: the whole title first, then one that ends with it
    (``宣城市自然资源和规划局``); ``""`` for none."""
    lives = Q(ends__isnull=True) | Q(ends__gte=on)
    named = Body.objects.filter(lives, Q(title=title) | Q(title__endswith=title))
    placed = named.values_list("code", "title", "division")
    held = [(normalise(place), code, found == title) for code, found, place in placed]
    for place in above(division):
        here = sorted((not whole, code) for where, code, whole in held if where == place)
        if here:
            return here[0][1]
    return ""


def title_of_body(code: str) -> str:
    """The title of the body of that code, ``""`` where there is none."""
    return Body.objects.filter(code=code).values_list("title", flat=True).first() or ""


def people_in(
    roles: Collection[Role], bodies: Collection[str], division: str, on: date, programme: str = ""
) -> tuple[Person, ...]:
    """The active people who hold a post of these roles that reaches the division, by their oldest post; of any body
    where none is named, and of posts that hold the programme where one is."""
    asked = Q(body__code__in=list(bodies)) if bodies else Q()
    posts = Post.objects.filter(current(on), asked, role__in=[role.value for role in roles], person__is_active=True)
    near = [post for post in posts.select_related("person").order_by("pk") if _reaches(post, division, programme)]
    return tuple({post.person.pk: post.person for post in near}.values())


def _reaches(post: Post, division: str, programme: str) -> bool:
    inside = any(covers(code, division) for code in post.divisions)
    return inside and (not programme or EVERYTHING in post.programmes or programme in post.programmes)
