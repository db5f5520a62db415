"""Statistics of cases to be taken away: a workbook with a sheet for each list, or one list as text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from shishi.apps.cases.measuring import Expected, Measured
from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import SHANGHAI
from shishi.core.case_forecasts import Prospect
from shishi.core.case_statistics import Spread, StepLine
from shishi.core.handouts import Cell, Column, Handout, Sheet

DAYS = 1
"""Decimals of durations, in working days."""
_PERCENT = 1
COUNT = 0
"""Of whole numbers none."""


def handout_of(found: Measured, first: str = "") -> Handout:
    """Everything; the list named ``first`` (steps, bodies, variants, rework, forecast) stands in front."""
    makers: dict[str, Callable[[Measured], Sheet]] = {
        "steps": _steps,
        "bodies": _bodies,
        "variants": _variants,
        "rework": _rework,
        "forecast": _forecast,
    }
    ordered = sorted(makers, key=lambda name: name != first)
    return Handout(
        title=f"{found.process.title}　办件统计",
        facts=_facts(found),
        heroes=(),
        sheets=tuple(makers[name](found) for name in ordered),
        demonstration=is_demonstration(),
    )


def _facts(found: Measured) -> tuple[tuple[str, str], ...]:
    since = found.span.since.isoformat() if found.span.since else "最早一件"
    told = [
        ("统计时间", f"{found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("办件", f"{since}以来提交的和尚未办结的，共{found.found.cases}件，已办结{found.found.ended}件"),
        ("时长", f"工作日（一个工作日{found.clock.day_seconds // 3600}小时），不含补正、听证、公示等不计时的期间"),
        ("依据", _hours(found)),
    ]
    if found.log.withdrawn:
        told.append(("未计入", f"申请人撤回的{found.log.withdrawn}件"))
    if found.log.left_out:
        told.append(("只计最近", f"更早的{found.log.left_out}件没有计入"))
    return tuple(told)


def _hours(found: Measured) -> str:
    hours = found.clock.calendar.hours
    return f"{hours.told}；{hours.source}" if hours.source else hours.told


_SPREAD = (Column("已完成", COUNT), Column("中位（工作日）", DAYS), Column("九成不超过（工作日）", DAYS))
_STEP = (
    *_SPREAD,
    Column("等待占比（%）", _PERCENT),
    Column("占全部时间（%）", _PERCENT),
    Column("现有", COUNT),
    Column("最久的（工作日）", DAYS),
    Column("超过环节时限", COUNT),
)


def _steps(found: Measured) -> Sheet:
    rows = tuple((found.step(line.step), *_step(found, line)) for line in found.found.bottlenecks)
    return Sheet("环节", (Column("环节"), *_STEP), rows)


def _bodies(found: Measured) -> Sheet:
    lines = sorted(found.bodies, key=lambda line: (-line.lain, line.step, line.body))
    rows = tuple((found.step(line.step), found.names.get(line.body, line.body), *_step(found, line)) for line in lines)
    return Sheet("环节和单位", (Column("环节"), Column("单位"), *_STEP), rows)


def _step(found: Measured, line: StepLine) -> tuple[Cell, ...]:
    waiting = line.waiting_share
    return (
        *_spread(found, line.whole),
        None if waiting is None else _percent(waiting.numerator, waiting.denominator),
        _percent(line.share.numerator, line.share.denominator),
        line.open,
        found.days(line.oldest) if line.open else None,
        line.late,
    )


def _variants(found: Measured) -> Sheet:
    rows = tuple(
        (
            " → ".join(found.step(step) for step in item.path),
            item.cases,
            _percent(item.cases, found.found.ended),
            *_spread(found, item.whole)[1:],
        )
        for item in found.found.variants
    )
    return Sheet(
        "走法", (Column("经过的环节"), Column("件数", COUNT), Column("占比（%）", _PERCENT), *_SPREAD[1:]), rows
    )


def _rework(found: Measured) -> Sheet:
    kinds = [(item.kind.label, item.cases, item.times) for item in found.found.rework]
    again = [(f"再次进入“{found.step(step)}”", None, many) for step, many in found.found.repeated]
    return Sheet("返工", (Column("原因"), Column("件数", COUNT), Column("次数", COUNT)), (*kinds, *again))


_FORECAST: tuple[tuple[str, int | None], ...] = (
    ("受理号", None),
    ("事项", None),
    ("预测", None),
    ("现在的环节", None),
    ("已停留（工作日）", DAYS),
    ("距承诺时限（工作日）", DAYS),
    ("距法定时限（工作日）", DAYS),
    ("可比的办件", COUNT),
    ("其中来不及的", COUNT),
    ("还需（中位，工作日）", DAYS),
)


def _forecast(found: Measured) -> Sheet:
    columns = tuple(Column(title, scale) for title, scale in _FORECAST)
    return Sheet("超期预测", columns, tuple(_expected(found, item) for item in found.expected))


def _expected(found: Measured, item: Expected) -> tuple[Cell, ...]:
    worst = item.worst

    def left(prospect: Prospect | None) -> Decimal | None:
        return _signed(found, prospect.left) if prospect else None

    return (
        item.case.number,
        item.case.title,
        worst.outlook.label,
        found.step(worst.step) if worst.step else "",
        found.days(worst.lain),
        left(item.promise),
        left(item.law),
        worst.comparable,
        worst.late,
        None if worst.expected is None else _signed(found, worst.expected),
    )


def _signed(found: Measured, seconds: int) -> Decimal:
    return -found.days(-seconds) if seconds < 0 else found.days(seconds)


def _spread(found: Measured, spread: Spread | None) -> tuple[Cell, ...]:
    return (spread.count, found.days(spread.median), found.days(spread.p90)) if spread else (0, None, None)


def _percent(part: int, whole: int) -> Decimal:
    """To a tenth, half up."""
    return Decimal((part * 2000 + whole) // (2 * whole)) / 10 if whole else Decimal(0)
