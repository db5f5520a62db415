"""Who is who, and how far they reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date

from django.db.models import AutoField, DateField, Q

from shishi.apps.accounts.models import Body, Delegation, Post, Responsibility
from shishi.apps.accounts.models import Person as Person  # pages name the type; they never import models
from shishi.apps.accounts.names import looked_up
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.audit import capacity, chain
from shishi.apps.audit.kept_questions import Blank, KeptQuestion
from shishi.core.divisions import COUNTRY, covers, official
from shishi.core.errors import Misuse
from shishi.core.programmes import Part

EVERYTHING = "*"
placed: ContextVar[dict[tuple[object, ...], str] | None] = ContextVar("placed", default=None)
"""Which body stands where, as far as a look has asked (see :mod:`shishi.apps.accounts.lanes`)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The divisions (significant codes) and programmes (full names, ``*`` for all) of one post, for one action."""

    divisions: tuple[str, ...]
    programmes: tuple[str, ...]
    acts_by: tuple[str, str, str] | None = None
    """Who does what by which delegation; ``None`` where the post is one's own. It is told to the trail when used."""

    def holds(self, division: str, programme: str) -> bool:
        """Whether both lie within. An empty ``programme`` asks about the division alone."""
        inside = any(covers(own, division) for own in self.divisions)
        held = inside and (not programme or EVERYTHING in self.programmes or programme in self.programmes)
        if held and self.acts_by:
            capacity.note(*self.acts_by)
        return held


@dataclass(slots=True)
class _Look:
    """What one look has seen: posts by person and day, and what follows from them for an action."""

    posts: dict[tuple[int, date], tuple[Post, ...]] = field(default_factory=dict)
    reaches: dict[tuple[int, Action, date], tuple[Reach, ...]] = field(default_factory=dict)


_looked_up: ContextVar[_Look | None] = ContextVar("posts", default=None)


def lying_in(column: str, divisions: Iterable[str]) -> Q:
    """A condition of a query: the significant code in ``column`` lies in one of the divisions; nothing without one."""
    inside = Q(pk__in=[])
    for code in divisions:
        inside |= Q(pk__isnull=False) if code == COUNTRY else Q(**{f"{column}__startswith": code})
    return inside


def person_named(username: str) -> Person:
    """The active person of that user name, citizens left out; ``Misuse`` (unknown_person) otherwise."""
    person = Person.objects.filter(username=username, is_active=True, citizen=False).first()
    if person is None:
        message = f"没有名为“{username}”的在用人员。用 shishi user list 查看，或用 shishi user add 新增。"
        raise Misuse("unknown_person", message)
    return person


def signed_in_citizen(user: object) -> Person | None:
    """The citizen that a session belongs to; ``None`` for nobody and for people of the offices."""
    return user if isinstance(user, Person) and user.citizen and user.is_active else None


def body_coded(code: str) -> Body:
    """The body of that code; ``Misuse`` (unknown_body) otherwise."""
    body = Body.objects.filter(code=code).first()
    if body is None:
        raise Misuse("unknown_body", f"没有代码为“{code}”的单位。用 shishi body list 查看。")
    return body


def body_named(word: str, on: date) -> Body:
    """The body in use on the day with that code or that whole name. ``Misuse``: unknown_body, body_ambiguous."""
    standing = Q(ends__isnull=True) | Q(ends__gte=on)
    found = list(Body.objects.filter(standing, Q(code=word) | Q(title=word)).order_by("code")[:6])
    exact = next((body for body in found if body.code == word), None)
    if exact or len(found) == 1:
        return exact or found[0]
    if found:
        codes = "、".join(body.code for body in found)
        raise Misuse("body_ambiguous", f"有 {len(found)} 个单位叫“{word[:60]}”，请改写单位代码：{codes}。")
    near = list(Body.objects.filter(standing, title__contains=word[:2]).values_list("title", flat=True)[:5])
    hint = f"相近的有：{'、'.join(near)}。" if word.strip() and near else "请先新增单位，或改写单位代码。"
    raise Misuse("unknown_body", f"系统里没有在用的单位“{word[:60]}”。{hint}")


@contextmanager
def one_look() -> Iterator[None]:
    """Within it the posts of a person are read once, and their name, and which body stands where: for whoever asks
    about reach again and again and changes nobody's posts."""
    if _looked_up.get() is not None:  # a part of somebody's look already
        yield
        return
    posts, names, places = _looked_up.set(_Look()), looked_up.set({}), placed.set({})
    try:
        yield
    finally:
        _looked_up.reset(posts)
        looked_up.reset(names)
        placed.reset(places)


