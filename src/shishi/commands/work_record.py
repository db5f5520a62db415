"""``record PROGRAMME``: what was done, entry by entry."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day, prepare
from shishi.commands.usage import paged
from shishi.core.errors import Misuse
from shishi.core.work_record import WORK_RECORD, WorkKind

if TYPE_CHECKING:
    from shishi.core.work_record import WorkEntry


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: a programme, and which of its entries."""
    prepare(parser, _record)
    parser.add_argument("programme")
    parser.add_argument("--kind", action="append", default=[], choices=[kind.value for kind in WorkKind])
    parser.add_argument("--from", dest="start", type=day, help="从哪一天起")
    parser.add_argument("--to", dest="end", type=day, help="到哪一天止")
    parser.add_argument("--division", help="只看这个行政区划的单位做的")
    parser.add_argument("--as-of", type=day, help="默认今天")
    paged(parser)


def _record(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.documents.work_record import entries, record_of
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.calendars import day_of

    given = context.arguments
    on = given.as_of or day_of(context.at)
    _, programme = programme_named(given.programme, on)
    if record_of(programme) is None:
        raise Misuse(
            "no_work_record", f"“{programme.title}”不记工作纪实（项目文件里写了 work_record: {{kept: false}}）。"
        )
    within = find_division(given.division, on).code if given.division else ""
    found = [
        item
        for item in entries(context.reader, programme, on, at=context.at, within=within)
        if (not given.kind or item.kind in given.kind)
        and (given.start is None or given.start <= item.held_on)
        and (given.end is None or item.held_on <= given.end)
    ][given.offset : given.offset + given.limit]
    none = f"没有工作纪实。用 shishi ledger template {programme.code}/{WORK_RECORD} -o 工作纪实.xlsx 生成模板。"
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or [none])


def _document(item: WorkEntry) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "entry": str(item.entry),
        "revision": item.revision,
        "batch": item.batch,
        "kind": item.kind.value,
        "held_on": item.held_on.isoformat(),
        "subject": item.subject,
        "body": item.body,
        "division": official(item.division),
        "place": official(item.place) if item.place else None,
        "text": item.sentence,
        "publish": item.publish,
    }


def _line(item: WorkEntry) -> str:
    closed = "" if item.publish else "（不公开）"
    return f"{item.held_on}　{item.kind.label}　{item.body}　{item.sentence}{closed}"
