"""Adding bodies, people, posts and responsibilities. Every function writes its audit event in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from shishi.apps.accounts.delegating import require_apart
from shishi.apps.accounts.models import Body, Person, Post, Responsibility, Submission
from shishi.apps.accounts.roles import Action, Role
from shishi.apps.accounts.selectors import EVERYTHING, body_coded, body_of, facts_of, person_named, require
from shishi.apps.accounts.separation import require_no_all_rounder
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.programmes import Part

KEPT_FOR = timedelta(days=30)
"""How long it is known that a form was sent; its page is older than that in no browser."""
OPERATOR = "operator"
PUBLIC = "public"
PARTNER = "exchange"
CITIZENS = "citizen."
"""What user names of citizens begin with; nobody of an office is called so."""
_CODE = re.compile(r"[\w.@-]{1,80}")
_TOKEN = re.compile(r"[\w:-]{16,80}", re.ASCII)


@transaction.atomic
def make_operator(at: datetime) -> Person:
    """The labelled all-rounder of one office PC, made by ``init``; safe to repeat."""
    person, made = Person.objects.get_or_create(username=OPERATOR, defaults={"name": "操作员（初始化生成）"})
    if made:
        person.set_unusable_password()
        person.save()
        body, _ = Body.objects.get_or_create(code="office", defaults={"title": "本机办公室", "division": COUNTRY})
        post = Post.objects.create(
            person=person, body=body, role=Role.OPERATOR, divisions=[COUNTRY], programmes=[EVERYTHING]
        )
        record(at=at, person=OPERATOR, action="user.add", subject=f"person:{OPERATOR}", detail={"role": Role.OPERATOR})
        record(at=at, person=OPERATOR, action="post.add", subject=f"post:{post.pk}", detail=facts_of(post))
    return person


@transaction.atomic
def make_public(at: datetime) -> Person:
    """Everybody, in whose name the rows that people send in are written. It holds no post and can read nothing; safe to
    repeat."""
    person, made = Person.objects.get_or_create(username=PUBLIC, defaults={"name": "公众", "is_active": False})
    if made:
        person.set_unusable_password()
        person.save()
        record(at=at, person=PUBLIC, action="user.add", subject=f"person:{PUBLIC}", detail={"name": person.name})
    return person


@transaction.atomic
def make_partner(at: datetime) -> Person:
    """In whose name stands what other bodies hand over by signed messages. It holds no post, has no password and can
    read nothing; safe to repeat."""
    person, made = Person.objects.get_or_create(username=PARTNER, defaults={"name": "外单位（数据交换）"})
    if made:
        person.set_unusable_password()
        person.save()
        record(at=at, person=PARTNER, action="user.add", subject=f"person:{PARTNER}", detail={"name": person.name})
    return person


def make_citizen(uid: str, name: str, at: datetime) -> Person:
    """The person behind a citizen's account: no password, no post. Call inside the transaction of the account, which
    writes the event."""
    person = Person(username=f"{CITIZENS}{uid}", name=name, citizen=True)
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def rename_citizen(person: Person, name: str) -> None:
    """A citizen said or proved their name; the account writes the event."""
    if person.citizen and person.name != name:
        person.name = name
        person.save(update_fields=["name"])


@transaction.atomic
def add_body(*, code: str, title: str, division: str, ends: date | None, by: Person, at: datetime) -> Body:
    """Add a body, or return the one already there with the same content; ``Misuse`` (body_differs) when it differs."""
    require(by, Action.MANAGE_PEOPLE, division, "", day_of(at))
    _require_named("单位代码", code, title)
    held = Body.objects.filter(code=code).first()
    if held:
        if (held.title, held.division, held.ends) == (title, division, ends):
            return held
        raise Misuse("body_differs", f"代码“{code}”已属于“{held.title}”。请换一个代码。")
    body = Body.objects.create(code=code, title=title, division=division, ends=ends)
    detail = {"title": title, "division": division, "ends": ends.isoformat() if ends else None}
    _record(by, at, "body.add", f"body:{code}", detail)
    return body


@transaction.atomic
def add_person(*, username: str, name: str, mail: str, demonstration: bool, by: Person, at: datetime) -> Person:
    """Add a person without a password; the same content again changes nothing."""
    require(by, Action.MANAGE_PEOPLE, COUNTRY, "", day_of(at))
    _require_named("用户名", username, name)
    if username.startswith(CITIZENS):
        raise Misuse("name_reserved", f"“{CITIZENS}”开头的用户名留给群众账户。请换一个用户名。")
    held = Person.objects.filter(username=username).first()
    if held:
        if (held.name, held.mail) == (name, mail):
            return held
        raise Misuse("user_differs", f"用户名“{username}”已属于“{held.name}”。请换一个用户名。")
    person = Person(username=username, name=name, mail=mail, demonstration=demonstration)
    person.set_unusable_password()
    person.save()
    _record(by, at, "user.add", f"person:{username}", {"name": name, "mail": mail})
    return person


@transaction.atomic
def end_body(code: str, *, on: date, by: Person, at: datetime) -> Body:
    """Let a body end with the day ``on``; its posts hold no longer than that. ``Misuse`` (unknown_body, out_of_reach,
    day_past)."""
    body = body_coded(code)
    require(by, Action.MANAGE_PEOPLE, body.division, "", day_of(at))
    if on < day_of(at):
        raise Misuse("day_past", "撤销最早从今天起；过去的事已记在审计里，不能倒改。")
    if body.ends != on:
        body.ends = on
        body.save(update_fields=["ends"])
        _record(by, at, "body.end", f"body:{code}", {"ends": on.isoformat()})
    return body


@transaction.atomic
def set_in_use(username: str, in_use: bool, *, by: Person, at: datetime) -> Person:
    """Put a person out of use (their sessions end at once) or back into it. ``Misuse`` (unknown_person,
    not_oneself)."""
    require(by, Action.MANAGE_PEOPLE, COUNTRY, "", day_of(at))
    person = Person.objects.exclude(username=PUBLIC).filter(username=username).first()
    if person is None:
        raise Misuse("unknown_person", f"没有名为“{username}”的人员。用 shishi user list 查看。")
    if person.pk == by.pk:
        raise Misuse("not_oneself", "不能停用自己。请由另一位管理人员的同志办理。")
    if person.is_active != in_use:
        person.is_active = in_use
        person.save(update_fields=["is_active"])
        _record(by, at, "user.resume" if in_use else "user.end", f"person:{username}", {})
    return person


@transaction.atomic
def add_post(
    *,
    username: str,
    body: str,
    role: Role,
    divisions: Sequence[str],
    programmes: Sequence[str],
    until: date | None,
    by: Person,
    at: datetime,
) -> Post:
    """Give a person a post. ``Misuse`` (roles_exclude_each_other) when two
    administrator roles would meet in one person."""
    today = day_of(at)
    require_no_all_rounder(role)
    for division in divisions:
        require(by, Action.MANAGE_PEOPLE, division, "", today)
    person, place = person_named(username), body_coded(body)
    require_apart(person, role, today)
    same = Post.objects.filter(person=person, body=place, role=role, until=until, ended_on__isnull=True)
    for post in same:
        if post.divisions == list(divisions) and post.programmes == list(programmes):
            return post
    post = Post.objects.create(
        person=person, body=place, role=role, divisions=list(divisions), programmes=list(programmes), until=until
    )
    _record(by, at, "post.add", f"post:{post.pk}", facts_of(post))
    return post


def hold_responsibility(
    *, body: Body, programme: str, division: str, part: Part, leader: str, effective_on: date, at: datetime
) -> Responsibility:
    """Record a responsibility that a pack names; the pack's installation records the event."""
    standing = Responsibility.objects.filter(
        body=body, programme=programme, division=division, part=part.value, leader=leader, ends__isnull=True
    ).first()
    return standing or Responsibility.objects.create(
        body=body,
        programme=programme,
        division=division,
        part=part.value,
        leader=leader,
        effective_on=effective_on,
        recorded_at=at,
    )


