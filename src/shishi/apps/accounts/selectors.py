"""Who is who, and how far they reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Q, When

from shishi.apps.accounts.models import Body, Post, Responsibility
from shishi.apps.accounts.models import Person as Person  # pages name the type; they never import models
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.audit import chain
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, official
from shishi.core.errors import Misuse
from shishi.core.programmes import Part

EVERYTHING = "*"
_looked_up: ContextVar[dict[tuple[int, date], tuple[Post, ...]] | None] = ContextVar("posts", default=None)


@dataclass(frozen=True, slots=True)
class Reach:
    """The divisions (significant codes) and programmes (full names, ``*`` for all) of one post, for one action."""

    divisions: tuple[str, ...]
    programmes: tuple[str, ...]

    def holds(self, division: str, programme: str) -> bool:
        """Whether both lie within. An empty ``programme`` asks about the division alone."""
        inside = any(covers(own, division) for own in self.divisions)
        return inside and (not programme or EVERYTHING in self.programmes or programme in self.programmes)


def person_named(username: str) -> Person:
    """The active person of that user name; ``Misuse`` (unknown_person) otherwise."""
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        message = f"没有名为“{username}”的在用人员。用 shishi user list 查看，或用 shishi user add 新增。"
        raise Misuse("unknown_person", message)
    return person


def body_coded(code: str) -> Body:
    """The body of that code; ``Misuse`` (unknown_body) otherwise."""
    body = Body.objects.filter(code=code).first()
    if body is None:
        raise Misuse("unknown_body", f"没有代码为“{code}”的单位。用 shishi body list 查看。")
    return body


@contextmanager
def one_look() -> Iterator[None]:
    """Within it the posts of a person are read once: for a page that asks about reach again and again and writes
    nothing."""
    token = _looked_up.set({})
    try:
        yield
    finally:
        _looked_up.reset(token)


def posts_of(person: Person, on: date) -> tuple[Post, ...]:
    """Posts that hold on the day, in bodies that have not ended."""
    known = _looked_up.get()
    if known is None:
        return _posts_of(person, on)
    if (person.pk, on) not in known:
        known[person.pk, on] = _posts_of(person, on)
    return known[person.pk, on]


def _posts_of(person: Person, on: date) -> tuple[Post, ...]:
    current = Q(until__isnull=True) | Q(until__gte=on)
    alive = Q(body__ends__isnull=True) | Q(body__ends__gte=on)
    return tuple(Post.objects.filter(current, alive, person=person).select_related("body").order_by("pk"))


def reaches(person: Person, action: Action, on: date) -> tuple[Reach, ...]:
    """Every reach in which the person may do ``action`` on the day."""
    return tuple(
        Reach(tuple(post.divisions), tuple(post.programmes))
        for post in posts_of(person, on)
        if action in MAY[Role(post.role)]
    )


def may(person: Person, action: Action, division: str, programme: str, on: date) -> bool:
    """Whether one of the person's posts allows it there on that day. ``division`` is a significant code."""
    return any(reach.holds(division, programme) for reach in reaches(person, action, on))


def require(person: Person, action: Action, division: str, programme: str, on: date) -> None:
    """Raise ``Misuse`` (out_of_reach) unless :func:`may`."""
    if not may(person, action, division, programme, on):
        where = f"{official(division)} 的 {programme}" if programme else official(division)
        message = f"{person} 没有在 {where} “{action.label}”的权限。请由有权限的人员办理，或用 shishi post add 授权。"
        raise Misuse("out_of_reach", message)


def body_of(person: Person, on: date) -> str:
    """Code of the body the person writes for: that of the oldest current post, or ``""``."""
    posts = posts_of(person, on)
    return posts[0].body.code if posts else ""


def demonstration_people(at: datetime, asked: str = "", limit: int = 30) -> tuple[Post, ...]:
    """Posts under which one may enter a demonstration store, those with the most rights first; ``asked`` is a part of a
    name. Whether the store is one is for the caller to know."""
    on = day_of(at)
    current = Q(until__isnull=True) | Q(until__gte=on)
    alive = Q(body__ends__isnull=True) | Q(body__ends__gte=on)
    named = Q(person__name__icontains=asked) | Q(person__username__icontains=asked) | Q(body__title__icontains=asked)
    order = Case(*(When(role=role.value, then=place) for place, role in enumerate(reversed(Role))), default=99)
    found = Post.objects.filter(current, alive, named if asked else Q(), person__is_active=True)
    return tuple(found.select_related("person", "body").order_by(order, "body__division", "pk")[:limit])


def people() -> Sequence[Person]:
    """All people by user name."""
    return tuple(Person.objects.order_by("username"))


def bodies(offset: int = 0, limit: int = 500) -> Sequence[Body]:
    """Bodies by code, paged."""
    return tuple(Body.objects.order_by("code")[offset : offset + limit])


def responsible(programme: str, division: str, part: Part, on: date) -> tuple[Body, ...]:
    """Bodies that hold ``part`` for exactly this division on the day; notices go to the lead."""
    current = Q(ends__isnull=True) | Q(ends__gte=on)
    found = Responsibility.objects.filter(
        current, programme=programme, division=division, part=part.value, effective_on__lte=on
    ).select_related("body")
    return tuple(item.body for item in found.order_by("body__code") if item.body.ends is None or item.body.ends >= on)


@dataclass(frozen=True, slots=True)
class Held:
    """A body's part in a programme for a division, and the name of the leader who answers (or none)."""

    body: str
    title: str
    part: Part
    leader: str


def parts_held(programme: str, on: date) -> Mapping[str, tuple[Held, ...]]:
    """Division → who holds a part in the programme for it on the day; leads first."""
    current = Q(ends__isnull=True) | Q(ends__gte=on)
    found = Responsibility.objects.filter(current, programme=programme, effective_on__lte=on).select_related("body")
    order = [part.value for part in Part]
    held: dict[str, list[Held]] = {}
    for item in sorted(found, key=lambda item: (order.index(item.part), item.body.code)):
        if item.body.ends is None or item.body.ends >= on:
            told = Held(item.body.code, item.body.title, Part(item.part), item.leader)
            held.setdefault(item.division, []).append(told)
    return {division: tuple(parts) for division, parts in held.items()}


def members(body: Body, on: date) -> tuple[Person, ...]:
    """People with a current post in the body."""
    current = Q(until__isnull=True) | Q(until__gte=on)
    posts = Post.objects.filter(current, body=body, person__is_active=True).select_related("person").order_by("pk")
    return tuple({post.person.pk: post.person for post in posts}.values())


def facts_of(post: Post) -> dict[str, object]:
    """What the trail tells of a post: whose it is and how far it reaches."""
    return {
        "person": post.person.username,
        "body": post.body.code,
        "role": str(post.role),
        "divisions": list(post.divisions),
        "programmes": list(post.programmes),
        "until": post.until.isoformat() if post.until else None,
    }


def digest_of_post(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when the post is gone."""
    post = Post.objects.filter(pk=int(identifier)).select_related("person", "body").first()
    return chain.digest(facts_of(post)) if post else None


def post_identifiers() -> tuple[str, ...]:
    """The ids of all posts."""
    return tuple(str(pk) for pk in Post.objects.order_by("pk").values_list("pk", flat=True))