def posts_of(person: Person, on: date) -> tuple[Post, ...]:
    """Posts that hold on the day, in bodies that have not ended: one's own, then those that others delegated (each with
    its ``delegation``, cut down to what was delegated)."""
    known = _looked_up.get()
    if known is None:
        return _posts_of(person, on)
    if (person.pk, on) not in known.posts:
        known.posts[person.pk, on] = _posts_of(person, on)
    return known.posts[person.pk, on]


def _posts_of(person: Person, on: date) -> tuple[Post, ...]:
    if person.citizen:
        return ()
    return (*_own_posts(person.pk, on), *(_delegated(item) for item in delegations_to(person, on)))


def current(on: date | Blank, prefix: str = "") -> Q:
    """Of posts (or of what leads to them by ``prefix``): those that hold on the day, in bodies that have not ended."""
    limits = Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gte": on})
    lives = Q(**{f"{prefix}body__ends__isnull": True}) | Q(**{f"{prefix}body__ends__gte": on})
    stands = Q(**{f"{prefix}ended_on__isnull": True}) | Q(**{f"{prefix}ended_on__gt": on})
    return limits & lives & stands


_own_posts: KeptQuestion[Post] = KeptQuestion(
    lambda person, on: Post.objects.filter(current(on), person=person).select_related("body").order_by("pk"),
    AutoField(),
    DateField(),
)
_delegated_to: KeptQuestion[tuple[int]] = KeptQuestion(
    lambda person, on: Delegation.objects.filter(
        to=person, starts__lte=on, ends__gte=on, taken_back_at__isnull=True
    ).values_list("pk")[:1],
    AutoField(),
    DateField(),
)


def delegations_to(person: Person, on: date) -> tuple[Delegation, ...]:
    """What others delegated to the person and holds on the day: not of a giver who is gone, but for a stand-in."""
    if not _delegated_to(person.pk, on):  # as with nearly everybody on nearly every day: asked in a tenth of the time
        return ()
    held = Q(stands_in=True) | Q(post__person__is_active=True)
    found = Delegation.objects.filter(
        held, current(on, "post__"), to=person, starts__lte=on, ends__gte=on, taken_back_at__isnull=True
    )
    return tuple(found.select_related("post__body", "post__person", "to").order_by("pk"))


def _delegated(given: Delegation) -> Post:
    """The post in other hands: never more than the post itself holds now."""
    divisions, programmes = within(given.post, given.divisions, given.programmes)
    post = Post(
        person=given.to,
        body=given.post.body,
        role=given.post.role,
        divisions=divisions,
        programmes=programmes,
        until=given.ends,
    )
    post.delegation = given
    return post


def within(post: Post, divisions: Sequence[str], programmes: Sequence[str]) -> tuple[list[str], list[str]]:
    """The part of divisions and programmes that lies in the reach of a post."""
    inner = [code for code in divisions if any(covers(own, code) for own in post.divisions)]
    outer = [own for own in post.divisions if own not in inner and any(covers(code, own) for code in divisions)]
    if EVERYTHING in post.programmes:
        return [*inner, *outer], list(programmes)
    named = post.programmes if EVERYTHING in programmes else [name for name in programmes if name in post.programmes]
    return [*inner, *outer], list(named)


def reaches(person: Person, action: Action, on: date) -> tuple[Reach, ...]:
    """Every reach in which the person may do ``action`` on the day."""
    capacity.ask_anew(person.username, action.value)
    known = _looked_up.get()
    if known is None:
        return _reaches(person, action, on)
    if (person.pk, action, on) not in known.reaches:
        known.reaches[person.pk, action, on] = _reaches(person, action, on)
    return known.reaches[person.pk, action, on]


def _reaches(person: Person, action: Action, on: date) -> tuple[Reach, ...]:
    return tuple(
        Reach(tuple(post.divisions), tuple(post.programmes), acts_by(post, action))
        for post in posts_of(person, on)
        if action in MAY[Role(post.role)]
    )


def acts_by(post: Post, action: Action) -> tuple[str, str, str] | None:
    """By which delegation somebody does something in this post; ``None`` in one's own. Looking is no act."""
    given = post.delegation
    if given is None or action is Action.READ:
        return None
    return (given.to.username, action.value, f"{given.pk}:{given.post.person.username}")


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


def officials_named(usernames: Collection[str]) -> dict[str, Person]:
    """The active people of these user names that are no citizens."""
    found = Person.objects.filter(username__in=list(usernames), is_active=True, citizen=False)
    return {person.username: person for person in found}


