"""``case claim | complete | …``: what is done with tasks, with whole cases, with incidents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shishi.commands.case_views import answers_of, moment_text, task_document, task_line
from shishi.commands.context import Commands, Context, Outcome, Run, command
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.core.tables import Value

_REASONED: tuple[tuple[str, str], ...] = (
    ("withdraw", "撤回"),
    ("suspend", "中止"),
    ("resume", "恢复办理"),
    ("extend", "延长时限（一次）"),
    ("reopen", "重新办理"),
)


def configure(commands: Commands) -> None:
    """Arguments of every step."""
    _configure_tasks(commands)
    _configure_completing(commands)
    _configure_cases(commands)
    _configure_incidents(commands)


def _configure_tasks(commands: Commands) -> None:
    claiming = command(commands, "claim", "认领任务", _claim, writes=True)
    claiming.add_argument("task", type=int)
    for name, title, run in (("release", "放回任务", _release), ("hand-over", "转办", _hand_over)):
        parser = command(commands, name, title, run, writes=True)
        parser.add_argument("task", type=int)
        parser.add_argument("--reason", required=True)
        if name == "hand-over":
            parser.add_argument("--to", required=True, help="用户名")
    lending = command(commands, "delegate", "委托一位同志办这一项", _delegate, writes=True)
    lending.add_argument("task", type=int)
    lending.add_argument("--to", required=True, help="用户名")
    lending.add_argument("--reason", required=True)


def _configure_completing(commands: Commands) -> None:
    completing = command(commands, "complete", "办结任务", _complete, writes=True)
    completing.add_argument("task", type=int)
    completing.add_argument(
        "outcome", nargs="?", default="", help="结果代码（case task 看有哪些）；复核写 agree 或 disagree"
    )
    completing.add_argument("--answer", action="append", default=[], metavar="字段=内容", help="环节表单，可写几次")
    for name, told in (("text", "意见"), ("basis", "不予办理的法律依据"), ("remedy", "救济途径")):
        completing.add_argument(f"--{name}", default="", help=told)
    refusing = command(commands, "refuse", "不予受理或不予许可：写明依据和救济途径", _refuse, writes=True)
    refusing.add_argument("task", type=int)
    for name in ("text", "basis", "remedy"):
        refusing.add_argument(f"--{name}", required=True)
    asking = command(commands, "ask-supplement", "一次性告知补正", _ask, writes=True)
    asking.add_argument("task", type=int)
    asking.add_argument("--material", action="append", default=[], metavar="代码=哪里不合要求", help="可写几次")
    asking.add_argument("--field", action="append", default=[], metavar="表单.字段=怎样改", help="可写几次")
    asking.add_argument("--other", action="append", default=[], help="其他要补的，可写几次")
    asking.add_argument("--text", default="")
    returning = command(commands, "return", "退回前面的环节更正（一次）", _return, writes=True)
    returning.add_argument("task", type=int)
    returning.add_argument("element", help="退回哪个环节（元素编号）")
    returning.add_argument("--item", action="append", default=[], required=True, help="要更正什么，可写几次")
    many = command(commands, "approve-many", "一次办结许多任务", _many, writes=True)
    many.add_argument("outcome", help="结果代码")
    chosen = many.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--task", type=int, action="append", default=[], help="任务编号，可写几次")
    chosen.add_argument("--element", help="我待办里这个环节的全部")
    many.add_argument("--process", default="", help="只办这个流程的")
    many.add_argument("--text", default="")
    many.add_argument("--once", default="", help="同一个字样只办一次")


def _configure_cases(commands: Commands) -> None:
    supplementing = command(commands, "supplement", "补正", _supplement, writes=True)
    supplementing.add_argument("case", help="受理号")
    supplementing.add_argument("--answer", action="append", default=[], metavar="表单.字段=内容", help="可写几次")
    supplementing.add_argument("--text", default="")
    for name, title in _REASONED:
        parser = command(commands, name, title, _reasoned(name), writes=True)
        parser.add_argument("case", help="受理号")
        parser.add_argument("--reason", required=True)
    archiving = command(commands, "archive", "归档", _archive, writes=True)
    archiving.add_argument("case", help="受理号")
    talking = command(commands, "comment", "留言", _comment, writes=True)
    talking.add_argument("case", help="受理号")
    talking.add_argument("text")
    talking.add_argument("--seen-by", choices=("applicant", "parties", "officials"), default="officials")
    copying = command(commands, "copy", "抄送一个人或一个单位", _copy, writes=True)
    copying.add_argument("case", help="受理号")
    copying.add_argument("--person", default="", help="用户名")
    copying.add_argument("--body", default="", help="单位代码")
    keeping = command(commands, "recuse", "回避", _recuse, writes=True)
    keeping.add_argument("case", help="受理号")
    keeping.add_argument("--person", default="", help="谁（不写是自己）")
    keeping.add_argument("--reason", required=True)
    rating = command(commands, "rate", "评价：1 非常满意 … 5 非常不满意", _rate, writes=True)
    rating.add_argument("case", help="受理号")
    rating.add_argument("code", type=int)
    rating.add_argument("--text", default="")


def _configure_incidents(commands: Commands) -> None:
    command(commands, "incidents", "异常件：失败三次的", _incidents).add_argument("--own", action="store_true")
    mending = command(commands, "mend", "处置异常件：再试、按已办继续、换人负责", _mend, writes=True)
    mending.add_argument("incident", type=int)
    mending.add_argument("way", choices=("retry", "drop", "hand"))
    mending.add_argument("--reason", required=True, help="采取的措施或理由")
    mending.add_argument("--to", default="", help="换给谁（用户名）")


def _told(context: Context, row: object) -> Outcome:
    from shishi.apps.cases.todo import task_of

    found = task_of(context.by, row.pk, context.at)  # type: ignore[attr-defined]  # a task's row
    return Outcome(task_document(found), [task_line(found)])


def _case(context: Context, case: str) -> Outcome:
    from shishi.apps.cases.seen import case_of
    from shishi.commands.case_views import case_document

    return Outcome(*case_document(case_of(context.by, case, context.at), ()))


def _claim(context: Context) -> Outcome:
    from shishi.apps.cases.handing import claim

    return _told(context, claim(context.arguments.task, by=context.by, at=context.at))


def _release(context: Context) -> Outcome:
    from shishi.apps.cases.handing import release

    given = context.arguments
    row = release(given.task, given.reason, by=context.by, at=context.at)
    return Outcome({"task": row.pk, "state": row.state}, [f"任务 {row.pk} 已放回。"])


def _hand_over(context: Context) -> Outcome:
    from shishi.apps.cases.handing import hand_over

    given = context.arguments
    row = hand_over(given.task, given.to, given.reason, by=context.by, at=context.at)
    return Outcome({"task": row.pk, "to": given.to}, [f"任务 {row.pk} 已转给 {given.to}。"])


def _delegate(context: Context) -> Outcome:
    from shishi.apps.cases.handing import delegate

    given = context.arguments
    row = delegate(given.task, given.to, given.reason, by=context.by, at=context.at)
    return Outcome({"task": row.pk, "to": given.to}, [f"任务 {row.pk} 已委托给 {given.to}。"])


def _answers(context: Context) -> dict[str, Value]:
    """What was typed for the form of the task's step."""
    from shishi.apps.cases.definitions import process_named
    from shishi.apps.cases.facts import form_of, read_answers
    from shishi.apps.cases.todo import task_of
    from shishi.core.calendars import day_of

    given = context.arguments
    if not given.answer:
        return {}
    task = task_of(context.by, given.task, context.at)
    if not task.form:
        raise Misuse("form_unknown", f"“{task.step}”没有表单可填。")
    form = form_of(process_named(task.process), task.form)
    return read_answers(form, answers_of(given.answer), day_of(context.at))


