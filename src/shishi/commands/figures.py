"""``indicators`` and ``why``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day, moment, prepare
from shishi.commands.usage import new_file, paged
from shishi.core.assurance import Basis
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Reporting

if TYPE_CHECKING:
    from shishi.apps.indicators.selectors import Reckoning
    from shishi.apps.indicators.why import Explanation, RowBehind, Trace

LEVELS = ("province", "city", "county", "street", "village")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of both verbs."""
    prepare(parser, _indicators if verb == "indicators" else _why)
    parser.add_argument("programme")
    if verb == "why":
        parser.add_argument("indicator")
        parser.add_argument("--part", choices=("numerator", "denominator"), default="numerator", help="比率的哪一部分")
        parser.add_argument("--left-out", action="store_true", help="列出在册而没有计入的行，和各自不满足的条件")
        paged(parser)
    else:
        parser.add_argument("-o", "--output", type=new_file, help="像网页那样导出主要指标：.xlsx、.csv 或 .png")
        parser.add_argument("--level", choices=LEVELS, help="列出这一级的各行政区划")
        parser.add_argument("--indicator", action="append", default=[], help="只要这些指标")
    parser.add_argument("--as-of", type=day, required=True, help="截至哪一天")
    parser.add_argument("--known-at", help="按什么时间所知（默认现在）")
    parser.add_argument("--period", default="", help="期间，如 2021-09、2021-W39、2021-09-H2")
    parser.add_argument("--division", help="行政区划代码或名称")
    parser.add_argument("--basis", choices=[item.value for item in Basis], default="reported")
    parser.add_argument("--engine", default="duckdb")


def _reckoning(context: Context) -> Reckoning:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.indicators.selectors import Asked, Reckoning
    from shishi.core.divisions import Level

    given = context.arguments
    level = getattr(given, "level", None)
    asked = Asked(
        programme=given.programme,
        as_of=given.as_of,
        known_at=moment(given.known_at) if given.known_at else None,
        division=find_division(given.division, given.as_of).code if given.division else "",
        level=Level[level.upper()] if level else None,
        basis=Basis(given.basis),
        engine=given.engine,
        period=given.period,
        indicators=tuple(getattr(given, "indicator", ())) if given.run is _indicators else (),
    )
    return Reckoning(context.reader, asked, context.at)


def text(value: Decimal | None) -> str | None:
    """A decimal as the documents carry it; ``None`` is 未报."""
    return None if value is None else format(value, "f")


def figure_document(figure: Figure) -> dict[str, object]:
    """A figure as ``--json`` prints it (DESIGN §6)."""
    from shishi.core.divisions import official

    return {
        "indicator": figure.indicator.code,
        "division": official(figure.division),
        "name": figure.name,
        "value": text(figure.value),
        "unit": figure.indicator.unit,
        "numerator": text(figure.numerator),
        "denominator": text(figure.denominator),
        "target": text(figure.target),
        "expected": text(figure.expected),
        "behind_points": text(figure.behind_points),
        "behind_days": figure.behind_days,
        "assurance": {basis.value: text(value) for basis, value in figure.assurance.items()},
        "carried_from": figure.carried_from.isoformat() if figure.carried_from else None,
        "reporting": _reporting(figure.reporting),
        "versions": dict(figure.versions),
    }


def _indicators(context: Context) -> Outcome:
    if context.arguments.output:
        return _handed_out(context)
    found = _reckoning(context).figures()
    return Outcome([figure_document(figure) for figure in found], list(figure_lines(found)))


def _handed_out(context: Context) -> Outcome:
    """What the page of the programme would export."""
    from shishi.adapters.rendering.handout import picture_of
    from shishi.adapters.spreadsheets.handing_out import csv_of, workbook_of
    from shishi.apps.indicators.handing_out import handout_of
    from shishi.apps.indicators.overview import overview
    from shishi.core.standings import by_gap

    forms = {".xlsx": workbook_of, ".csv": csv_of, ".png": picture_of}
    path, asked = context.arguments.output, _reckoning(context).asked
    if path.suffix not in forms:
        raise Misuse("form_unknown", f"不会导出“{path.suffix}”。可选：{'、'.join(forms)}。")
    seen = overview(context.reader, asked, at=context.at)
    path.write_bytes(forms[path.suffix](handout_of(seen, by_gap(seen.breakdown), asked.known_at)))
    return Outcome({"file": str(path), "rows": len(seen.breakdown)}, [f"已导出 {len(seen.breakdown)} 行：{path}"])


