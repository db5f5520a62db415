"""``report enter | show | status | review | accept | return | withdraw | reopen``: figures by division and period."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, issue_lines, moment
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.assurance.statements import Statement
    from shishi.apps.indicators.completeness import Completeness
    from shishi.apps.ledger.periods import PeriodCalendar
    from shishi.core.divisions import Division
    from shishi.core.periods import Period

LEVELS = ("country", "province", "city", "county", "street", "village")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """The commands under ``report``."""
    under = parser.add_subparsers(required=True, metavar="操作")
    entering = _one(under, "enter", "填报一个区划一期的数，提交审核", _enter)
    entering.add_argument("figures", nargs="+", metavar="字段=数", help="字段写名或中文列名；不写的沿用已报的")
    entering.add_argument("--explain", default="", metavar="说明", help="核实说明：数有异常而属实的，写明原因")
    _one(under, "show", "一个区划一期的填报：数、状态、经过", _show, writes=False)
    status = _plain(under, "status", "一期的齐全率、及时率和各单位的状态", _status, writes=False)
    status.add_argument("--division", help="只看这个行政区划以内")
    status.add_argument("--level", choices=LEVELS, help="列出这一级的各行政区划（默认列出应报单位）")
    _several(under, "review", "审核提交的数：须是本单位的另一个人", _review)
    _several(under, "accept", "上一级接收已审核的数，逐级办理", _accept)
    returning = _one(under, "return", "退回，写明原因", _return)
    returning.add_argument("--reason", default="")
    _one(under, "withdraw", "提交人收回还没有审核的填报", _withdraw)
    reopening = _one(under, "reopen", "上一级重新打开已经截止的一期", _reopen)
    reopening.add_argument("--reason", default="", help="为什么重新打开")
    reopening.add_argument("--until", required=True, metavar="时间", help="打开到什么时候，如 2021-10-09T18:00")


def _plain(under: Commands, name: str, title: str, run: object, writes: bool = True) -> argparse.ArgumentParser:
    parser = command(under, name, title, run, writes=writes)  # type: ignore[arg-type]  # one of the functions below
    parser.add_argument("table")
    parser.add_argument(
        "--period", required=True, metavar="期间", help="如 2021-W38、2021-09-H2、2021-09，或 自开展以来"
    )
    return parser


def _one(under: Commands, name: str, title: str, run: object, writes: bool = True) -> argparse.ArgumentParser:
    parser = _plain(under, name, title, run, writes)
    parser.add_argument("--division", required=True, help="行政区划代码或名称")
    return parser


def _several(under: Commands, name: str, title: str, run: object) -> None:
    parser = _plain(under, name, title, run)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--division", action="append", help="行政区划代码或名称（可重复）")
    which.add_argument("--all", action="store_true", help="本人权限内轮到办理的全部")


def _asked(context: Context) -> tuple[PeriodCalendar, Period]:
    from shishi.apps.ledger.entering import asked_period
    from shishi.apps.ledger.periods import required_calendar
    from shishi.apps.programmes.selectors import table_named

    programme, table = table_named(context.arguments.table)
    calendar = required_calendar(table, programme)
    return calendar, asked_period(calendar, context.arguments.period, context.at)


def _division(context: Context, text: str, calendar: PeriodCalendar, period: Period) -> Division:
    """The division that is meant; ``Misuse`` (out_of_reach) for one that the person may not even see."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.apps.divisions.selectors import find_division
    from shishi.core.calendars import day_of

    found = find_division(text, period.end)
    person = context.by if hasattr(context.arguments, "by") else context.reader
    require(person, Action.READ, found.code, calendar.programme.name, day_of(context.at))
    return found


def _enter(context: Context) -> Outcome:
    from shishi.apps.ledger.entering import Entered, enter

    given = context.arguments
    calendar, period = _asked(context)
    pairs = [word.partition("=") for word in given.figures]
    wrong = next((name for name, sign, _ in pairs if not sign or not name.strip()), None)
    if wrong is not None:
        raise Misuse("figure_malformed", f"“{wrong}”写法不对，要写成 字段=数，如 users=9700。")
    unit = _division(context, given.division, calendar, period)
    cells = {name.strip(): text.strip() for name, _, text in pairs}
    try:
        enter(Entered(calendar, unit, period, cells, given.explain), by=context.by, at=context.at)
    except Refused as refused:
        issues = [issue.document() for issue in refused.issues]
        document = {"status": "refused", "code": refused.code, "message": refused.message, "issues": issues}
        return Outcome(document, list(issue_lines(refused)), 1)
    return _told(calendar, period, unit, context.by)


