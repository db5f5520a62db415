"""``case``: matters from the application to the archive, their tasks, materials, clocks and
incidents; what the pages of cases do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands import case_reading, case_steps
from shishi.commands.case_views import (
    answers_of,
    case_document,
    case_line,
    line_document,
    page_document,
    task_document,
    task_line,
)
from shishi.commands.context import Commands, Context, Outcome, command
from shishi.commands.usage import between, paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.core.tables import Value

WHICH = ("reach", "started", "copied")
MATERIAL_WAYS = ("give", "promise", "defer", "fits", "unfit")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: reading, opening, working, the clock, what went wrong."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    _configure_reading(commands)
    case_reading.configure(commands)
    _configure_opening(commands)
    case_steps.configure(commands)
    _configure_clock(commands)


def _configure_reading(commands: Commands) -> None:
    listing = command(commands, "list", "办件，新的在前", _list)
    listing.add_argument("--which", choices=WHICH, default="reach", help="权限内的、我发起的、抄送我的")
    for name, told in (("text", "受理号、标题里的字"), ("process", "流程"), ("programme", "重点项目")):
        listing.add_argument(f"--{name}", default="", help=told)
    listing.add_argument("--division", default="", help="行政区划代码")
    listing.add_argument("--state", default="", help="办件状态")
    listing.add_argument("--open", action="store_true", help="只看没有办完的")
    listing.add_argument("--overdue", action="store_true", help="只看超期的")
    listing.add_argument("--page", type=between(1, 100_000), default=1)
    command(commands, "show", "一件办件：状态、时限怎么算、材料、任务、记录", _show).add_argument("case", help="受理号")
    todo = command(commands, "todo", "等我办的任务，最急的在前", _todo)
    todo.add_argument("--process", default="", help="流程")
    todo.add_argument("--text", default="", help="受理号、标题里的字")
    todo.add_argument("--own", action="store_true", help="只看我认领的")
    todo.add_argument("--overdue", action="store_true", help="只看超期的")
    todo.add_argument("--page", type=between(1, 400), default=1)
    command(commands, "task", "一项任务：怎么办结", _task).add_argument("task", type=int)
    paged(command(commands, "done", "我办过的任务，新的在前", _done))


def _configure_opening(commands: Commands) -> None:
    opening = command(commands, "open", "登记一件办件", _open, writes=True)
    opening.add_argument("process", help="流程")
    opening.add_argument("division", help="行政区划代码")
    opening.add_argument("--applicant", required=True, help="申请人姓名或名称")
    opening.add_argument("--kind", choices=("natural", "legal"), default="natural", help="自然人、法人")
    opening.add_argument("--phone", default="", help="申请人电话")
    opening.add_argument("--id-number", default="", help="证件号码或统一社会信用代码")
    opening.add_argument("--answer", action="append", default=[], metavar="字段=内容", help="申请表，可写几次")
    opening.add_argument("--programme", default="", help="重点项目（流程可用于各项目时写）")
    opening.add_argument("--item", default="", help="事项实施编码")
    opening.add_argument("--title", default="", help="标题")
    opening.add_argument("--channel", default="window", help="online 网上、window 窗口、hotline 热线、api 接口")
    opening.add_argument("--once", default="", help="同一个字样只登记一次")
    material = command(commands, "material", "一项材料：提交、承诺、容缺、核验", _material, writes=True)
    material.add_argument("case", help="受理号")
    material.add_argument("material", help="材料代码")
    material.add_argument("way", choices=MATERIAL_WAYS, help="提交、承诺、容缺后补、合格、退回")
    material.add_argument("--file", type=Path, help="要提交的文件")
    material.add_argument("--text", default="", help="承诺的内容，或退回的理由")


def _configure_clock(commands: Commands) -> None:
    command(commands, "tick", "到时的事：定时、提醒、逾期、报上级、再试失败的", _tick, writes=True)
    reckoning = command(commands, "reckon", "放假安排有变：重新核定没有办完的时限", _reckon, writes=True)
    reckoning.add_argument("--all", action="store_true", help="不只核定暂按周一至周五计的")
    moving = command(commands, "migrate", "把在办的换到流程的现行版本", _migrate, writes=True)
    moving.add_argument("process", help="流程")


def _list(context: Context) -> Outcome:
    from shishi.apps.cases.seen import CaseQuery, access_cases, copied_to, started_by

    given = context.arguments
    asked = CaseQuery(
        given.text, given.process, given.programme, given.division, given.state, given.open, given.overdue, given.page
    )
    find = {"reach": access_cases, "started": started_by, "copied": copied_to}[given.which]
    found = find(context.reader, context.at, asked)
    lines = [line_document(item) for item in found.lines]
    return Outcome(page_document(found, lines), [case_line(item) for item in found.lines] or ["没有办件。"])


def _show(context: Context) -> Outcome:
    from shishi.apps.cases.seen import case_of, thread_of

    case = context.arguments.case
    found = case_of(context.reader, case, context.at)
    thread = thread_of(context.reader, case, context.at)
    return Outcome(*case_document(found, thread))


def _todo(context: Context) -> Outcome:
    from shishi.apps.cases.todo import TaskQuery, to_do

    given = context.arguments
    asked = TaskQuery(process=given.process, text=given.text, own=given.own, overdue=given.overdue, page=given.page)
    found = to_do(context.reader, context.at, asked)
    lines = [task_document(item) for item in found.lines]
    return Outcome(page_document(found, lines), [task_line(item) for item in found.lines] or ["没有待办。"])


def _task(context: Context) -> Outcome:
    from shishi.apps.cases.todo import task_of

    found = task_of(context.reader, context.arguments.task, context.at)
    ways = [f"  {item.code}　{item.title}" for item in found.outcomes]
    return Outcome(task_document(found), [task_line(found), *ways])


def _done(context: Context) -> Outcome:
    from shishi.apps.cases.todo import done_by

    given = context.arguments
    found = done_by(context.reader, context.at, 1 + given.offset // given.limit, given.limit)
    lines = [task_document(item) for item in found.lines]
    return Outcome(page_document(found, lines), [task_line(item) for item in found.lines] or ["还没有办过。"])


def _open(context: Context) -> Outcome:
    from shishi.apps.cases.definitions import process_named
    from shishi.apps.cases.facts import form_of, read_answers
    from shishi.apps.cases.opening import open_case
    from shishi.apps.cases.parties import Applicant
    from shishi.apps.cases.seen import case_of
    from shishi.core.calendars import day_of

    given, process = context.arguments, process_named(context.arguments.process)
    answers: dict[str, Value] = {}
    if process.starts.form:
        form = form_of(process, process.starts.form)
        answers = read_answers(form, answers_of(given.answer), day_of(context.at))
    made = open_case(
        process.name,
        answers=answers,
        applicant=Applicant(given.applicant, None, given.phone, given.id_number, given.kind),
        division=given.division,
        programme=given.programme,
        item=given.item,
        title=given.title,
        channel=given.channel,
        once=given.once,
        by=context.by,
        at=context.at,
    )
    return Outcome(*case_document(case_of(context.by, made.uuid, context.at), ()))


def _material(context: Context) -> Outcome:
    from shishi.apps.cases import materials

    given, by, at = context.arguments, context.by, context.at
    if given.way == "give":
        if given.file is None:
            raise Misuse("file_missing", "提交材料要写 --file 文件。")
        content = given.file.read_bytes() if given.file.is_file() else b""
        row = materials.add_material(given.case, given.material, name=given.file.name, content=content, by=by, at=at)
    elif given.way == "promise":
        row = materials.promise_material(given.case, given.material, given.text, by=by, at=at)
    elif given.way == "defer":
        row = materials.defer_material(given.case, given.material, by=by, at=at)
    else:
        row = materials.check_material(given.case, given.material, given.way == "fits", remark=given.text, by=by, at=at)
    document = {"material": row.code, "title": row.title, "state": row.state, "receipt": row.receipt}
    return Outcome(document, [f"{row.title}　{row.get_state_display()}　{row.receipt}"])


def _tick(context: Context) -> Outcome:
    from dataclasses import asdict

    from shishi.apps.cases.ticking import tick

    done = tick(context.at)
    lines = [f"定时 {done.timers}，提醒 {done.warned}，逾期 {done.overdue}，容缺 {done.materials}，再试 {done.retried}"]
    if done.reckoned:
        lines.append(f"放假安排有变，{done.reckoned} 件重新核定了时限。")
    return Outcome(asdict(done), lines)


def _reckon(context: Context) -> Outcome:
    from shishi.apps.cases.holidays import reckon_again

    moved = reckon_again(context.at, by=context.by, provisional_only=not context.arguments.all)
    return Outcome({"moved": moved}, [f"{moved} 件的时限变了。"])


def _migrate(context: Context) -> Outcome:
    from shishi.apps.cases.migrating import move_to_newest

    found = move_to_newest(context.arguments.process, by=context.by, at=context.at)
    document = {"moved": found.moved, "left": [dict(item) for item in found.left]}
    left = f"，{len(found.left)} 件没有换：" if found.left else "，没有换不了的。"
    return Outcome(document, [f"换了 {found.moved} 件{left}", *map(str, found.left)])
