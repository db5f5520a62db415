"""``audit verify | root | list``."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from shishi.commands.context import Context, Outcome, command, day
from shishi.commands.usage import paged


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the audit commands."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    verifying = command(commands, "verify", "从头核对审计链", _verify)
    verifying.add_argument("--root", default="", help="印在日汇总上的日根")
    listing = command(commands, "list", "事件，新的在前", _list)
    listing.add_argument("--person", default="", help="只看这个用户名的")
    listing.add_argument("--action", default="", help="只看这样开头的，例如 notice.")
    listing.add_argument("--subject", default="", help="只看这样开头的对象，例如 post:3")
    listing.add_argument("--day", type=day, help="只看这一天的")
    paged(listing)


def _may_read(context: Context) -> None:
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(context.reader, Action.READ_AUDIT, COUNTRY, "", day_of(context.at))


def _verify(context: Context) -> Outcome:
    from shishi.apps.audit.selectors import verify

    _may_read(context)
    proof = verify(context.arguments.root)
    broken = asdict(proof.broken) if proof.broken else None
    document = {
        "status": "broken" if broken else "intact",
        "events": proof.events,
        "roots": proof.roots,
        "last_root": proof.last_root,
        "tail": "proven" if proof.tail_proven else "unproven",
        "unproven_events": proof.unproven,
        "broken": broken,
        "issues": [{"code": broken["code"], "message": broken["message"]}] if broken else [],
    }
    if proof.broken:
        return Outcome(document, [f"审计链在此断开：{proof.broken.message}（{proof.broken.code}）"], 1)
    tail = (
        "与给出的日根相符，日根之前没有缺失。"
        if proof.tail_proven
        else f"未给出日根，末尾是否被截去不能证明（最后一个日根之后有 {proof.unproven} 条）。用 --root 给出印在日汇总上的日根。"
    )
    return Outcome(document, [f"审计链完好：{proof.events} 条事件，{proof.roots} 个日根。{tail}"])


def _list(context: Context) -> Outcome:
    from shishi.apps.audit.selectors import search

    _may_read(context)
    given = context.arguments
    wanted = {"person": given.person, "action": given.action, "subject": given.subject, "day": given.day}
    listed = [
        {
            "number": event.pk,
            "at": event.at.isoformat(),
            "body": event.body,
            "person": event.person,
            "action": event.action,
            "subject": event.subject,
            "detail": event.detail,
            "hash": event.hash,
        }
        for event in search(**wanted, offset=given.offset, limit=given.limit)
    ]
    return Outcome(listed, [f"{item['at']}　{item['person']}　{item['action']}　{item['subject']}" for item in listed])
