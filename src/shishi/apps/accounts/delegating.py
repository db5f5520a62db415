"""Posts in other hands: delegation 代理 by who holds them, stand-ins 顶岗 by who manages people, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from shishi.apps.accounts.models import Delegation, Person, Post
from shishi.apps.accounts.roles import APART, Action, Role
from shishi.apps.accounts.selectors import (
    body_of,
    current,
    facts_of_delegation,
    facts_of_end,
    facts_of_taking_back,
    person_named,
    posts_of,
    require,
    within,
)
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse

LONGEST = timedelta(days=184)
"""A delegation is temporary: half a year at most. Longer is a post of one's own."""
NEVER = APART | {Role.OPERATOR}
"""Roles that nobody hands on: the three administrators', and the one that holds all of them."""


@transaction.atomic
def delegate(
    post_id: int,
    *,
    to: str,
    starts: date,
    ends: date,
    reason: str,
    by: Person,
    at: datetime,
    divisions: Sequence[str] = (),
    programmes: Sequence[str] = (),
) -> Delegation:
    """Give the whole of one's own post, or the named part, to a colleague for some days.

    ``Misuse``: unknown_post (not one's own), role_not_delegable, delegation_too_wide, span_wrong, unknown_person,
    delegate_unfit. The same again changes nothing.
    """
    post = _post(post_id, at)
    if post.person_id != by.pk:
        raise Misuse("unknown_post", "只能委托自己现任的岗位。用 shishi post list 查看自己有哪些岗位。")
    if Role(post.role) in NEVER:
        raise Misuse("role_not_delegable", f"“{post.role_label}”的岗位不能委托他人代理；确需替换的，请另行任免。")
    return _give(post, to, starts, ends, reason, divisions, programmes, stands_in=False, by=by, at=at)


@transaction.atomic
def let_stand_in(
    post_id: int, *, to: str, starts: date, ends: date, reason: str, by: Person, at: datetime
) -> Delegation:
    """Let somebody stand in for the whole post of a person who is away. ``Misuse`` as :func:`delegate`, out_of_reach,
    roles_exclude_each_other."""
    post = _post(post_id, at)
    for division in post.divisions:
        require(by, Action.MANAGE_PEOPLE, division, "", day_of(at))
    require_apart(person_named(to), Role(post.role), day_of(at))
    return _give(post, to, starts, ends, reason, (), (), stands_in=True, by=by, at=at)


@transaction.atomic
def take_back(delegation_id: int, *, by: Person, at: datetime) -> Delegation:
    """End it at once: by who holds the post, by who took it on, or by who manages people there. Again changes nothing.
    ``Misuse`` (unknown_delegation, out_of_reach)."""
    given = Delegation.objects.select_for_update().filter(pk=delegation_id).select_related("post__person", "to").first()
    if given is None:
        raise Misuse("unknown_delegation", f"没有编号为 {delegation_id} 的代理。用 shishi post list 查看。")
    parties = {given.to_id} if given.stands_in else {given.post.person_id, given.to_id}
    if by.pk not in parties:
        for division in given.post.divisions:
            require(by, Action.MANAGE_PEOPLE, division, "", day_of(at))
    if given.taken_back_at is None:
        given.taken_back_at, given.taken_back_by = at, by.username
        given.save(update_fields=["taken_back_at", "taken_back_by"])
        facts = facts_of_taking_back(given)
        _record(by, at, "delegation.end", f"delegation.end:{given.pk}", facts)
    return given


@transaction.atomic
def end_post(post_id: int, *, on: date, by: Person, at: datetime) -> Post:
    """End a post from the day ``on`` on (today: at once); what was delegated of it ends with it. Again changes nothing.
    ``Misuse`` (unknown_post, out_of_reach, day_past, post_last_operator)."""
    post = Post.objects.select_for_update().filter(pk=post_id).select_related("person", "body").first()
    if post is None:
        raise Misuse("unknown_post", f"没有编号为 {post_id} 的岗位。用 shishi post list 查看。")
    for division in post.divisions:
        require(by, Action.MANAGE_PEOPLE, division, "", day_of(at))
    if post.ended_on is not None:
        return post
    if on < day_of(at):
        raise Misuse("day_past", "免去岗位最早从今天起；过去的事已记在审计里，不能倒改。")
    _require_not_last(post, on)
    post.ended_on = on
    post.save(update_fields=["ended_on"])
    _record(by, at, "post.end", f"post.end:{post.pk}", facts_of_end(post))
    return post