def figure_lines(figures: Sequence[Figure]) -> Sequence[str]:
    """Figures for people: printed form, expectation, who has not reported."""
    from shishi.core.printing import print_value

    lines = []
    for figure in figures:
        words = [f"{figure.name}　{figure.indicator.title}　{print_value(figure.indicator, figure.value)}"]
        if figure.expected is not None:
            words.append(f"应达 {text(figure.expected)}")
        if figure.behind_points is not None and figure.behind_points > 0:
            words.append(f"落后 {text(figure.behind_points)} 个百分点")
        if figure.behind_days:
            words.append(f"{'落后' if figure.behind_days > 0 else '领先'} {abs(figure.behind_days)} 天")
        if figure.reporting.received < figure.reporting.due:
            words += missing_words(figure.reporting)
        if figure.reporting.unaccepted:
            words.append(f"未审 {figure.reporting.unaccepted} 个")
        if figure.carried_from:
            words.append(f"沿用 {figure.carried_from} 的数")
        lines.append("　".join(words))
    return lines


def _reporting(told: Reporting) -> dict[str, int | None]:
    """``due`` and ``received``; of a table whose statements are reviewed, what becomes of them as well."""
    reviewed = told.waiting or told.unaccepted is not None or told.on_time is not None
    return asdict(told) if reviewed else {"due": told.due, "received": told.received}


def missing_words(reporting: Reporting) -> list[str]:
    """Who has stated nothing 未报, told apart from who waits for review."""
    missing = reporting.due - reporting.received - reporting.waiting
    waiting = [f"待审核 {reporting.waiting} 个"] if reporting.waiting else []
    return [*([f"未报 {missing} 个"] if missing else []), *waiting]


def _why(context: Context) -> Outcome:
    from shishi.apps.indicators.why import explain

    given = context.arguments
    if given.left_out:
        return _left_out(context)
    found = explain(_reckoning(context), given.indicator, part=given.part, offset=given.offset, limit=given.limit)
    return Outcome(_why_document(found, given.offset, given.limit), _why_lines(found))


def _left_out(context: Context) -> Outcome:
    from shishi.apps.indicators.why_not import not_counted

    given = context.arguments
    found = not_counted(_reckoning(context), given.indicator, part=given.part, offset=given.offset, limit=given.limit)
    rows = [
        {
            **_row_document(item.row),
            "failing": [{"condition": one.condition, "known": one.known} for one in item.failing],
        }
        for item in found.rows
    ]
    told = {"total": found.total, "offset": given.offset, "limit": given.limit, "explained": found.part.code}
    lines = [f"{found.figure.name}　{found.part.title}　没有计入的 {found.total:,} 行，列出 {len(rows)} 行："]
    for item in found.rows:
        why = "；".join(f"{one.condition}{'' if one.known else '（有空格，不知道）'}" for one in item.failing)
        lines.append(f"  {item.row.key}　不满足：{why or '—'}")
    return Outcome({**figure_document(found.figure), **told, "rows": rows}, lines)


def _why_document(found: Explanation, offset: int, limit: int) -> dict[str, object]:
    figure = found.figure
    query = {
        "as_of": figure.as_of.isoformat(),
        "known_at": figure.known_at.isoformat(),
        "basis": figure.basis.value,
        "versions": dict(figure.versions),
    }
    rows = [_row_document(row) for row in found.rows]
    return {
        **figure_document(figure),
        "query": query,
        "explained": found.part.code,
        "total": found.total,
        "offset": offset,
        "limit": limit,
        "rows": rows,
    }


def _row_document(row: RowBehind) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "entry": row.entry,
        "table": row.table,
        "key": row.key,
        "division": official(row.division),
        "values": row.values,
        **({"standing": row.standing} if row.standing else {}),
        **_trace_document(row.now),
        "revisions": [_trace_document(item) for item in row.history],
    }


def _trace_document(trace: Trace) -> dict[str, object]:
    return {
        **asdict(trace),
        "effective_on": trace.effective_on.isoformat(),
        "recorded_at": trace.recorded_at.isoformat(),
    }


def _why_lines(found: Explanation) -> list[str]:
    from shishi.core.printing import print_value

    figure = found.figure
    lines = [
        f"{figure.name}　{figure.indicator.title}　{print_value(figure.indicator, figure.value)}　截至 {figure.as_of}",
        f"由“{found.part.title}”的 {found.total:,} 行得出，列出 {len(found.rows)} 行：",
    ]
    for row in found.rows:
        now = row.now
        where = f"{now.file} {now.sheet} 第 {now.row} 行" if now.row else now.door
        lines.append(
            f"  {row.key}　{where}　{now.person}　截至 {now.effective_on}　录于 {now.recorded_at:%Y-%m-%d %H:%M}"
            + (f"　{row.standing}" if row.standing else "")
        )
    return lines
