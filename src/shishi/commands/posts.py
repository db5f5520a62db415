"""``post add|end|delegate|stand-in|take-back``: who may do what where, and whose hands it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Delegation


def configure(commands: Commands) -> None:
    """Arguments of the verbs that write; ``list`` is with the people."""
    adding = command(commands, "add", "授予岗位", _add, writes=True)
    adding.add_argument("username")
    adding.add_argument("body")
    adding.add_argument("role")
    adding.add_argument("--division", action="append", required=True, help="可写多个")
    adding.add_argument("--programme", action="append", help="可写多个，默认全部")
    adding.add_argument("--until", type=day)
    ending = command(commands, "end", "免去岗位", _end, writes=True)
    ending.add_argument("post", type=int, help="岗位编号，见 shishi post list")
    ending.add_argument("--on", type=day, help="从这一天起免去，默认今天")
    for name, title, run in (("delegate", "把自己的岗位委托同事代理", _delegate), ("stand-in", "安排顶岗", _stand_in)):
        giving = command(commands, name, title, run, writes=True)
        giving.add_argument("post", type=int, help="岗位编号，见 shishi post list")
        giving.add_argument("--to", required=True, metavar="用户名")
        giving.add_argument("--from", dest="starts", type=day, help="默认今天")
        giving.add_argument("--until", dest="ends", type=day, required=True, help="最后一天")
        giving.add_argument("--reason", required=True, help="事由")
        if name == "delegate":
            giving.add_argument("--division", action="append", help="只委托这些行政区划，默认岗位的全部")
            giving.add_argument("--programme", action="append", help="只委托这些项目，默认岗位的全部")
    taking = command(commands, "take-back", "收回代理或顶岗", _take_back, writes=True)
    taking.add_argument("delegation", type=int, help="代理编号，见 shishi post list")


def _add(context: Context) -> Outcome:
    from shishi.apps.accounts.roles import Role
    from shishi.apps.accounts.selectors import EVERYTHING
    from shishi.apps.accounts.services import add_post
    from shishi.core.errors import Misuse

    given = context.arguments
    if given.role not in list(Role):
        raise Misuse("unknown_role", f"没有“{given.role}”这个角色。可选：{'、'.join(Role)}。")
    post = add_post(
        username=given.username,
        body=given.body,
        role=Role(given.role),
        divisions=_divisions(given.division),
        programmes=_programmes(given.programme) or [EVERYTHING],
        until=given.until,
        by=context.by,
        at=context.at,
    )
    document = {
        "id": post.pk,
        "user": given.username,
        "body": given.body,
        "role": given.role,
        "divisions": given.division,
    }
    return Outcome(document, [f"{given.username} 任 {given.body} {post.role}，范围 {'、'.join(given.division)}"])


def _divisions(named: list[str] | None) -> list[str]:
    from shishi.apps.divisions.selectors import find_division

    return [find_division(text).code for text in named or ()]


def _programmes(named: list[str] | None) -> list[str]:
    from shishi.apps.programmes.selectors import programme_named

    return [programme_named(name)[1].name for name in named or ()]


def _end(context: Context) -> Outcome:
    from shishi.apps.accounts.delegating import end_post
    from shishi.core.calendars import day_of

    given = context.arguments
    post = end_post(given.post, on=given.on or day_of(context.at), by=context.by, at=context.at)
    return Outcome({"id": post.pk, "from": str(post.ended_on)}, [f"岗位 {post.pk} 自 {post.ended_on} 起免去"])


def _delegate(context: Context) -> Outcome:
    from shishi.apps.accounts.delegating import delegate
    from shishi.core.calendars import day_of

    given = context.arguments
    made = delegate(
        given.post,
        to=given.to,
        starts=given.starts or day_of(context.at),
        ends=given.ends,
        reason=given.reason,
        divisions=_divisions(given.division),
        programmes=_programmes(given.programme),
        by=context.by,
        at=context.at,
    )
    return _outcome(made)


def _stand_in(context: Context) -> Outcome:
    from shishi.apps.accounts.delegating import let_stand_in
    from shishi.core.calendars import day_of

    given = context.arguments
    starts = given.starts or day_of(context.at)
    told = {"to": given.to, "starts": starts, "ends": given.ends, "reason": given.reason}
    return _outcome(let_stand_in(given.post, **told, by=context.by, at=context.at))


def _take_back(context: Context) -> Outcome:
    from shishi.apps.accounts.delegating import take_back

    return _outcome(take_back(context.arguments.delegation, by=context.by, at=context.at))


def _outcome(made: Delegation) -> Outcome:
    from shishi.apps.accounts.selectors import facts_of_delegation
    from shishi.core.divisions import official

    facts = facts_of_delegation(made)
    document = {
        "id": made.pk,
        **facts,
        "divisions": [official(code) for code in made.divisions],
        "taken_back_at": made.taken_back_at.isoformat() if made.taken_back_at else None,
    }
    state = "已收回" if made.taken_back_at else f"{made.starts} 至 {made.ends}"
    return Outcome(document, [f"代理 {made.pk}：{made.to} 代 {made.post.person} 岗位 {made.post_id}，{state}"])
