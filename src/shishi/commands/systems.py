"""``system``: outside systems that take a login from here; ``rating``: bad ratings and what became of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from shishi.commands.context import Commands, Context, Outcome, command, day

if TYPE_CHECKING:
    from decimal import Decimal

    from shishi.apps.cases.rating_loop import RatingLoop
    from shishi.apps.citizens.models import System

TRUSTS = ("phone", "password", "real_name", "certificate")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of both verbs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    if verb == "rating":
        _configure_ratings(commands)
        return
    adding = command(commands, "add", "接入一个业务系统，密钥只显示这一次", _add, writes=True)
    adding.add_argument("code", help="短名，写在事项台账的“办理系统”里，例如 medical")
    adding.add_argument("title", help="群众看到的名称")
    adding.add_argument("--start", required=True, help="从本站进入的地址")
    adding.add_argument("--callback", required=True, help="登录后回到的地址，一个字不差")
    adding.add_argument("--alive", default="", help="问它在不在的地址，答 200 就是在")
    adding.add_argument("--logout", default="", help="收退出通知的地址（OpenID Connect Back-Channel Logout）")
    adding.add_argument("--trust", choices=TRUSTS, default="phone", help="至少要怎样核验过身份")
    adding.add_argument("--stand-in", action="store_true", help="演示替身，页面上写明不是真的系统")
    command(commands, "list", "列出接入的业务系统", _list)
    ending = command(commands, "end", "停用一个业务系统的接入", _end, writes=True)
    ending.add_argument("code")
    command(commands, "rotate-key", "换签名密钥，旧的再认一天", _rotate, writes=True)


def _configure_ratings(commands: Commands) -> None:
    listing = command(commands, "list", "差评，最急的在前", _ratings)
    stages = ("open", "verify", "correct", "feed_back", "closed", "all")
    listing.add_argument("--stage", choices=stages, default="open", help="办到哪一步（默认还没有回访的）")
    listing.add_argument("--own", action="store_true", help="只看交给我的")
    listing.add_argument("--late", action="store_true", help="只看逾期的")
    counting = command(commands, "statistics", "各单位的评价和差评办理", _statistics)
    counting.add_argument("--since", type=day, help="从哪天起的评价")
    counting.add_argument("--programme", default="", help="只看一个项目")
    assigning = command(commands, "assign", "把差评交给一位同志办理", _assign, writes=True)
    assigning.add_argument("case", help="办件号")
    assigning.add_argument("--to", required=True, metavar="用户名")
    for name, words in (("verify", "核实"), ("correct", "整改"), ("feed-back", "回访")):
        doing = command(commands, name, f"写差评的{words}情况", _answer, writes=True)
        doing.add_argument("case", help="办件号")
        doing.add_argument("text", help=f"{words}情况，申请人看得到")
        doing.set_defaults(step=name)
        if name == "feed-back":
            ways = ("message", "phone", "visit")
            doing.add_argument("--way", choices=ways, default="message", help="消息、电话或上门")


def _add(context: Context) -> Outcome:
    from shishi.apps.citizens.systems import NewSystem, add_system
    from shishi.apps.citizens.trust import Trust

    given = context.arguments
    new = NewSystem(
        given.code,
        given.title,
        given.start,
        given.callback,
        given.alive,
        given.logout,
        Trust(given.trust),
        given.stand_in,
    )
    added = add_system(new, by=context.by, at=context.at)
    document = {**_document(added.system), "secret": added.secret}
    return Outcome(document, [_line(added.system), f"客户端编号：{added.system.client}", f"密钥：{added.secret}"])


def _list(context: Context) -> Outcome:
    from shishi.apps.citizens.selectors import systems

    found = systems()
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有接入业务系统。"])


def _end(context: Context) -> Outcome:
    from shishi.apps.citizens.systems import end_system

    ended = end_system(context.arguments.code, by=context.by, at=context.at)
    return Outcome(_document(ended), [f"已停用 {ended.title}。"])


def _rotate(context: Context) -> Outcome:
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.apps.citizens.keys import change_key
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(context.by, Action.OPERATE, COUNTRY, "", day_of(context.at))
    change_key(by=context.by, at=context.at)
    return Outcome({"changed": True}, ["已换签名密钥。业务系统会自己取到新的公钥。"])


def _ratings(context: Context) -> Outcome:
    from shishi.apps.cases.rated import RatingQuery, access_bad_ratings

    given = context.arguments
    asked = RatingQuery(stage=given.stage, own=given.own, late=given.late, size=200)
    found = access_bad_ratings(context.reader, context.at, asked)
    lines = [_rating_line(loop, late=loop.late(context.at)) for loop in found.lines]
    if found.more:
        lines.append(f"共 {found.count} 件，这里是前 {len(found.lines)} 件。")
    return Outcome([_rating(loop) for loop in found.lines], lines or ["没有这样的差评。"])


def _statistics(context: Context) -> Outcome:
    from shishi.apps.cases.rated import rating_statistics
    from shishi.apps.programmes.selectors import programme_named

    given = context.arguments
    programme = programme_named(given.programme)[1].name if given.programme else ""
    found = rating_statistics(context.reader, context.at, since=given.since, programme=programme)
    lines = [
        f"{line.title}　评价 {line.rated}　满意率 {_said(line.satisfied)}　差评 {line.bad}　已回访 {line.told}"
        f"　逾期 {line.late}　处理后满意 {line.again_good}/{line.again}"
        for line in found
    ]
    documents = [
        {
            **{name: getattr(line, name) for name in ("body", "title", "rated", "good", "bad", "told", "late")},
            "again": line.again,
            "again_good": line.again_good,
            "satisfied": _text(line.satisfied),
            "called_back": _text(line.called_back),
        }
        for line in found
    ]
    return Outcome(documents, lines or ["没有评价。"])


def _assign(context: Context) -> Outcome:
    from shishi.apps.cases.rating_loop import assign_rating

    loop = assign_rating(context.arguments.case, context.arguments.to, by=context.by, at=context.at)
    return Outcome(_rating(loop), [_rating_line(loop, late=loop.late(context.at))])


def _answer(context: Context) -> Outcome:
    from shishi.apps.cases.rating_loop import correct_rating, feed_back_rating, verify_rating

    given = context.arguments
    who: dict[str, Any] = {"by": context.by, "at": context.at}
    if given.step == "feed-back":
        loop = feed_back_rating(given.case, given.text, way=given.way, **who)
    else:
        loop = {"verify": verify_rating, "correct": correct_rating}[given.step](given.case, given.text, **who)
    return Outcome(_rating(loop), [_rating_line(loop, late=loop.late(context.at))])


def _said(share: Decimal | None) -> str:
    return "—" if share is None else f"{share}%"


def _text(share: Decimal | None) -> str | None:
    return None if share is None else str(share)


def _document(held: System) -> dict[str, object]:
    return {
        "code": held.code,
        "title": held.title,
        "client": held.client,
        "start": held.starts_at,
        "trust": held.trust,
        "stand_in": held.stand_in,
        "ended": held.ended_at is not None,
    }


def _line(held: System) -> str:
    return f"{held.code}　{held.title}{'（演示替身）' if held.stand_in else ''}　{held.starts_at}"


def _rating(loop: RatingLoop) -> dict[str, object]:
    days = {
        "verify_due": loop.verify_due,
        "verified_at": loop.verified_at,
        "correct_due": loop.correct_due,
        "corrected_at": loop.corrected_at,
        "told_at": loop.told_at,
    }
    told = {name: moment.isoformat() if moment else None for name, moment in days.items()}
    named = {"case": loop.number, "stage": loop.stage, "body": loop.body, "assignee": loop.assignee or None}
    return {**named, "code": loop.code, "label": loop.label, "text": loop.text, "again": loop.again_code, **told}


def _rating_line(loop: RatingLoop, *, late: bool) -> str:
    from shishi.apps.cases.rating_loop import STAGES

    who = f"　{loop.assignee}" if loop.assignee else ""
    return f"{loop.number}　{loop.title}　{loop.label}　{STAGES[loop.stage]}{who}{'　逾期' if late else ''}"