def bodies_behind(usernames: Collection[str]) -> dict[str, dict[str, str]]:
    """Of each person every body (code → title) in which they ever held a post of their own, ended ones included."""
    found: dict[str, dict[str, str]] = {}
    for post in Post.objects.filter(person__username__in=list(usernames)).select_related("person", "body"):
        found.setdefault(post.person.username, {})[post.body.code] = post.body.title
    return found


def delegations_about(person: Person, on: date) -> tuple[Delegation, ...]:
    """What the person gave or got that still holds or is yet to begin, the next to end first."""
    mine = Q(to=person) | Q(post__person=person)
    found = Delegation.objects.filter(mine, ends__gte=on, taken_back_at__isnull=True)
    return tuple(found.select_related("post__person", "post__body", "to").order_by("ends", "pk"))


def people() -> Sequence[Person]:
    """All people of the offices by user name."""
    return tuple(Person.objects.filter(citizen=False).order_by("username"))


def body_titles(codes: Collection[str]) -> dict[str, str]:
    """Code → title of these bodies, ended ones included."""
    return dict(Body.objects.filter(code__in=list(codes)).values_list("code", "title"))


def bodies(offset: int = 0, limit: int = 500) -> Sequence[Body]:
    """Bodies by code, paged."""
    return tuple(Body.objects.order_by("code")[offset : offset + limit])


def holders(on: date, roles: Collection[Role]) -> tuple[str, ...]:
    """The user names of active people who hold a post of these roles on the day."""
    found = Post.objects.filter(current(on), role__in=[role.value for role in roles], person__is_active=True)
    return tuple(found.order_by("person__username").values_list("person__username", flat=True).distinct())


def responsible(programme: str, division: str, part: Part, on: date) -> tuple[Body, ...]:
    """Bodies that hold ``part`` for exactly this division on the day; notices go to the lead."""
    standing = Q(ends__isnull=True) | Q(ends__gte=on)
    found = Responsibility.objects.filter(
        standing, programme=programme, division=division, part=part.value, effective_on__lte=on
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
    posts = Post.objects.filter(current(on), body=body, person__is_active=True).select_related("person").order_by("pk")
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


def digest_of_post_end(identifier: str) -> str | None:
    """Of a post that was ended: recomputed from what is stored now."""
    post = Post.objects.filter(pk=int(identifier), ended_on__isnull=False).first()
    return chain.digest(facts_of_end(post)) if post else None


def facts_of_end(post: Post) -> dict[str, object]:
    """What the trail tells of a post's end."""
    return {"post": post.pk, "from": post.ended_on.isoformat() if post.ended_on else None}


def facts_of_delegation(given: Delegation) -> dict[str, object]:
    """What the trail tells of a delegation: of which post, to whom, how much of it, how long, why."""
    return {
        "post": given.post_id,
        "of": given.post.person.username,
        "to": given.to.username,
        "stands_in": given.stands_in,
        "divisions": list(given.divisions),
        "programmes": list(given.programmes),
        "starts": given.starts.isoformat(),
        "ends": given.ends.isoformat(),
        "reason": given.reason,
        "given_by": given.given_by,
    }


def digest_of_delegation(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    given = Delegation.objects.filter(pk=int(identifier)).select_related("post__person", "to").first()
    return chain.digest(facts_of_delegation(given)) if given else None


def delegation_identifiers() -> tuple[str, ...]:
    """The ids of all delegations."""
    return tuple(str(pk) for pk in Delegation.objects.order_by("pk").values_list("pk", flat=True))


def facts_of_taking_back(given: Delegation) -> dict[str, object]:
    """What the trail tells of a delegation that was taken back."""
    at = given.taken_back_at.astimezone(UTC).isoformat() if given.taken_back_at else None
    return {"delegation": given.pk, "at": at, "by": given.taken_back_by}


def digest_of_taking_back(identifier: str) -> str | None:
    """Of a delegation that was taken back: recomputed from what is stored now."""
    given = Delegation.objects.filter(pk=int(identifier), taken_back_at__isnull=False).first()
    return chain.digest(facts_of_taking_back(given)) if given else None


def taken_back_identifiers() -> tuple[str, ...]:
    """The ids of all delegations that were taken back."""
    return tuple(str(pk) for pk in Delegation.objects.filter(taken_back_at__isnull=False).values_list("pk", flat=True))


def ended_post_identifiers() -> tuple[str, ...]:
    """The ids of all posts that were ended."""
    return tuple(str(pk) for pk in Post.objects.filter(ended_on__isnull=False).values_list("pk", flat=True))
