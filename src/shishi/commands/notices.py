"""``notice``: from a draft to a closed notice."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, Run, command, day, store_facts
from shishi.commands.notice_replies import reply_by_workbook
from shishi.commands.notice_views import (
    delivery_document,
    finding_document,
    notice_document,
    notice_line,
    taken_document,
    taken_lines,
)
from shishi.commands.usage import between, new_file, paged

if TYPE_CHECKING:
    from shishi.apps.supervision.selectors import NoticeView


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: reading, the issuer's steps, the recipient's steps."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    _configure_reading(commands)
    _configure_issuer(commands)
    _configure_recipient(commands)


def _configure_reading(commands: Commands) -> None:
    listing = command(commands, "list", "列出提示单与督办单", _list)
    listing.add_argument("--programme", help="重点项目")
    listing.add_argument("--division", help="接收单位所在行政区划")
    listing.add_argument("--state", action="append", default=[], help="状态，可写多个")
    listing.add_argument("--overdue", action="store_true", help="只看逾期未反馈的")
    paged(listing, 200)
    showing = command(commands, "show", "一份文件的全部情况", _show)
    showing.add_argument("id", help="编号或文号")
    showing.add_argument("-o", "--output", type=Path, metavar="文件夹", help="写出 .docx、.pdf 和 .json")
    command(commands, "history", "一份文件的办理过程", _history).add_argument("id", help="编号或文号")


def _configure_issuer(commands: Commands) -> None:
    drafting = command(commands, "draft", "按某日的调度结果拟稿", _draft, writes=True)
    drafting.add_argument("programme")
    drafting.add_argument("--as-of", type=day, required=True, help="截至哪一天")
    drafting.add_argument("--division", help="只为一个行政区划拟稿")
    wording = _step(commands, "reword", "修改草稿的文字（数字和问题仍是调度所见）", _reword)
    wording.add_argument("--title", help="标题，默认不改")
    wording.add_argument("--requirement", help="工作要求，默认不改")
    wording.add_argument("--reply-within", type=between(1, 250), help="反馈工作日数，默认不改")
    _step(commands, "approve", "审批", _simple("approve"))
    issuing = _step(commands, "issue", "签发（有审批权的可直接签发草稿）", _issue)
    issuing.add_argument("-o", "--output", type=Path, metavar="文件夹", help="写出 .docx、.pdf 和 .json")
    returning = _step(commands, "return", "退回反馈", _return, body=True)
    returning.add_argument("--reason", required=True)
    returning.add_argument("--days", type=between(1, 250), default=0, help="重新反馈的工作日数")
    _step(commands, "remind", "催办（每单位一天一次）", _remind, body=True).add_argument("--text", default="")
    _step(commands, "verify", "核验反馈", _verify, body=True).add_argument("--text", default="")
    closing = _step(commands, "close", "销号（数据仍滞后时须写理由）", _close)
    closing.add_argument("--as-of", type=day, help="按截至哪一天的数据（默认今天）")
    closing.add_argument("--reason", default="", help="数据仍滞后而销号的理由")
    _step(commands, "escalate", "升级到下一级", _escalate).add_argument("--reason", default="", help="未逾期时须写")
    _step(commands, "withdraw", "撤回", _withdraw).add_argument("--reason", required=True)


def _configure_recipient(commands: Commands) -> None:
    _step(commands, "acknowledge", "签收", _acknowledge, body=True)
    replying = _step(commands, "reply", "反馈：写文字，附工作簿，或选一个已报送的批次", _reply, body=True)
    replying.add_argument("--text", default="")
    replying.add_argument("--workbook", type=Path, metavar="文件", help="更新台账的工作簿：照常报送，写入的同时反馈")
    replying.add_argument("--table", help="工作簿是哪张台账")
    replying.add_argument("--as-of", type=day, help="工作簿的截至日")
    replying.add_argument("--division", help="工作簿只收这个区划的行（默认接收单位所在区划）")
    replying.add_argument("--marked", type=new_file, help="工作簿退回时，把标出问题的写到这里")
    replying.add_argument("--batch", default="", help="已报送的批次，代替工作簿")
    extending = _step(commands, "extend", "申请延期一次；--approve 或 --refuse 批复", _extend, body=True)
    answers = extending.add_mutually_exclusive_group(required=True)
    answers.add_argument("--days", type=between(1, 250), help="申请再加的工作日数")
    answers.add_argument("--approve", action="store_true", help="同意延期")
    answers.add_argument("--refuse", action="store_true", help="不同意延期")
    extending.add_argument("--reason", default="")


def _step(
    commands: Commands,
    name: str,
    title: str,
    run: Run,
    *,
    body: bool = False,
) -> argparse.ArgumentParser:
    parser = command(commands, name, title, and_send(run), writes=True)
    parser.add_argument("id", help="编号或文号")
    if body:
        parser.add_argument("--body", default="", help="单位代码（发给几个单位时）")
    return parser


def and_send(run: Run) -> Run:
    """A step, then what it queued goes out; a channel that fails now is tried again by ``messages deliver``."""

    def step_and_send(context: Context) -> Outcome:
        from shishi.apps.messages.services import channels, deliver_pending

        outcome = run(context)
        deliver_pending(channels(), by=context.by, at=context.at)
        return outcome

    return step_and_send


def _list(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.selectors import notices_for, overdue
    from shishi.core.errors import Misuse
    from shishi.core.notices import NoticeState

    given = context.arguments
    wrong = [state for state in given.state if state not in list(NoticeState)]
    if wrong:
        raise Misuse("unknown_state", f"没有“{wrong[0]}”这个状态。可选：{'、'.join(NoticeState)}。")
    programme = programme_named(given.programme)[1].name if given.programme else ""
    if given.overdue:
        found = overdue(context.reader, at=context.at, programme=programme)
    else:
        found = notices_for(
            context.reader,
            at=context.at,
            programme=programme,
            division=find_division(given.division).code if given.division else "",
            states=[NoticeState(state) for state in given.state],
            offset=given.offset,
            limit=given.limit,
        )
    return Outcome([notice_document(item) for item in found], [notice_line(item) for item in found] or ["没有。"])


def _show(context: Context) -> Outcome:
    from shishi.apps.messages.selectors import deliveries_about
    from shishi.apps.supervision.papers import put_paper
    from shishi.apps.supervision.selectors import notice_of

    given = context.arguments
    view = notice_of(context.reader, given.id, at=context.at)
    told = deliveries_about(f"notice:{view.id}")
    document = notice_document(view) | {"deliveries": [delivery_document(item) for item in told]}
    lines = [notice_line(view), *(f"  {item.message}" for item in view.grounds), *taken_lines(view)]
    lines += [f"  {item.channel} → {item.to} {item.address}　{item.state}　{item.last_error}" for item in told]
    if given.output:
        files = put_paper(str(view.id), given.output, by=context.reader, at=context.at)
        return _with_files(document, lines, files)
    return Outcome(document, lines)


def _history(context: Context) -> Outcome:
    from shishi.apps.supervision.selectors import notice_of

    view = notice_of(context.reader, context.arguments.id, at=context.at)
    return Outcome([taken_document(item) for item in view.history], [notice_line(view), *taken_lines(view)])


def _draft(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.services import draft_notices

    given = context.arguments
    _, programme = programme_named(given.programme)
    division = find_division(given.division, given.as_of).code if given.division else ""
    drafted = draft_notices(
        programme,
        given.as_of,
        by=context.by,
        at=context.at,
        division=division,
        demonstration=bool(store_facts()["demonstration"]),
    )
    document = {
        "notices": [notice_document(item) for item in drafted.notices],
        "unaddressed": [finding_document(item) for item in drafted.unaddressed],
    }
    lines = [notice_line(item) for item in drafted.notices] or ["没有新的文件要拟。"]
    lines += [f"没有牵头单位，无处可发：{item.message}" for item in drafted.unaddressed]
    return Outcome(document, lines)


def _issue(context: Context) -> Outcome:
    from shishi.apps.supervision.papers import issue_with_paper, put_paper

    view = issue_with_paper(context.arguments.id, by=context.by, at=context.at)
    if context.arguments.output:
        files = put_paper(str(view.id), context.arguments.output, by=context.by, at=context.at)
        return _with_files(notice_document(view), [notice_line(view)], files)
    return _told(view)


def _simple(name: str) -> Callable[[Context], Outcome]:
    def run(context: Context) -> Outcome:
        from shishi.apps.supervision import services

        return _told(getattr(services, name)(context.arguments.id, by=context.by, at=context.at))

    return run


def _reword(context: Context) -> Outcome:
    from shishi.apps.supervision.selectors import notice_of
    from shishi.apps.supervision.wording import reword

    given = context.arguments
    now = notice_of(context.by, given.id, at=context.at)
    return _told(
        reword(
            given.id,
            title=now.title if given.title is None else given.title,
            requirement=now.requirement if given.requirement is None else given.requirement,
            reply_within=given.reply_within or now.reply_within,
            by=context.by,
            at=context.at,
        )
    )


def _remind(context: Context) -> Outcome:
    from shishi.apps.supervision.services import remind

    given = context.arguments
    return _told(remind(given.id, by=context.by, at=context.at, body=given.body, text=given.text))


def _acknowledge(context: Context) -> Outcome:
    from shishi.apps.supervision.services import acknowledge

    given = context.arguments
    return _told(acknowledge(given.id, by=context.by, at=context.at, body=given.body))


def _reply(context: Context) -> Outcome:
    from shishi.apps.supervision.services import reply
    from shishi.core.errors import Misuse

    given = context.arguments
    if given.workbook:
        if given.batch:
            raise Misuse("usage", "--workbook 和 --batch 只写一样：附工作簿，或选一个已报送的批次。")
        return reply_by_workbook(context)
    return _told(reply(given.id, given.text, by=context.by, at=context.at, body=given.body, batch=given.batch))


def _return(context: Context) -> Outcome:
    from shishi.apps.supervision.services import return_reply

    given = context.arguments
    return _told(return_reply(given.id, given.reason, by=context.by, at=context.at, body=given.body, days=given.days))


def _verify(context: Context) -> Outcome:
    from shishi.apps.supervision.services import verify

    given = context.arguments
    return _told(verify(given.id, by=context.by, at=context.at, body=given.body, text=given.text))


def _close(context: Context) -> Outcome:
    from shishi.apps.supervision.services import close

    given = context.arguments
    return _told(close(given.id, by=context.by, at=context.at, as_of=given.as_of, reason=given.reason))


def _extend(context: Context) -> Outcome:
    from shishi.apps.supervision import services

    given = context.arguments
    if given.approve:
        return _told(services.approve_extension(given.id, by=context.by, at=context.at, body=given.body))
    if given.refuse:
        return _told(services.refuse_extension(given.id, given.reason, by=context.by, at=context.at, body=given.body))
    return _told(services.extend(given.id, given.days, given.reason, by=context.by, at=context.at, body=given.body))


def _escalate(context: Context) -> Outcome:
    from shishi.apps.supervision.services import escalate

    given = context.arguments
    return _told(escalate(given.id, by=context.by, at=context.at, reason=given.reason))


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.supervision.services import withdraw

    given = context.arguments
    return _told(withdraw(given.id, given.reason, by=context.by, at=context.at))


def _told(view: NoticeView) -> Outcome:
    return Outcome(notice_document(view), [notice_line(view)])


def _with_files(document: dict[str, object], lines: list[str], files: tuple[Path, ...]) -> Outcome:
    named = [str(file) for file in files]
    return Outcome(document | {"files": named}, [*lines, *(f"  写出 {name}" for name in named)])
