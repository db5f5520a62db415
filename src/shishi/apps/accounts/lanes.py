"""Who stands where, for work that goes from desk to desk: the body that holds a part there or nearest above, the body
of a title, the people of a role in a body."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Q

from shishi.apps.accounts.models import Body, Person, Post, Responsibility
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import EVERYTHING, current
from shishi.core.divisions import covers, normalise, official, parent_code
from shishi.core.programmes import Part


def above(division: str) -> tuple[str, ...]:
    """The division and all above it, the nearest first, as significant codes."""
    found = [division]
    while (parent := parent_code(found[-1])) is not None:
        found.append(parent)
    return tuple(found)


def nearest_part(part: Part, programme: str, division: str, on: date, beyond: Sequence[str] = ()) -> str:
    """The code of the body that holds the part in the programme there, or in the nearest division above; ``""`` for
    none. ``beyond``: bodies that are passed over."""
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
    placed = held.order_by("-body__code").values_list("division", "body__code")
    found = {normalise(place): code for place, code in placed}
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