def _told(calendar: PeriodCalendar, period: Period, unit: Division, person: Person) -> Outcome:
    """The statement after a step."""
    from shishi.apps.assurance.statements import statement_of

    found = statement_of(calendar, period, unit.code)
    return Outcome(_whole_document(calendar, found, unit.name), _lines(calendar, found, unit.name))


def _whole_document(calendar: PeriodCalendar, found: Statement, name: str) -> dict[str, object]:
    """With its course, for one or a few of them."""
    from shishi.apps.assurance.statement_course import course

    history = [
        {"at": item.at.isoformat(), "done": item.word, "person": item.person, "reason": item.text}
        for item in course(calendar, found.period, found.division, found.row)
    ]
    return {**_document(calendar, found, name), "history": history}


def _document(calendar: PeriodCalendar, found: Statement, name: str) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "table": calendar.table.name,
        "division": official(found.division),
        "name": name,
        "period": found.period.label,
        "state": found.state.value,
        "told": found.told,
        "accepted": [level.name.lower() for level in found.standing.accepted],
        "next": found.standing.next_level.name.lower() if found.standing.next_level is not None else None,
        "late": found.late,
        "received_at": found.received_at.isoformat() if found.received_at else None,
        "proposal": str(found.waiting.pk) if found.waiting else None,
        "reason": found.reason,
        "values": _values(calendar, found),
    }


def _values(calendar: PeriodCalendar, found: Statement) -> dict[str, str]:
    from shishi.apps.ledger.sealing import decode, typed
    from shishi.core.values import shown

    if found.row is None:
        return {}
    values = typed(calendar.table, decode(found.row.cells))
    fields = (item for item in calendar.table.fields if not item.sensitive)
    return {item.name: shown(item, values.get(item.name)) for item in fields}


def _lines(calendar: PeriodCalendar, found: Statement, name: str) -> list[str]:
    from shishi.apps.assurance.statement_course import course
    from shishi.core.calendars import SHANGHAI

    late = "　迟报" if found.late else ""
    lines = [f"{name}　{calendar.table.title}　{found.period.label}　{found.told}{late}"]
    if found.reason:
        lines.append(f"  退回原因：{found.reason}")
    if found.waiting is not None:
        lines.append(f"  提交人 {found.waiting.person}，{found.waiting.cells} 格，待审核。送审 {found.waiting.pk}")
    values = _values(calendar, found)
    lines += [
        f"  {item.title}：{values[item.name]}{item.unit}" for item in calendar.table.fields if values.get(item.name)
    ]
    for item in course(calendar, found.period, found.division, found.row):
        why = f"：{item.text}" if item.text else ""
        lines.append(f"  {item.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}　{item.word}　{item.person}{why}")
    return lines


def _show(context: Context) -> Outcome:
    calendar, period = _asked(context)
    unit = _division(context, context.arguments.division, calendar, period)
    return _told(calendar, period, unit, context.reader)


def _status(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.indicators.completeness import completeness
    from shishi.core.divisions import Level

    given = context.arguments
    calendar, period = _asked(context)
    level = Level[given.level.upper()] if given.level else None
    division = find_division(given.division, period.end).code if given.division else ""
    found = completeness(context.reader, calendar, period, division=division, level=level, at=context.at)
    lines = [f"{calendar.table.title}　{period.label}（{period.start} 至 {period.end}）"]
    return Outcome([_status_document(calendar, item) for item in found], lines + [_status_line(item) for item in found])


def _status_document(calendar: PeriodCalendar, item: Completeness) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "division": official(item.division),
        "name": item.name,
        "due": item.due,
        "received": item.received,
        "on_time": item.on_time,
        "accepted": item.accepted,
        "waiting": item.waiting,
        "missing": item.missing,
        "completeness": str(item.completeness) if item.completeness is not None else None,
        "punctuality": str(item.punctuality) if item.punctuality is not None else None,
        "statement": _document(calendar, item.statement, item.name) if item.statement else None,
    }


