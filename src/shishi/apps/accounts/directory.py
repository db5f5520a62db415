"""The directory 名录 for who manages people: bodies, people and posts within their reach, searched and paged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from shishi.adapters.search.pinyin import alphabetical, is_meant
from shishi.apps.accounts.models import Body, Delegation, Person, Post, Responsibility
from shishi.apps.accounts.roles import Action, Role
from shishi.apps.accounts.selectors import Reach, current, delegations_about, lying_in, reaches
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A person in the list with the posts that hold today."""

    person: Person
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """One person: posts that hold, posts that ended, and what is in other hands."""

    person: Person
    posts: tuple[Post, ...]
    ended: tuple[Post, ...]
    delegations: tuple[Delegation, ...]


@dataclass(frozen=True, slots=True)
class BodySeen:
    """One body: who is in it and what it answers for."""

    body: Body
    posts: tuple[Post, ...]
    responsibilities: tuple[Responsibility, ...]


def people_within(
    by: Person, *, at: datetime, asked: str = "", role: str = "", offset: int = 0, limit: int = PAGE
) -> tuple[tuple[Listed, ...], int]:
    """A page of the people whom ``by`` manages, by name as in a dictionary, and how many there are. ``asked``: words
    that are part of a name, user name, mail address or body, as they are written or said; ``role`` a code of
    ``Role``."""
    on = day_of(at)
    found = _people(by, on)
    if role in list(Role):
        found = found.filter(pk__in=Post.objects.filter(current(on), role=role).values("person"))
    known = found.distinct().order_by("pk").values_list("pk", "name", "username", "mail")
    bodies: dict[int, str] = {}
    if asked:
        titles = Post.objects.filter(person__in=found).values_list("person", "body__title").distinct()
        for pk, title in titles:
            bodies[pk] = f"{bodies.get(pk, '')} {title}"
    meant = [item for item in known if is_meant(" ".join((*item[1:], bodies.get(item[0], ""))), asked)]
    meant.sort(key=lambda item: (alphabetical(item[1]), item[2]))
    wanted = [item[0] for item in meant[offset : offset + limit]]
    people = Person.objects.in_bulk(wanted)
    held: dict[int, list[Post]] = {}
    for post in Post.objects.filter(current(on), person__in=wanted).select_related("body").order_by("pk"):
        held.setdefault(post.person_id, []).append(post)
    return tuple(Listed(people[pk], tuple(held.get(pk, ()))) for pk in wanted), len(meant)


def person_seen(by: Person, username: str, *, at: datetime) -> PersonSeen:
    """One person whom ``by`` manages; ``Misuse`` (unknown_person)."""
    on = day_of(at)
    person = _people(by, on).filter(username=username).first()
    if person is None:
        raise Misuse("unknown_person", f"没有名为“{username}”的人员，或不归您管理。请从“单位与人员”页进入。")
    posts = list(Post.objects.filter(person=person).select_related("body").order_by("pk"))
    holding = set(Post.objects.filter(current(on), person=person).values_list("pk", flat=True))
    return PersonSeen(
        person,
        tuple(post for post in posts if post.pk in holding),
        tuple(post for post in posts if post.pk not in holding),
        delegations_about(person, on),
    )


def bodies_within(
    by: Person, *, at: datetime, asked: str = "", offset: int = 0, limit: int = PAGE
) -> tuple[tuple[Body, ...], int]:
    """A page of the bodies that ``by`` manages (each with ``many``: posts that hold), by division, then by title as in
    a dictionary, and how many there are. ``asked``: words of the title or code, as they are written or said."""
    on = day_of(at)
    found = Body.objects.filter(_inside(reaches(by, Action.MANAGE_PEOPLE, on), "division"))
    known = found.order_by("code").values_list("pk", "title", "code", "division")
    meant = [item for item in known if is_meant(f"{item[1]} {item[2]}", asked)]
    meant.sort(key=lambda item: (item[3], alphabetical(item[1])))
    wanted = [item[0] for item in meant[offset : offset + limit]]
    many = Count("posts", filter=current(on, "posts__"), distinct=True)
    bodies = Body.objects.annotate(many=many).in_bulk(wanted)
    return tuple(bodies[pk] for pk in wanted), len(meant)


def body_seen(by: Person, code: str, *, at: datetime) -> BodySeen:
    """One body that ``by`` manages; ``Misuse`` (unknown_body)."""
    on = day_of(at)
    body = Body.objects.filter(_inside(reaches(by, Action.MANAGE_PEOPLE, on), "division"), code=code).first()
    if body is None:
        raise Misuse("unknown_body", f"没有代码为“{code}”的单位，或不归您管理。请从“单位与人员”页进入。")
    standing = Q(ends__isnull=True) | Q(ends__gte=on)
    posts = Post.objects.filter(current(on), body=body).select_related("person", "body").order_by("pk")
    answers = Responsibility.objects.filter(standing, body=body, effective_on__lte=on).order_by("programme", "division")
    return BodySeen(body, tuple(posts), tuple(answers))


def own_posts(person: Person, on: date) -> Sequence[Post]:
    """Posts of one's own that hold on the day, as one may delegate them."""
    return tuple(Post.objects.filter(current(on), person=person).select_related("body", "person").order_by("pk"))


def colleagues(person: Person, on: date) -> Sequence[Person]:
    """Who may take on a post of the person: whoever holds one in the same bodies or divisions, by name as
    in a dictionary."""
    own = own_posts(person, on)
    near = Q(body__in=[post.body_id for post in own])
    for post in own:
        near |= Q(body__division=post.body.division)
    found = Post.objects.filter(current(on), near, person__is_active=True).exclude(person=person)
    people = Person.objects.filter(pk__in=found.values("person"))
    return tuple(sorted(people, key=lambda item: (alphabetical(item.name), item.username)))


def _people(by: Person, on: date) -> QuerySet[Person]:
    """Whom ``by`` manages: who has or had a post within their reach; for who reaches the whole country, everybody."""
    own = reaches(by, Action.MANAGE_PEOPLE, on)
    if any(COUNTRY in reach.divisions for reach in own):
        return Person.objects.filter(citizen=False)
    return Person.objects.filter(pk__in=Post.objects.filter(_inside(own, "body__division")).values("person"))


def _inside(own: Sequence[Reach], field: str) -> Q:
    """Divisions within any of the reaches; nothing without one."""
    return lying_in(field, (code for reach in own for code in reach.divisions))