def _complete(context: Context) -> Outcome:
    from shishi.apps.cases.completing import complete_task

    given = context.arguments
    said = {"text": given.text, "basis": given.basis, "remedy": given.remedy}
    row = complete_task(given.task, given.outcome, answers=_answers(context), by=context.by, at=context.at, **said)
    return _told(context, row)


def _refuse(context: Context) -> Outcome:
    from shishi.apps.cases.completing import complete_task
    from shishi.apps.cases.todo import task_of
    from shishi.core.processes import OutcomeKind

    given = context.arguments
    task = task_of(context.by, given.task, context.at)
    way = next((item.code for item in task.outcomes if item.kind is OutcomeKind.REFUSE), None)
    if way is None:
        raise Misuse("outcome_unknown", f"“{task.step}”没有不予办理这种结果。")
    said = {"text": given.text, "basis": given.basis, "remedy": given.remedy}
    return _told(context, complete_task(given.task, way, by=context.by, at=context.at, **said))


def _ask(context: Context) -> Outcome:
    from shishi.apps.cases.supplementing import Lacking, ask_supplement

    given = context.arguments
    pairs = [(word.partition("="), "material") for word in given.material]
    pairs += [(word.partition("="), "field") for word in given.field]
    lacking = [Lacking(what=what, **{kind: name}) for (name, _, what), kind in pairs]
    lacking += [Lacking(what) for what in given.other]
    row = ask_supplement(given.task, lacking, text=given.text, by=context.by, at=context.at)
    return Outcome({"task": row.pk, "asked": [item.name for item in lacking]}, [f"已一次性告知补正：{row.text}"])


