"""``case statistics | reveal``: what the log of a process says, and what is masked of one case."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.core.calendars import OfficeHours
from shishi.core.case_statistics import Spread, StepLine
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.cases.measuring import Expected, Measured
    from shishi.core.case_forecasts import Prospect

DAYS = 365
_FORMS = (".xlsx", ".csv")


def configure(commands: Commands) -> None:
    """Arguments of both."""
    counting = command(commands, "statistics", "一个流程的办件统计：时长、瓶颈、走法、返工、超期预测", _statistics)
    counting.add_argument("process", help="流程")
    counting.add_argument("--from", dest="since", type=day, help="从哪天提交的算起，默认一年前")
    counting.add_argument("--to", dest="until", type=day, help="到哪天提交的为止")
    counting.add_argument("--all", action="store_true", help="不限时间")
    counting.add_argument("--division", default="", help="行政区划代码")
    counting.add_argument("-o", dest="output", type=Path, help="另写一份 .xlsx 或 .csv")
    showing = command(commands, "reveal", "显示一件办件里被遮住的内容，理由记入审计", _reveal, writes=True)
    showing.add_argument("case", help="受理号")
    showing.add_argument("what", help="哪一项：表单.字段，或 applicant.name、applicant.phone、applicant.number")
    showing.add_argument("--reason", required=True, help="为什么要看")


def _statistics(context: Context) -> Outcome:
    from shishi.apps.cases.logs import Span
    from shishi.apps.cases.measuring import measured
    from shishi.core.calendars import day_of
    from shishi.core.divisions import normalise

    given = context.arguments
    year = day_of(context.at) - timedelta(days=DAYS)
    span = Span(None if given.all else given.since or year, given.until)
    division = normalise(given.division) if given.division else ""
    found = measured(context.reader, given.process, span, division=division, at=context.at)
    if given.output:
        _write(found, given.output)
    return Outcome(_document(found), _lines(found))


def _write(found: Measured, target: Path) -> None:
    from shishi.adapters.spreadsheets.handing_out import csv_of, workbook_of
    from shishi.apps.cases.handing_out import handout_of

    if target.suffix not in _FORMS:
        raise Misuse("file_kind", f"只能写 {'、'.join(_FORMS)}，现为“{target.name}”。")
    made = handout_of(found)
    target.write_bytes(workbook_of(made) if target.suffix == ".xlsx" else csv_of(made))


def _document(found: Measured) -> dict[str, object]:
    """Durations in working seconds; shares as decimals of four digits."""
    told = found.found
    return {
        "process": found.process.name,
        "title": found.process.title,
        "at": found.at.isoformat(),
        "from": found.span.since.isoformat() if found.span.since else None,
        "to": found.span.until.isoformat() if found.span.until else None,
        "working_day_seconds": found.clock.day_seconds,
        "office_hours": _hours(found.clock.calendar.hours),
        "cases": told.cases,
        "ended": told.ended,
        "open": told.open,
        "withdrawn": found.log.withdrawn,
        "left_out": found.log.left_out,
        "duration": _spread(told.whole),
        "duration_with_pauses": _spread(told.calendar),
        "within_law": {"kept": told.in_law[0], "of": told.in_law[1]},
        "within_promise": {"kept": told.in_promise[0], "of": told.in_promise[1]},
        "steps": [_step(found, line) for line in told.bottlenecks],
        "bodies": [_step(found, line) for line in found.bodies],
        "variants": [
            {"path": list(item.path), "cases": item.cases, "share": _share(item.share), "duration": _spread(item.whole)}
            for item in told.variants
        ],
        "rework": [
            {"kind": item.kind.value, "cases": item.cases, "times": item.times, "share": _share(item.share)}
            for item in told.rework
        ],
        "repeated": [{"step": step, "times": many} for step, many in told.repeated],
        "forecast": [_expected(item) for item in found.expected],
    }


def _hours(hours: OfficeHours) -> dict[str, object]:
    """``source`` ``null``: no pack tells them, and the platform assumes some."""
    return {
        "opens": f"{hours.opens:%H:%M}",
        "closes": f"{hours.closes:%H:%M}",
        "source": hours.source or None,
        "verified": hours.verified,
    }


def _step(found: Measured, line: StepLine) -> dict[str, object]:
    waiting = line.waiting_share
    return {
        "step": line.step,
        "title": found.step(line.step),
        "body": line.body,
        "share": _share(line.share),
        "waiting_share": None if waiting is None else _share(waiting),
        "duration": _spread(line.whole),
        "open": line.open,
        "oldest": line.oldest,
        "late": line.late,
        "limited": line.limited,
    }


def _expected(item: Expected) -> dict[str, object]:
    return {
        "number": item.case.number,
        "title": item.case.title,
        "outlook": item.worst.outlook.value,
        "law": _prospect(item.law),
        "promise": _prospect(item.promise),
        "ahead": [{"step": step.step, "duration": _spread(step.whole)} for step in item.ahead],
    }


def _prospect(told: Prospect | None) -> dict[str, object] | None:
    if told is None:
        return None
    sure = told.interval
    return {
        "step": told.step,
        "lain": told.lain,
        "left": told.left,
        "comparable": told.comparable,
        "late": told.late,
        "outlook": told.outlook.value,
        "low": _share(sure.low) if sure else None,
        "high": _share(sure.high) if sure else None,
        "expected": told.expected,
    }


def _spread(told: Spread | None) -> dict[str, int] | None:
    return {"count": told.count, "median": told.median, "p90": told.p90} if told else None


def _share(share: Fraction) -> str:
    """Four decimals, half up."""
    parts = (share * 10_000 + Fraction(1, 2)).__floor__()
    return f"{parts // 10_000}.{parts % 10_000:04d}"


def _lines(found: Measured) -> list[str]:
    told = found.found
    if not told.cases:
        return [f"{found.process.title}：这段时间里没有办件。"]
    lines = [f"{found.process.title}：办件 {told.cases} 件，已办结 {told.ended}，在办 {told.open}。"]
    if told.whole:
        both = f"中位 {found.days(told.whole.median)} 个工作日，九成不超过 {found.days(told.whole.p90)}"
        lines.append(f"一件用时：{both}；承诺时限内 {told.in_promise[0]}/{told.in_promise[1]}。")
    for line in told.bottlenecks:
        lines.append(f"　{found.step(line.step)}：占全部时间 {_share(line.share)}，现有 {line.open} 件")
    worst = [item for item in found.expected if item.worst.outlook.value in ("over", "likely")]
    lines += [f"　{item.worst.outlook.label}：{item.case.number} {item.case.title}" for item in worst[:20]]
    return lines


def _reveal(context: Context) -> Outcome:
    from shishi.apps.cases.revealing import reveal
    from shishi.apps.cases.seen import case_of

    given = context.arguments
    case = case_of(context.by, given.case, context.at)
    text = reveal(case.uuid, given.what, reason=given.reason, by=context.by, at=context.at)
    return Outcome({"number": case.number, "what": given.what, "text": text}, [text or "（没有填写）"])
