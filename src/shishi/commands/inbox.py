"""``inbox`` and ``messages``: what people were told, and how it left the house."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, command, prepare
from shishi.commands.notice_views import delivery_document, iso, local

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.messages.selectors import InboxItem


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of both verbs."""
    if verb == "inbox":
        prepare(parser, _inbox)
        parser.add_argument("--unread", action="store_true", help="只看未读")
        return
    commands = parser.add_subparsers(required=True, metavar="操作")
    sending = command(commands, "deliver", "投递待发的消息", _deliver, writes=True)
    sending.add_argument("--retry", action="store_true", help="把已失败的也重新投递")
    command(commands, "read", "标记已读", _read, writes=True).add_argument("id", type=int)
    command(commands, "failed", "列出投递失败的消息", _failed)


def _inbox(context: Context) -> Outcome:
    from shishi.apps.messages.selectors import inbox_of

    items = inbox_of(context.reader, unread=context.arguments.unread)
    lines = [f"{'　' if item.read_at else '●'} {item.id}　{local(item.posted_at)}　{item.subject}" for item in items]
    return Outcome([_message(item) for item in items], lines or ["收件箱是空的。"])


def _deliver(context: Context) -> Outcome:
    from shishi.apps.messages.services import channels, deliver_pending, retry_failed

    _require_operator(context, context.by)
    if context.arguments.retry:
        retry_failed(by=context.by, at=context.at)
    ways = channels()
    done = deliver_pending(ways, by=context.by, at=context.at)
    document = {"channels": list(ways), "sent": done.sent, "waiting": done.waiting, "failed": done.failed}
    return Outcome(
        document, [f"已送达 {done.sent}，待再试 {done.waiting}，失败 {done.failed}。渠道：{'、'.join(ways) or '无'}。"]
    )


def _require_operator(context: Context, person: Person) -> None:
    """Deliveries are of all people: whoever keeps the machine running looks at them."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(person, Action.OPERATE, COUNTRY, "", day_of(context.at))


def _read(context: Context) -> Outcome:
    from shishi.apps.messages.services import mark_read

    mark_read(context.arguments.id, by=context.by, at=context.at)
    return Outcome({"id": context.arguments.id, "read": True}, ["已标记为已读。"])


def _failed(context: Context) -> Outcome:
    from shishi.apps.messages.selectors import failed_deliveries

    _require_operator(context, context.reader)
    found = failed_deliveries()
    lines = [f"{item.channel} → {item.to} {item.address}　{item.last_error}" for item in found]
    return Outcome([delivery_document(item) for item in found], lines or ["没有投递失败的消息。"])


def _message(item: InboxItem) -> dict[str, object]:
    return {
        "id": item.id,
        "subject": item.subject,
        "text": item.text,
        "about": item.about,
        "posted_at": item.posted_at.isoformat(),
        "read_at": iso(item.read_at),
        "deliveries": [delivery_document(way) for way in item.deliveries],
    }