def require_apart(person: Person, role: Role, on: date) -> None:
    """Raise ``Misuse`` (roles_exclude_each_other) where two administrators would meet in one person."""
    held = {Role(post.role) for post in posts_of(person, on)}
    if role in APART and held & (APART - {role}):
        message = f"{person} 已任其他管理员；系统、安全、审计三类管理员须由不同人担任。"
        raise Misuse("roles_exclude_each_other", message)


def _post(post_id: int, at: datetime) -> Post:
    found = Post.objects.filter(current(day_of(at)), pk=post_id).select_related("person", "body").first()
    if found is None:
        raise Misuse("unknown_post", f"没有编号为 {post_id} 的现任岗位。用 shishi post list 查看。")
    return found


def _give(
    post: Post,
    to: str,
    starts: date,
    ends: date,
    reason: str,
    divisions: Sequence[str],
    programmes: Sequence[str],
    *,
    stands_in: bool,
    by: Person,
    at: datetime,
) -> Delegation:
    colleague = person_named(to)
    _require_fit(post, colleague, starts, ends, reason, day_of(at))
    wanted = (list(divisions or post.divisions), list(programmes or post.programmes))
    if within(post, *wanted) != wanted:
        raise Misuse("delegation_too_wide", "委托的范围超出了岗位本身的范围。请只选岗位范围内的行政区划和项目。")
    facts = {
        "post": post,
        "to": colleague,
        "stands_in": stands_in,
        "divisions": wanted[0],
        "programmes": wanted[1],
        "starts": starts,
        "ends": ends,
    }
    known = Delegation.objects.filter(taken_back_at__isnull=True, post=post, to=colleague, starts=starts, ends=ends)
    for same in known.filter(stands_in=stands_in):
        if (same.divisions, same.programmes) == wanted:
            return same
    given = Delegation.objects.create(**facts, reason=reason.strip(), given_by=by.username, recorded_at=at)
    _record(by, at, "delegation.add", f"delegation:{given.pk}", facts_of_delegation(given))
    return given


def _require_fit(post: Post, colleague: Person, starts: date, ends: date, reason: str, today: date) -> None:
    if colleague.pk == post.person_id:
        raise Misuse("delegate_unfit", "不能委托给本人。请选一位同事。")
    if not Post.objects.filter(current(today), person=colleague).exists():
        raise Misuse("delegate_unfit", f"{colleague} 现在没有任何岗位，不能代理。请选一位在岗的同事。")
    if ends < starts or ends < today or ends - starts > LONGEST:
        raise Misuse("span_wrong", f"起止日不对：止日不早于起日和今天，最长 {LONGEST.days} 天。")
    if not reason.strip():
        raise Misuse("reason_missing", "请写明事由，例如“出差”“休假”。")


def _require_not_last(post: Post, on: date) -> None:
    """Somebody must be left who can give posts."""
    givers = {Role.OPERATOR, Role.SECURITY_ADMINISTRATOR}
    if Role(post.role) not in givers:
        return
    others = Post.objects.filter(current(on), role__in=givers, person__is_active=True).exclude(pk=post.pk)
    if not others.exists():
        raise Misuse("post_last_operator", "这是最后一个能授予岗位的人，免去后没有人能再授权。请先授予另一位。")


def _record(by: Person, at: datetime, action: str, subject: str, facts: dict[str, object]) -> None:
    body = body_of(by, day_of(at))
    record(
        at=at, person=by.username, body=body, action=action, subject=subject, digest=chain.digest(facts), detail=facts
    )
