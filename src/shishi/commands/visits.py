"""``visits``: planned, carried out, and what became of the problems that they found."""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from shishi.commands.context import Commands, Context, Outcome, Run, command, day, store_facts
from shishi.commands.notices import and_send
from shishi.commands.usage import between, paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.fieldwork.problems import NewProblem
    from shishi.apps.fieldwork.visits import NewVisit
    from shishi.apps.fieldwork.visits_seen import ProblemView, VisitView
    from shishi.core.visits import NamedPhoto

KINDS = ("research", "patrol", "inspection")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: visits, then the steps of problems."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    listing = command(commands, "list", "列出走访", _list)
    listing.add_argument("--programme", help="重点项目")
    listing.add_argument("--state", choices=("planned", "done", "cancelled"), default="")
    listing.add_argument("--mine", action="store_true", help="我计划的和我走访的")
    paged(listing, 200)
    command(commands, "show", "一次走访的全部情况", _show).add_argument("id", type=int)
    planning = _new(commands, "plan", "计划一次走访", _plan)
    planning.add_argument("--on", dest="planned_on", type=day, required=True, help="哪一天去")
    planning.add_argument("--purpose", default="", help="看什么")
    recording = _new(commands, "record", "登记一次没有计划过的走访", and_send(_record))
    _result(recording)
    carrying = command(commands, "carry-out", "登记一次计划的走访的结果", and_send(_carry_out), writes=True)
    carrying.add_argument("id", type=int)
    _result(carrying)
    leaving = command(commands, "cancel", "取消一次计划的走访", _cancel, writes=True)
    leaving.add_argument("id", type=int)
    leaving.add_argument("--reason", required=True)
    _configure_problems(commands)


def _new(commands: Commands, name: str, title: str, run: Run) -> argparse.ArgumentParser:
    parser = command(commands, name, title, run, writes=True)
    parser.add_argument("programme")
    parser.add_argument("title", help="走访什么，几个字")
    parser.add_argument("--kind", choices=KINDS, default="patrol", help="调研、巡查、检查")
    parser.add_argument("--division", default="", help="去哪里（行政区划），默认本单位所在地")
    parser.add_argument("--body", default="", help="以哪个单位（代码），默认自己的岗位")
    parser.add_argument("--row", type=UUID, help="走访的是哪一行台账（行标识）")
    return parser