def _status_line(item: Completeness) -> str:
    if item.statement is not None and item.due == 1:
        late = "　迟报" if item.statement.late else ""
        why = f"（{item.statement.reason}）" if item.statement.reason else ""
        return f"  {item.name}　{item.statement.told}{why}{late}"
    return (
        f"{item.name}　应报 {item.due}　已报 {item.received}　按时 {item.on_time}　已接收 {item.accepted}　"
        f"待审核 {item.waiting}　未报 {item.missing}　齐全率 {_percent(item.received, item.due, item.completeness)}　"
        f"及时率 {_percent(item.on_time, item.due, item.punctuality)}"
    )


def _percent(part: int, whole: int, share: object) -> str:
    return f"{share}%（{part}/{whole}）" if share is not None else "—"


def _codes(context: Context, calendar: PeriodCalendar, period: Period, due: Sequence[str]) -> Sequence[str]:
    if context.arguments.all:
        return due
    return [_division(context, text, calendar, period).code for text in context.arguments.division]


def _review(context: Context) -> Outcome:
    from shishi.apps.assurance.acceptance import review, reviewable

    calendar, period = _asked(context)
    mine = reviewable(calendar, period, by=context.by, at=context.at) if context.arguments.all else ()
    done = _codes(context, calendar, period, mine)
    review(calendar, period, done, by=context.by, at=context.at)
    return _done("审核", calendar, period, done)


def _accept(context: Context) -> Outcome:
    from shishi.apps.assurance.acceptance import accept, acceptable

    calendar, period = _asked(context)
    mine = acceptable(calendar, period, by=context.by, at=context.at) if context.arguments.all else ()
    done = _codes(context, calendar, period, mine)
    accept(calendar, period, done, by=context.by, at=context.at)
    return _done("接收", calendar, period, done)


def _done(word: str, calendar: PeriodCalendar, period: Period, codes: Sequence[str]) -> Outcome:
    from shishi.apps.assurance.statements import statements_of
    from shishi.apps.divisions.selectors import load_tree

    tree = load_tree(codes=list(codes))
    found = statements_of(calendar, period, codes)
    documents = [_document(calendar, item, tree.name(code, period.end)) for code, item in found.items()]
    lines = [f"{calendar.table.title}　{period.label}　已{word} {len(codes)} 个。"]
    lines += [] if codes else ["  没有轮到您办理的。用 shishi report status 查看各单位到了哪一步。"]
    lines += [f"  {tree.name(code, period.end)}　{item.told}" for code, item in found.items()]
    return Outcome(documents, lines)


def _return(context: Context) -> Outcome:
    from shishi.apps.assurance.acceptance import return_statement

    calendar, period = _asked(context)
    unit = _division(context, context.arguments.division, calendar, period)
    return_statement(calendar, period, unit.code, reason=context.arguments.reason, by=context.by, at=context.at)
    return _told(calendar, period, unit, context.by)


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.assurance.acceptance import withdraw

    calendar, period = _asked(context)
    unit = _division(context, context.arguments.division, calendar, period)
    withdraw(calendar, period, unit.code, by=context.by, at=context.at)
    return _told(calendar, period, unit, context.by)


def _reopen(context: Context) -> Outcome:
    from shishi.apps.ledger.periods import reopen
    from shishi.core.calendars import SHANGHAI

    given = context.arguments
    calendar, period = _asked(context)
    unit = _division(context, given.division, calendar, period)
    until = moment(given.until)
    opened = reopen(calendar, unit.code, period, until=until, reason=given.reason, by=context.by, at=context.at)
    document = {
        "table": calendar.table.name,
        "division": unit.official_code,
        "period": period.label,
        "until": opened.until.isoformat(),
        "reason": opened.reason,
        "person": opened.person,
    }
    local = opened.until.astimezone(SHANGHAI)
    return Outcome(
        document, [f"{unit.name} {period.label} 已重新打开，到 {local:%Y-%m-%d %H:%M}。请在此之前填报更正。"]
    )
