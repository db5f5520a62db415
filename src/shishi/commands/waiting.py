"""``todo``: what waits for somebody, and what they started, as the first page of the office shows it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, prepare
from shishi.commands.notice_views import iso, local

if TYPE_CHECKING:
    from shishi.core.waiting import Waiting


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    prepare(parser, _todo)
    parser.add_argument("--started", action="store_true", help="改看自己发起、还没办完的")


def _todo(context: Context) -> Outcome:
    from shishi.apps.accounts.waiting import started_by, waiting_for

    asked = started_by if context.arguments.started else waiting_for
    found = asked(context.reader, context.at)
    document = [
        {
            "verb": item.verb,
            "title": item.title,
            "about": item.about,
            "page": item.page,
            "args": list(item.args),
            "query": dict(item.query),
            "since": iso(item.since),
            "due": iso(item.due),
            "overdue": item.overdue(context.at),
        }
        for item in found
    ]
    return Outcome(document, [_line(item, context) for item in found] or ["现在没有等您办的事。"])


def _line(item: Waiting, context: Context) -> str:
    late = "　逾期" if item.overdue(context.at) else ""
    due = f"　{local(item.due)} 前{late}" if item.due else ""
    return f"{item.verb}　{item.title}　{item.about}{due}"
