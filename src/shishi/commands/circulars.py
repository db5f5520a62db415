"""``circular``: 通报 with a ranking on frozen figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, command, day, store_facts
from shishi.commands.notice_views import iso, local
from shishi.commands.notices import and_send

if TYPE_CHECKING:
    from shishi.apps.supervision.circulars_seen import CircularView


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: list, show, draft, reword, sign, issue, withdraw."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    listing = command(commands, "list", "列出通报", _list)
    listing.add_argument("--programme", help="重点项目")
    showing = command(commands, "show", "一份通报", _show)
    showing.add_argument("id", help="编号或文号")
    showing.add_argument("-o", "--output", type=Path, metavar="文件夹", help="写出 .docx、.pdf 和 .json")
    drafting = command(commands, "draft", "就一次调度的数字拟稿", _draft, writes=True)
    drafting.add_argument("programme")
    drafting.add_argument("--as-of", type=day, required=True, help="哪一天的调度")
    drafting.add_argument("--indicator", default="", help="按哪个指标排名，默认为日汇总分县的那个")
    wording = command(commands, "reword", "修改文字（数字和排名仍是调度所见）", _reword, writes=True)
    wording.add_argument("id", help="编号")
    for name, title in (("title", "标题"), ("opening", "开头"), ("requirement", "工作要求")):
        wording.add_argument(f"--{name}", help=f"{title}，默认不改")
    for name, title in (("sign", "签批"), ("issue", "印发（编号并定稿）")):
        command(commands, name, title, and_send(_take), writes=True).add_argument("id", help="编号或文号")
        commands.choices[name].set_defaults(step=name)
    withdrawing = command(commands, "withdraw", "撤回", and_send(_withdraw), writes=True)
    withdrawing.add_argument("id", help="编号或文号")
    withdrawing.add_argument("--reason", required=True)


def _list(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.circulars_seen import circulars_for

    name = programme_named(context.arguments.programme)[1].name if context.arguments.programme else ""
    found = circulars_for(context.reader, at=context.at, programme=name)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有。"])


def _show(context: Context) -> Outcome:
    from shishi.apps.supervision.circulars import put_circular
    from shishi.apps.supervision.circulars_seen import circular_seen

    given = context.arguments
    view = circular_seen(context.reader, given.id, at=context.at)
    document, lines = _document(view), [_line(view)]
    lines += [f"  {local(item.at)}　{item.action.label}　{item.person}　{item.text}" for item in view.history]
    if given.output:
        files = [str(path) for path in put_circular(given.id, given.output, by=context.reader, at=context.at)]
        return Outcome(document | {"files": files}, [*lines, *(f"  写出 {name}" for name in files)])
    return Outcome(document, lines)


def _draft(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.circulars import draft_circular

    given = context.arguments
    return _told(
        draft_circular(
            programme_named(given.programme)[1].name,
            given.as_of,
            by=context.by,
            at=context.at,
            indicator=given.indicator,
            demonstration=bool(store_facts()["demonstration"]),
        )
    )


def _reword(context: Context) -> Outcome:
    from shishi.apps.supervision.circulars import reword_circular
    from shishi.apps.supervision.circulars_seen import circular_seen

    given = context.arguments
    now = circular_seen(context.by, given.id, at=context.at)
    words = {name: getattr(given, name) for name in ("title", "opening", "requirement")}
    told = {name: getattr(now, name) if text is None else text for name, text in words.items()}
    return _told(reword_circular(given.id, **told, by=context.by, at=context.at))


def _take(context: Context) -> Outcome:
    from shishi.apps.supervision.circulars import issue_circular, sign_circular

    taking = {"sign": sign_circular, "issue": issue_circular}
    return _told(taking[context.arguments.step](context.arguments.id, by=context.by, at=context.at))


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.supervision.circulars import withdraw_circular

    given = context.arguments
    return _told(withdraw_circular(given.id, given.reason, by=context.by, at=context.at))


def _told(view: CircularView) -> Outcome:
    return Outcome(_document(view), [_line(view)])


def _document(view: CircularView) -> dict[str, object]:
    return {
        "id": view.id,
        "number": view.number or None,
        "programme": view.programme,
        "indicator": view.indicator,
        "as_of": view.as_of.isoformat(),
        "known_at": view.known_at.isoformat(),
        "title": view.title,
        "opening": view.opening,
        "requirement": view.requirement,
        "issuer": view.issuer,
        "state": view.state.value,
        "actions": [item.value for item in view.actions],
        "demonstration": view.demonstration,
        "history": [
            {"action": item.action.value, "person": item.person, "at": iso(item.at), "text": item.text}
            for item in view.history
        ],
    }


def _line(view: CircularView) -> str:
    return "　".join([str(view.id), view.number or "（未编号）", view.state.label, view.as_of.isoformat(), view.title])