def end_responsibilities(programme: str, kept: Collection[int], on: date) -> int:
    """End, on the day before ``on``, what a newer revision of the pack no longer names; ``kept`` are ids that go on."""
    gone = Responsibility.objects.filter(programme=programme, ends__isnull=True, effective_on__lt=on).exclude(
        pk__in=kept
    )
    return gone.update(ends=on - timedelta(days=1))


def hold_body(*, code: str, title: str, division: str, ends: date | None, pack: str) -> Body:
    """Keep a body that a pack names; a changed title is taken over."""
    body, _ = Body.objects.update_or_create(
        code=code, defaults={"title": title, "division": division, "ends": ends, "pack": pack}
    )
    return body


def _require_named(kind: str, code: str, title: str) -> None:
    if not _CODE.fullmatch(code):
        raise Misuse(
            "name_malformed", f"{kind}“{code}”写法不对：用字母、数字和 . _ - @，不超过 80 个，例如 zhang.san。"
        )
    if not title.strip():
        raise Misuse("name_malformed", f"“{code}”还没有写名称。请在{kind}后面写上姓名或单位名称。")


def _record(by: Person, at: datetime, action: str, subject: str, detail: Mapping[str, object]) -> None:
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=subject, detail=detail)


def first_time(token: str, person: Person, at: datetime) -> bool:
    """Whether a form or link with this token comes for the first time. Asked in the transaction of what it asks for:
    both
    are written or neither is. ``Misuse`` (once_malformed) for what is no token of ours."""
    if not connection.in_atomic_block:
        raise RuntimeError("a form is taken in the transaction of what it does")
    if not _TOKEN.fullmatch(token):
        raise Misuse("once_malformed", "表单不完整，没有办理。请刷新页面后再提交。")
    Submission.objects.filter(at__lt=at - KEPT_FOR).delete()
    _, made = Submission.objects.get_or_create(token=token, defaults={"person": person.username, "at": at})
    return made