def _return(context: Context) -> Outcome:
    from shishi.apps.cases.supplementing import return_for_correction

    given = context.arguments
    row = return_for_correction(given.task, given.element, given.item, by=context.by, at=context.at)
    return Outcome({"task": row.pk, "to": row.element}, [f"已退回“{row.step}”：{row.text}"])


def _many(context: Context) -> Outcome:
    from shishi.apps.cases.bulk import approve_many
    from shishi.apps.cases.todo import TaskQuery

    given = context.arguments
    asked = given.task or TaskQuery(process=given.process, element=given.element)
    job = approve_many(asked, given.outcome, text=given.text, once=given.once, by=context.by, at=context.at)
    document = {"job": str(job.pk), "state": job.state, "outcome": job.outcome}
    return Outcome(document, [f"{job.title}　{job.label}　用 shishi jobs show {job.pk} 看办了多少、哪些没办。"])


def _supplement(context: Context) -> Outcome:
    from shishi.apps.cases.supplementing import supplement

    given = context.arguments
    supplement(given.case, texts=answers_of(given.answer), text=given.text, by=context.by, at=context.at)
    return _case(context, given.case)


def _reasoned(name: str) -> Run:
    def run(context: Context) -> Outcome:
        from shishi.apps.cases import pausing

        given = context.arguments
        step: Callable[..., object] = getattr(pausing, name)
        step(given.case, given.reason, by=context.by, at=context.at)
        return _case(context, given.case)

    return run


def _archive(context: Context) -> Outcome:
    from shishi.apps.cases.pausing import archive

    archive(context.arguments.case, by=context.by, at=context.at)
    return _case(context, context.arguments.case)


def _comment(context: Context) -> Outcome:
    from shishi.apps.cases.talking import comment

    given = context.arguments
    comment(given.case, given.text, seen_by=given.seen_by, by=context.by, at=context.at)
    return Outcome({"case": given.case, "text": given.text}, ["已留言。"])


def _copy(context: Context) -> Outcome:
    from shishi.apps.cases.talking import copy_to

    given = context.arguments
    copy_to(given.case, person=given.person, body=given.body, by=context.by, at=context.at)
    return Outcome({"case": given.case, "to": given.person or given.body}, ["已抄送。"])


def _recuse(context: Context) -> Outcome:
    from shishi.apps.cases.talking import declare_interest

    given = context.arguments
    declare_interest(given.case, given.reason, person=given.person, by=context.by, at=context.at)
    return Outcome({"case": given.case, "person": given.person or context.by.username}, ["已回避，不再办理这件办件。"])


def _rate(context: Context) -> Outcome:
    from shishi.apps.cases.rating import WORDS, rate

    given = context.arguments
    made = rate(given.case, given.code, text=given.text, by=context.by, at=context.at)
    return Outcome({"case": given.case, "code": made.code, "bad": made.bad}, [f"已评价：{WORDS[made.code]}"])


def _incidents(context: Context) -> Outcome:
    from shishi.apps.cases.incidents import incidents_for

    found = list(incidents_for(context.reader, context.at, own=context.arguments.own)[:200])
    documents = [
        {
            "incident": row.pk,
            "case": row.case.number,
            "title": row.title,
            "failure": row.failure,
            "tries": row.tries,
            "owner": row.owner.username if row.owner else "",
            "at": row.at.isoformat(),
        }
        for row in found
    ]
    lines = [
        f"{row.pk}　{row.case.number}　{row.title}　{row.failure}　{row.owner or '无人负责'}　{moment_text(row.at)}"
        for row in found
    ]
    return Outcome(documents, lines or ["没有异常件。"])


def _mend(context: Context) -> Outcome:
    from shishi.apps.cases import incidents

    given, by, at = context.arguments, context.by, context.at
    if given.way == "retry":
        row = incidents.retry_incident(given.incident, given.reason, by=by, at=at)
    elif given.way == "drop":
        row = incidents.drop_incident(given.incident, given.reason, by=by, at=at)
    else:
        row = incidents.hand_incident(given.incident, given.to, given.reason, by=by, at=at)
    owner = row.owner.username if row.owner else ""
    return Outcome({"incident": row.pk, "state": row.state, "owner": owner}, [f"{row.title}　{row.state}　{owner}"])
