"""``matter``: from an instruction or a decision to 销号."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands import matter_lists
from shishi.commands.context import Commands, Context, Outcome, Run, command, day, store_facts
from shishi.commands.matter_views import matter_document, matter_line, step_lines
from shishi.commands.notices import and_send
from shishi.commands.usage import between, paged

if TYPE_CHECKING:
    from shishi.apps.supervision.matters import Evidence
    from shishi.apps.supervision.matters_seen import MatterView

SOURCES = ("instruction", "meeting", "work_report", "finding")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: reading, opening, the issuer's steps, the bodies' steps."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    _configure_reading(commands)
    _configure_opening(commands)
    matter_lists.configure(commands)
    _configure_issuer(commands)
    _configure_bodies(commands)


def _configure_reading(commands: Commands) -> None:
    listing = command(commands, "list", "列出督办事项", _list)
    listing.add_argument("--programme", help="重点项目")
    listing.add_argument("--mine", action="store_true", help="我立的和我办过的")
    listing.add_argument("--body", action="store_true", help="我单位牵头或配合的")
    listing.add_argument("--late", action="store_true", help="只看逾期的")
    listing.add_argument("--undone", action="store_true", help="只看没有办结的")
    listing.add_argument("--source", choices=SOURCES, default="", help="来源")
    paged(listing, 200)
    command(commands, "show", "一件事项的全部情况", _show).add_argument("id", help="编号或文号")


def _configure_opening(commands: Commands) -> None:
    opening = command(commands, "open", "立项", _open, writes=True)
    opening.add_argument("programme")
    opening.add_argument("title", help="事项名称")
    opening.add_argument("--source", choices=SOURCES, default="instruction", help="来源：批示、会议、工作报告、问题")
    opening.add_argument("--from", dest="source_text", default="", help="出处：谁的批示、哪次会议、报告哪一条")
    opening.add_argument("--on", dest="source_on", type=day, help="出处的日期")
    opening.add_argument("--deliverable", required=True, help="交付成果：做成什么样算办结")
    opening.add_argument("--lead", required=True, help="牵头单位代码")
    opening.add_argument("--assisting", action="append", default=[], help="配合单位代码，可写几次")
    until = opening.add_mutually_exclusive_group(required=True)
    until.add_argument("--within", type=between(1, 250), default=0, help="办结工作日数，自交办次日起算")
    until.add_argument("--due", type=day, help="办结日期")
    opening.add_argument("--milestone", action="append", default=[], metavar="日期=名称", help="节点，可写几次")
    opening.add_argument("--indicator", action="append", default=[], help="相关指标，可写几次")
    opening.add_argument("--meeting", type=int, help="议定该事项的会议编号")
    opening.add_argument("--decision", type=int, default=0, help="会议的第几条议定事项")
    opening.add_argument("--finding", type=int, help="由哪个问题而来")
    opening.add_argument("--parent", type=int, help="由哪件事项分解而来")


def _configure_issuer(commands: Commands) -> None:
    _step(commands, "assign", "交办（编号并起算时限）", "assign", text="--text")
    returning = _step(commands, "return", "退回报结", "return_report", reason="--reason")
    returning.add_argument("--days", type=between(1, 250), default=0, help="重新报结的工作日数")
    _step(commands, "verify", "核验", "verify_report", text="--text")
    closing = _step(commands, "close", "销号（没有佐证、节点未完或分解事项未结时须写理由）", "close_matter")
    closing.add_argument("--reason", default="", help="仍予销号的理由")
    _step(commands, "remind", "催办（一天一次）", "remind_matter", text="--text")
    _step(commands, "raise", "升级督办一级", "raise_matter", reason="--reason")
    _step(commands, "withdraw", "撤销", "withdraw_matter", reason="--reason")


def _configure_bodies(commands: Commands) -> None:
    _step(commands, "accept", "接办", "accept", text="--text")
    progress = _step(commands, "progress", "报进展", "add_progress")
    progress.add_argument("--text", required=True)
    progress.add_argument("--body", default="", help="以哪个单位报（单位代码）")
    reaching = _step(commands, "reach", "完成一个节点", "reach_milestone")
    reaching.add_argument("milestone", type=between(1, 99), help="第几个节点")
    reaching.add_argument("--text", required=True)
    reaching.add_argument("--body", default="", help="以哪个单位报（单位代码）")
    reporting = _step(commands, "report", "报结", "report_done")
    reporting.add_argument("--text", required=True)
    for parser in (progress, reaching, reporting):
        parser.add_argument("--evidence", action="append", default=[], help="佐证：文件路径，或佐证的名称，可写几次")
    extending = command(commands, "extend", "申请延期一次；--approve 或 --refuse 批复", and_send(_extend), writes=True)
    extending.add_argument("id", help="编号或文号")
    answers = extending.add_mutually_exclusive_group(required=True)
    answers.add_argument("--days", type=between(1, 250), help="申请再加的工作日数")
    answers.add_argument("--approve", action="store_true", help="同意延期")
    answers.add_argument("--refuse", action="store_true", help="不同意延期")
    extending.add_argument("--reason", default="")


def _step(
    commands: Commands, name: str, title: str, service: str, *, text: str = "", reason: str = ""
) -> argparse.ArgumentParser:
    parser = command(commands, name, title, and_send(_taking(service)), writes=True)
    parser.add_argument("id", help="编号或文号")
    if text:
        parser.add_argument(text, default="")
    if reason:
        parser.add_argument(reason, required=True)
    return parser


def _taking(service: str) -> Run:
    """Call a service with what the command line gave, by the names of its arguments."""

    def run(context: Context) -> Outcome:
        from shishi.apps.supervision import matters

        given = context.arguments
        names = ("text", "reason", "days", "milestone", "body")
        told = {name: getattr(given, name) for name in names if hasattr(given, name)}
        if hasattr(given, "evidence"):
            told["evidence"] = [_evidence(text) for text in given.evidence]
        return _told(getattr(matters, service)(given.id, **told, by=context.by, at=context.at))

    return run


def _evidence(text: str) -> Evidence:
    from shishi.apps.supervision.matters import Evidence

    path = Path(text)
    return Evidence(path.name, path.read_bytes()) if path.is_file() else Evidence(text)


def _list(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.matters_seen import Wanted, matters_for

    given = context.arguments
    name = programme_named(given.programme)[1].name if given.programme else ""
    wanted = Wanted(name, given.mine, given.body, given.late, given.undone, given.source)
    found = matters_for(context.reader, at=context.at, wanted=wanted, offset=given.offset, limit=given.limit)
    return Outcome([matter_document(item) for item in found], [matter_line(item) for item in found] or ["没有。"])


def _show(context: Context) -> Outcome:
    from shishi.apps.supervision.matters_seen import matter_seen

    view = matter_seen(context.reader, context.arguments.id, at=context.at)
    return Outcome(matter_document(view), [matter_line(view), *step_lines(view)])


def _open(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.matters import NewMatter, open_matter
    from shishi.core.matters import MatterSource

    given = context.arguments
    new = NewMatter(
        programme=programme_named(given.programme)[1].name,
        title=given.title,
        source=MatterSource(given.source),
        source_text=given.source_text,
        deliverable=given.deliverable,
        lead=given.lead,
        assisting=tuple(given.assisting),
        within=given.within,
        due=given.due,
        source_on=given.source_on,
        milestones=tuple(_milestone(text) for text in given.milestone),
        indicators=tuple(given.indicator),
        meeting=given.meeting,
        decision=given.decision,
        finding=given.finding,
        parent=given.parent,
        demonstration=bool(store_facts()["demonstration"]),
    )
    return _told(open_matter(new, by=context.by, at=context.at))


def _milestone(text: str) -> tuple[str, date]:
    from shishi.core.errors import Misuse

    when, mark, title = text.partition("=")
    try:
        found = date.fromisoformat(when.strip())
    except ValueError:
        mark = ""
        found = date.min
    if not mark or not title.strip():
        raise Misuse("milestone_malformed", f"节点“{text}”写法不对，应如 2021-10-11=完成测绘。")
    return title.strip(), found


def _extend(context: Context) -> Outcome:
    from shishi.apps.supervision.matters import answer_extension, ask_extension

    given = context.arguments
    if given.approve or given.refuse:
        return _told(answer_extension(given.id, given.approve, by=context.by, at=context.at, reason=given.reason))
    return _told(ask_extension(given.id, given.days, given.reason, by=context.by, at=context.at))


def _told(view: MatterView) -> Outcome:
    return Outcome(matter_document(view), [matter_line(view)])
