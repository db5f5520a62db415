"""``body``, ``user`` and ``post``: who there is and how far they reach."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from shishi.commands import posts
from shishi.commands.context import Context, Outcome, command, day
from shishi.commands.hand_ins import list_refused
from shishi.commands.usage import new_file
from shishi.core.errors import Misuse, Refused

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
        ending = command(commands, "end", "撤销单位或专班", _end_body, writes=True)
        ending.add_argument("code")
        ending.add_argument("--on", type=day, help="最后一天，默认今天")
        command(commands, "list", "列出单位", _list_bodies)
    elif verb == "user":
        adding = command(commands, "add", "新增人员", _add_user, writes=True)
        adding.add_argument("username")
        adding.add_argument("name")
        adding.add_argument("--mail", default="")
        command(commands, "list", "列出人员和岗位", _list_users)
        importing = command(commands, "import", "从 Excel 导入人员和岗位", _import, writes=True)
        importing.add_argument("file", type=Path)
        importing.add_argument("--dry-run", action="store_true", help="只检查，不导入")
        importing.add_argument("--marked", type=new_file, help="有问题时把标出问题的工作簿写到这里")
        templating = command(commands, "template", "人员和岗位的空模板", _template)
        templating.add_argument("-o", "--output", type=Path, required=True)
        for name, title in (("end", "停用人员"), ("resume", "恢复人员")):
            parser_of = command(commands, name, title, _set_in_use, writes=True)
            parser_of.add_argument("username")
            parser_of.set_defaults(verb_name=name)
        for name in ("invite", "password"):
            inviting = command(commands, name, "发一个设置密码的链接（三天内用一次）", _invite, writes=True)
            inviting.add_argument("username")
    else:
        posts.configure(commands)
        command(commands, "list", "列出岗位和代理", _list_users)


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


def _import(context: Context) -> Outcome:
    from shishi.apps.accounts.importing import import_people
    from shishi.apps.programmes.selectors import programmes
    from shishi.commands.context import store_facts

    given = context.arguments
    known = {word: item.name for _, item in programmes() for word in (item.name, item.title)}
    if not given.file.is_file():
        raise Misuse("file_missing", f"找不到文件 {given.file}。")
    demonstration = bool(store_facts()["demonstration"])
    try:
        done = import_people(
            given.file,
            programmes=known,
            demonstration=demonstration,
            dry_run=given.dry_run,
            by=context.by,
            at=context.at,
        )
    except Refused as refused:
        return list_refused(given.file, refused, given.marked)
    document = {"rows": done.rows, "people": done.people, "posts": done.posts, "dry_run": given.dry_run}
    told = "检查过了，会新增" if given.dry_run else "已新增"
    return Outcome(document, [f"{done.rows} 行，{told} {done.people} 人、{done.posts} 个岗位"])


def _template(context: Context) -> Outcome:
    from shishi.apps.accounts.importing import people_template

    people_template(context.arguments.output)
    return Outcome({"file": str(context.arguments.output)}, [f"模板在 {context.arguments.output}"])


def _end_body(context: Context) -> Outcome:
    from shishi.apps.accounts.services import end_body
    from shishi.core.calendars import day_of

    given = context.arguments
    body = end_body(given.code, on=given.on or day_of(context.at), by=context.by, at=context.at)
    return Outcome({"code": body.code, "ends": str(body.ends)}, [f"{body.title} 到 {body.ends} 为止"])


def _set_in_use(context: Context) -> Outcome:
    from shishi.apps.accounts.services import set_in_use

    given = context.arguments
    person = set_in_use(given.username, given.verb_name == "resume", by=context.by, at=context.at)
    told = f"{person} {'已恢复' if person.is_active else '已停用，正在登录的也已退出'}"
    return Outcome({"username": person.username, "in_use": person.is_active}, [told])


def _invite(context: Context) -> Outcome:
    from django.conf import settings

    from shishi.apps.accounts.links import invite
    from shishi.apps.accounts.selectors import person_named

    person = person_named(context.arguments.username)
    link = f"{settings.ADDRESS}/sign-in/password/{invite(person, by=context.by, at=context.at)}/"
    lines = [f"请把链接交给 {person} 本人，三天内打开，设一个只有自己知道的密码：", link]
    return Outcome({"username": person.username, "link": link}, lines)


def _list_users(context: Context) -> Outcome:
    from shishi.apps.accounts.selectors import people, posts_of
    from shishi.core.calendars import day_of

    on = day_of(context.at)
    documents, lines = [], []
    for person in people():
        held = [_post_document(post) for post in posts_of(person, on)]
        documents.append({"username": person.username, "name": person.name, "posts": held})
        told = "；".join(_told(post) for post in held)
        lines.append(f"{person.username:<16}{person.name}　{told}")
    return Outcome(documents, lines)


def _told(post: PostDocument) -> str:
    number = f"[{post['id']}] " if post["id"] else f"（代 {post['delegated_by']}，代理 {post['delegation']}）"
    return f"{number}{post['body']} {post['role']} {'、'.join(post['divisions'])}"


class PostDocument(TypedDict):
    """A post as ``--json`` prints it; divisions are official codes. A delegated one has no ``id`` of its own."""

    id: int | None
    delegation: int | None
    delegated_by: str
    body: str
    role: str
    divisions: list[str]
    programmes: list[str]
    until: str | None


def _post_document(post: Post) -> PostDocument:
    from shishi.core.divisions import official

    given = post.delegation
    return {
        "id": post.pk,
        "delegation": given.pk if given else None,
        "delegated_by": given.post.person.username if given else "",
        "body": post.body.code,
        "role": post.role,
        "divisions": [official(code) for code in post.divisions],
        "programmes": post.programmes,
        "until": post.until.isoformat() if post.until else None,
    }