def _result(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--held-on", type=day, help="哪一天去的，默认今天")
    parser.add_argument("--place", required=True, help="地点")
    parser.add_argument("--text", required=True, help="看到的情况，写成可以放进简报的话")
    parser.add_argument("--people", default="", help="同行人员")
    parser.add_argument("--point", default="", help="经度,纬度")
    parser.add_argument("--private", action="store_true", help="不进简报")
    parser.add_argument("--photo", action="append", default=[], type=Path, help="照片，可写几次")
    parser.add_argument(
        "--problem",
        action="append",
        default=[],
        metavar="单位代码=工作日数=问题",
        help="发现的问题：谁整改、几个工作日、是什么，可写几次",
    )


def _configure_problems(commands: Commands) -> None:
    listing = command(commands, "problems", "列出现场问题", _problems)
    listing.add_argument("--programme", help="重点项目")
    listing.add_argument("--undone", action="store_true", help="只看没有销号的")
    paged(listing, 200)
    for name, title, service in (
        ("reply", "报整改结果", "reply"),
        ("return", "复查不通过", "return_reply"),
        ("close", "复查通过，销号", "close_problem"),
        ("withdraw", "撤销问题", "withdraw_problem"),
    ):
        parser = command(commands, name, title, and_send(_taking(service)), writes=True)
        parser.add_argument("id", type=int)
        parser.add_argument("--text", required=True, help="情况或理由")
        if service == "return_reply":
            parser.add_argument("--days", type=between(1, 250), default=0, help="重新整改的工作日数")
        if service != "withdraw_problem":
            parser.add_argument("--file", action="append", default=[], type=Path, help="佐证材料，可写几次")
    extending = command(commands, "extend", "改整改时限", and_send(_taking("extend_problem")), writes=True)
    extending.add_argument("id", type=int)
    extending.add_argument("--days", type=between(1, 250), required=True, help="从今天起几个工作日")
    extending.add_argument("--text", required=True, help="理由")


def _list(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits_seen import WantedVisits, visits_for

    given = context.arguments
    wanted = WantedVisits(_programme(given.programme), given.state, given.mine)
    found = visits_for(context.reader, at=context.at, wanted=wanted, offset=given.offset, limit=given.limit)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有走访。"])


def _show(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits_seen import visit_seen

    return _told(visit_seen(context.reader, context.arguments.id, at=context.at))


def _plan(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits import NewVisit, plan_visit
    from shishi.core.visits import VisitKind

    given = context.arguments
    new = NewVisit(
        programme=_programme(given.programme),
        kind=VisitKind(given.kind),
        title=given.title,
        place_division=given.division,
        body=given.body,
        planned_on=given.planned_on,
        purpose=given.purpose,
        entry=given.row,
        demonstration=bool(store_facts()["demonstration"]),
    )
    return _told(plan_visit(new, by=context.by, at=context.at))


def _record(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits import NewVisit
    from shishi.core.visits import VisitKind

    given = context.arguments
    uuid = uuid4()
    new = NewVisit(
        programme=_programme(given.programme),
        kind=VisitKind(given.kind),
        title=given.title,
        place_division=given.division,
        body=given.body,
        entry=given.row,
        uuid=uuid,
        demonstration=bool(store_facts()["demonstration"]),
    )
    return _carried(context, uuid, new)


def _carry_out(context: Context) -> Outcome:
    return _carried(context, context.arguments.id, None)


def _carried(context: Context, visit: int | UUID, new: NewVisit | None) -> Outcome:
    from shishi.apps.fieldwork.photos import take_photo
    from shishi.apps.fieldwork.visits import Carried, carry_out
    from shishi.apps.fieldwork.visits_seen import visit_seen
    from shishi.core.calendars import day_of
    from shishi.core.visits import Seen

    given = context.arguments
    photos = [_photo(path) for path in given.photo]
    seen = Seen(
        held_on=given.held_on or day_of(context.at),
        place=given.place,
        text=given.text,
        people=given.people,
        point=_point(given.point),
        publish=not given.private,
    )
    carried = Carried(seen, tuple(_problem(text) for text in given.problem), tuple(named for named, _ in photos))
    view = carry_out(visit, carried, by=context.by, at=context.at, new=new)
    for named, content in photos:
        take_photo(UUID(named.id), content, by=context.by, at=context.at)
    return _told(visit_seen(context.by, view.id, at=context.at))


def _photo(path: Path) -> tuple[NamedPhoto, bytes]:
    import hashlib

    from shishi.core.visits import NamedPhoto

    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise Misuse("file_unreadable", f"读不了照片 {path}。请核对路径。") from wrong
    return NamedPhoto(str(uuid4()), hashlib.sha256(content).hexdigest(), path.name), content


def _point(text: str):  # type: ignore[no-untyped-def]  # a Point or None, whose module loads only when asked
    from shishi.core.tables import Point

    if not text:
        return None
    longitude, mark, latitude = text.replace("，", ",").partition(",")
    try:
        point = Point(Decimal(longitude.strip()), Decimal(latitude.strip()))
    except ArithmeticError as wrong:
        raise Misuse("point_malformed", f"“{text}”写法不对，应如 118.75,30.94（先经度后纬度）。") from wrong
    if not mark or abs(point.longitude) > 180 or abs(point.latitude) > 90:
        raise Misuse("point_malformed", f"“{text}”写法不对，应如 118.75,30.94（先经度后纬度）。")
    return point


def _problem(text: str) -> NewProblem:
    from shishi.apps.fieldwork.problems import NewProblem

    body, _, rest = text.partition("=")
    days, _, told = rest.partition("=")
    if not (body and told.strip() and days.isascii() and days.isdigit() and len(days) < 4):
        raise Misuse("problem_malformed", f"“{text}”写法不对，应如 xuanzhou=5=围挡缺口未封闭。")
    return NewProblem(uuid4(), told.strip(), body, int(days))


def _cancel(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits import cancel_visit

    given = context.arguments
    return _told(cancel_visit(given.id, given.reason, by=context.by, at=context.at))


def _problems(context: Context) -> Outcome:
    from shishi.apps.fieldwork.visits_seen import problems_for

    given = context.arguments
    found = problems_for(
        context.reader,
        at=context.at,
        undone=given.undone,
        programme=_programme(given.programme),
        offset=given.offset,
        limit=given.limit,
    )
    return Outcome([_problem_document(item) for item in found], [_problem_line(item) for item in found] or ["没有。"])


def _taking(service: str) -> Run:
    """Call a service of problems with what the command line gave."""

    def run(context: Context) -> Outcome:
        from shishi.apps.fieldwork import problems

        given = context.arguments
        if service == "extend_problem":
            view = problems.extend_problem(given.id, given.days, given.text, by=context.by, at=context.at)
        else:
            more = {"days": given.days} if hasattr(given, "days") else {}
            if hasattr(given, "file"):
                more["files"] = [problems.Attached(path.name, path.read_bytes()) for path in given.file]
            view = getattr(problems, service)(given.id, given.text, **more, by=context.by, at=context.at)
        return Outcome(_problem_document(view), [_problem_line(view)])

    return run


def _programme(name: str | None) -> str:
    from shishi.apps.programmes.selectors import programme_named

    return programme_named(name)[1].name if name else ""


def _told(view: VisitView) -> Outcome:
    return Outcome(_document(view), [_line(view), *(f"　　{_problem_line(item)}" for item in view.problems)])


def _document(view: VisitView) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "id": view.id,
        "uuid": str(view.uuid),
        "programme": view.programme,
        "kind": view.kind.value,
        "title": view.title,
        "state": view.state.value,
        "body": view.body,
        "division": official(view.division),
        "place_division": official(view.place_division),
        "row": str(view.entry) if view.entry else None,
        "planned_on": view.planned_on.isoformat() if view.planned_on else None,
        "held_on": view.held_on.isoformat() if view.held_on else None,
        "place": view.place or None,
        "point": f"{view.longitude},{view.latitude}" if view.longitude else None,
        "text": view.text or None,
        "person": view.done_by or None,
        "work_record": str(view.record) if view.record else None,
        "photos": {"named": len(view.photos), "missing": view.missing},
        "problems": [_problem_document(item) for item in view.problems],
    }


def _line(view: VisitView) -> str:
    when = view.held_on or view.planned_on
    left = f"　问题 {len(view.problems)} 个，未销号 {view.undone} 个" if view.problems else ""
    return f"{view.id}　{when or ''}　{view.kind.label}　{view.title}　{view.body_title}　{view.state.label}{left}"


def _problem_document(view: ProblemView) -> dict[str, object]:
    return {
        "id": view.id,
        "visit": view.visit,
        "text": view.text,
        "body": view.body,
        "state": view.state.value,
        "deadline": view.standing.deadline.isoformat(),
        "overdue": view.overdue,
        "history": [
            {"action": item.did.action.value, "person": item.did.person, "at": item.did.at.isoformat()}
            for item in view.history
        ],
    }


def _problem_line(view: ProblemView) -> str:
    return f"{view.id}　{view.state.label}　{view.body_title}　{view.text}　{view.left}"
