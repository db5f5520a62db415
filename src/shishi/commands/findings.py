"""``finding``: what a stocktake saw, and what a person does about it."""

from __future__ import annotations

import argparse

from shishi.commands.context import Context, Outcome, command, day, store_facts
from shishi.commands.matter_views import seen_document, seen_line
from shishi.commands.notice_views import notice_document, notice_line


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: list, draft, dismiss."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    listing = command(commands, "list", "某日调度发现的问题", _list)
    listing.add_argument("programme")
    listing.add_argument("--as-of", type=day, help="哪一天，默认最近一次调度")
    drafting = command(commands, "draft", "就一个问题拟单", _draft, writes=True)
    drafting.add_argument("id", type=int)
    drafting.add_argument("--kind", choices=("reminder", "prompt_notice"), help="提醒或提示单，默认按督办阶梯")
    dismissing = command(commands, "dismiss", "说明不发单的理由", _dismiss, writes=True)
    dismissing.add_argument("id", type=int)
    dismissing.add_argument("--reason", required=True)
    dismissing.add_argument("--until", type=day, help="在哪一天以前都不再就此拟单，默认当天")


def _list(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.findings_seen import last_look_days, look_seen
    from shishi.core.calendars import day_of
    from shishi.core.errors import Misuse

    given = context.arguments
    name = programme_named(given.programme)[1].name
    days = last_look_days(name, given.as_of or day_of(context.at))
    look = look_seen(context.reader, name, given.as_of or days[0], at=context.at) if days else None
    if look is None:
        raise Misuse("no_look", "那一天还没有调度记录。先运行 shishi day。")
    found = look.findings
    return Outcome([seen_document(item) for item in found], [seen_line(item) for item in found] or ["没有发现问题。"])


def _draft(context: Context) -> Outcome:
    from shishi.apps.supervision.dismissing import draft_about
    from shishi.core.notices import NoticeKind

    given = context.arguments
    kind = NoticeKind(given.kind) if given.kind else None
    facts = bool(store_facts()["demonstration"])
    view = draft_about(given.id, by=context.by, at=context.at, kind=kind, demonstration=facts)
    return Outcome(notice_document(view), [notice_line(view)])


def _dismiss(context: Context) -> Outcome:
    from shishi.apps.supervision.dismissing import dismiss

    given = context.arguments
    item = dismiss(given.id, given.reason, by=context.by, at=context.at, until=given.until)
    return Outcome(seen_document(item), [seen_line(item)])
