"""``body``, ``user`` and ``post``: who there is and how far they reach."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypedDict

from shishi.commands.context import Context, Outcome, command, day

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Post


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: each verb has ``add`` and ``list``."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    if verb == "body":
        adding = command(commands, "add", "新增单位", _add_body, writes=True)
        adding.add_argument("code")
        adding.add_argument("title")
        adding.add_argument("--division", required=True)
        adding.add_argument("--ends", type=day, help="专班的终止日")
        command(commands, "list", "列出单位", _list_bodies)
    elif verb == "user":
        adding = command(commands, "add", "新增人员", _add_user, writes=True)
        adding.add_argument("username")
        adding.add_argument("name")
        adding.add_argument("--mail", default="")
        command(commands, "list", "列出人员和岗位", _list_users)
        for name in ("invite", "password"):
            inviting = command(commands, name, "发一个设置密码的链接（三天内用一次）", _invite, writes=True)
            inviting.add_argument("username")
    else:
        adding = command(commands, "add", "授予岗位", _add_post, writes=True)
        adding.add_argument("username")
        adding.add_argument("body")
        adding.add_argument("role")
        adding.add_argument("--division", action="append", required=True, help="可写多个")
        adding.add_argument("--programme", action="append", help="可写多个，默认全部")
        adding.add_argument("--until", type=day)
        command(commands, "list", "列出岗位", _list_users)


def _add_body(context: Context) -> Outcome:
    from shishi.apps.accounts.services import add_body
    from shishi.apps.divisions.selectors import find_division

    given = context.arguments
    division = find_division(given.division)
    body = add_body(
        code=given.code, title=given.title, division=division.code, ends=given.ends, by=context.by, at=context.at
    )
    document = {"code": body.code, "title": body.title, "division": division.official_code}
    return Outcome(document, [f"{body.code}　{body.title}　{division.name}"])


def _list_bodies(context: Context) -> Outcome:
    from shishi.apps.accounts.selectors import bodies
    from shishi.core.divisions import official

    listed = [
        {
            "code": body.code,
            "title": body.title,
            "division": official(body.division),
            "ends": body.ends.isoformat() if body.ends else None,
        }
        for body in bodies()
    ]
    return Outcome(listed, [f"{item['code']:<28}{item['division']:<14}{item['title']}" for item in listed])


def _add_user(context: Context) -> Outcome:
    from shishi.apps.accounts.services import add_person
    from shishi.commands.context import store_facts

    given = context.arguments
    person = add_person(
        username=given.username,
        name=given.name,
        mail=given.mail,
        demonstration=bool(store_facts()["demonstration"]),
        by=context.by,
        at=context.at,
    )
    return Outcome({"username": person.username, "name": person.name}, [str(person)])


def _invite(context: Context) -> Outcome:
    from django.conf import settings

    from shishi.apps.accounts.links import invite
    from shishi.apps.accounts.selectors import person_named

    person = person_named(context.arguments.username)
    link = f"{settings.ADDRESS}/sign-in/password/{invite(person, by=context.by, at=context.at)}/"
    lines = [f"请把链接交给 {person} 本人，三天内打开，设一个只有自己知道的密码：", link]
    return Outcome({"username": person.username, "link": link}, lines)


def _add_post(context: Context) -> Outcome:
    from shishi.apps.accounts.roles import Role
    from shishi.apps.accounts.selectors import EVERYTHING
    from shishi.apps.accounts.services import add_post
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.errors import Misuse

    given = context.arguments
    if given.role not in list(Role):
        raise Misuse("unknown_role", f"没有“{given.role}”这个角色。可选：{'、'.join(Role)}。")
    named = [programme_named(name)[1].name for name in given.programme or ()]
    post = add_post(
        username=given.username,
        body=given.body,
        role=Role(given.role),
        divisions=[find_division(text).code for text in given.division],
        programmes=named or [EVERYTHING],
        until=given.until,
        by=context.by,
        at=context.at,
    )
    document = {"user": given.username, "body": given.body, "role": given.role, "divisions": given.division}
    return Outcome(document, [f"{given.username} 任 {given.body} {post.role}，范围 {'、'.join(given.division)}"])


def _list_users(context: Context) -> Outcome:
    from shishi.apps.accounts.selectors import people, posts_of
    from shishi.core.calendars import day_of

    on = day_of(context.at)
    documents, lines = [], []
    for person in people():
        posts = [_post_document(post) for post in posts_of(person, on)]
        documents.append({"username": person.username, "name": person.name, "posts": posts})
        told = "；".join(f"{post['body']} {post['role']} {'、'.join(post['divisions'])}" for post in posts)
        lines.append(f"{person.username:<16}{person.name}　{told}")
    return Outcome(documents, lines)


class PostDocument(TypedDict):
    """A post as ``--json`` prints it; divisions are official codes."""

    body: str
    role: str
    divisions: list[str]
    programmes: list[str]
    until: str | None


def _post_document(post: Post) -> PostDocument:
    from shishi.core.divisions import official

    return {
        "body": post.body.code,
        "role": post.role,
        "divisions": [official(code) for code in post.divisions],
        "programmes": post.programmes,
        "until": post.until.isoformat() if post.until else None,
    }
