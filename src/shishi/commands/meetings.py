"""``meeting``: the records of 碰头会 and 调度会."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, command, day, store_facts
from shishi.commands.matter_views import meeting_document, meeting_lines

if TYPE_CHECKING:
    from shishi.apps.supervision.meetings import MeetingView


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: list, show, record, correct."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    listing = command(commands, "list", "列出会议", _list)
    listing.add_argument("--programme", help="重点项目")
    listing.add_argument("--as-of", type=day, help="哪一天的调度")
    command(commands, "show", "一次会议的记录", _show).add_argument("id", type=int)
    recording = command(commands, "record", "记录一次会议；同日同名再记即更正", _record, writes=True)
    recording.add_argument("programme")
    recording.add_argument("kind", choices=("daily", "weekly", "special"), help="碰头会、调度会、专题会")
    recording.add_argument("held_on", type=day, help="开会日期")
    recording.add_argument("--as-of", type=day, help="研究哪一天的调度")
    correcting = command(commands, "correct", "更正或补充一次会议的记录", _correct, writes=True)
    correcting.add_argument("id", type=int)
    for one in (recording, correcting):
        one.add_argument("--title", required=True, help="会议名称")
        one.add_argument("--chair", required=True, help="主持人")
        one.add_argument("--place", default="", help="地点")
        one.add_argument("--present", default="", help="参会人员")
        one.add_argument("--text", default="", help="会议情况")
        one.add_argument("--decision", action="append", default=[], help="议定事项，可写几次")


def _list(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.meetings import meetings_for

    given = context.arguments
    name = programme_named(given.programme)[1].name if given.programme else ""
    found = meetings_for(context.reader, at=context.at, programme=name, as_of=given.as_of)
    return Outcome(
        [meeting_document(item) for item in found],
        [line for item in found for line in meeting_lines(item)] or ["没有。"],
    )


def _show(context: Context) -> Outcome:
    from shishi.apps.supervision.meetings import meeting_seen

    return _told(meeting_seen(context.reader, context.arguments.id, at=context.at))


def _record(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.meetings import Minutes, record_meeting
    from shishi.core.meetings import MeetingKind

    given = context.arguments
    minutes = Minutes(given.title, given.chair, given.place, given.present, given.text, tuple(given.decision))
    return _told(
        record_meeting(
            programme_named(given.programme)[1].name,
            MeetingKind(given.kind),
            given.held_on,
            minutes,
            by=context.by,
            at=context.at,
            as_of=given.as_of,
            demonstration=bool(store_facts()["demonstration"]),
        )
    )


def _correct(context: Context) -> Outcome:
    from shishi.apps.supervision.meetings import Minutes, correct_meeting

    given = context.arguments
    minutes = Minutes(given.title, given.chair, given.place, given.present, given.text, tuple(given.decision))
    return _told(correct_meeting(given.id, minutes, by=context.by, at=context.at))


def _told(view: MeetingView) -> Outcome:
    return Outcome(meeting_document(view), meeting_lines(view))
