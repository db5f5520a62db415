"""Supervision 督办: what a stocktake sees in the figures of a programme, as findings.

Silence, zero and null are three things: a null figure is never behind, it was never reported; a zero is a report; a
carried figure is judged by its last known value and is silent besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shishi.core.calendars import WorkingCalendar
from shishi.core.divisions import level_of, normalise
from shishi.core.findings import Finding, FindingKind, gravest_first
from shishi.core.indicators import Direction, Figure, Indicator, Measure, Span
from shishi.core.periods import period_of
from shishi.core.printing import print_decimal, print_value
from shishi.core.programmes import PeriodKind, Programme
from shishi.core.rules import Breach, Earlier, breaches
from shishi.core.silence import missed
from shishi.core.typography import chinese_date

__all__ = ["Finding", "FindingKind", "OwnAndParts", "find", "is_last_day", "is_supervised"]


@dataclass(frozen=True, slots=True)
class OwnAndParts:
    """A division's own report beside the sum of its parts' reports, where both exist."""

    indicator: Indicator
    division: str
    name: str
    own: Decimal
    parts: Decimal


def find(
    programme: Programme,
    today: Sequence[Figure],
    before: Iterable[Figure],
    calendar: WorkingCalendar,
    both: Iterable[OwnAndParts] = (),
) -> tuple[Finding, ...]:
    """Everything that the programme's thresholds make a finding, gravest first. ``today``: the figures of one as-of
    day; ``before``: those of earlier days, which only the falling and the jumping are compared with."""
    if not today:
        return ()
    as_of = today[0].as_of
    earlier = _earlier(before, as_of)
    seen: list[Finding | None] = list(_silent(programme, today, calendar))
    for figure in today:
        past = earlier.get((figure.indicator.code, figure.division), [])
        seen += [
            _behind(programme, figure),
            _over_whole(programme, figure),
            _falling(programme, figure, past),
            _jump(programme, figure, past),
            _round(programme, figure),
        ]
    seen += _contradictory(programme, today, earlier)
    if programme.thresholds.parts_differ:
        seen += [_parts_differ(programme, item, as_of) for item in both if item.own != item.parts]
    return gravest_first(item for item in seen if item)


def is_supervised(programme: Programme, division: str) -> bool:
    """Whether the division (significant code) reports itself: one that the programme names, else any of its level."""
    if programme.supervises:
        return division in {normalise(code) for code in programme.supervises}
    return level_of(division) is programme.supervised_level


def is_last_day(programme: Programme, day: date) -> bool:
    """Whether a jump on that day would be looked at: then the days before are needed, not only the last one."""
    return any(_is_last_day(programme, indicator, day) for indicator in programme.indicators)


def _earlier(before: Iterable[Figure], as_of: date) -> Mapping[tuple[str, str], list[Earlier]]:
    """What was known of each figure before the day, oldest first."""
    seen: dict[tuple[str, str], list[Earlier]] = {}
    for figure in sorted(before, key=lambda item: item.as_of):
        if figure.as_of < as_of and figure.value is not None:
            known = Earlier(figure.as_of, figure.value, figure.carried_from is not None)
            seen.setdefault((figure.indicator.code, figure.division), []).append(known)
    return seen


def _silent(programme: Programme, today: Sequence[Figure], calendar: WorkingCalendar) -> Iterable[Finding]:
    cadences = {item.table: item for item in programme.cadences}
    told: set[tuple[str, str]] = set()
    for figure in today:
        table = _table(programme, figure.indicator)
        owed = figure.reporting.received < figure.reporting.due
        unmet = figure.value is None or figure.carried_from is not None or owed
        if table not in cadences or (table, figure.division) in told or not unmet:
            continue
        if not is_supervised(programme, figure.division):
            continue
        last = figure.carried_from
        count = missed(cadences[table], last, figure.as_of, figure.known_at, calendar)
        if not count:
            continue
        told.add((table, figure.division))
        title = programme.table(table).title
        since = f"最近一次填报为{chinese_date(last)}，已有{count}期未报" if last else "从未填报"
        yield Finding(
            FindingKind.SILENT,
            programme.name,
            "",
            figure.division,
            figure.as_of,
            f"{figure.name}未按期填报“{title}”，{since}；统计时沿用的数据不代表当前情况。"
            if last
            else f"{figure.name}应填报“{title}”而{since}，无数据可用，不按零计。",
            "补报截至当日的台账，或确认“无变化”后自动消除。",
            {"table": title, "last_report": chinese_date(last) if last else "未报", "missed": str(count)},
            table,
            figure.name,
            Decimal(count),
        )


def _behind(programme: Programme, figure: Figure) -> Finding | None:
    points, days = figure.behind_points, figure.behind_days
    limit, limit_days = programme.thresholds.behind_points, programme.thresholds.behind_days
    by_points = points is not None and limit is not None and points > limit
    by_days = days is not None and limit_days is not None and days > limit_days
    if figure.value is None or not (by_points or by_days):
        return None
    expected = print_value(figure.indicator, figure.expected) if figure.expected is not None else ""
    gap = ([f"{_plain(points)}个百分点"] if points is not None else []) + ([f"约{days}天"] if days is not None else [])
    facts = {
        "expected": expected,
        "target": print_value(figure.indicator, figure.target) if figure.target is not None else "",
        "behind_points": _plain(points) if points is not None else "",
        "behind_days": str(days) if days is not None else "",
        "carried_from": chinese_date(figure.carried_from) if figure.carried_from else "",
    }
    carried = f"（沿用{chinese_date(figure.carried_from)}填报数）" if figure.carried_from else ""
    limits = ([f"{_plain(limit)}个百分点"] if limit is not None else []) + (
        [f"{limit_days}天"] if limit_days is not None else []
    )
    return _of(
        programme,
        figure,
        FindingKind.BEHIND,
        f"为{print_value(figure.indicator, figure.value)}{carried}，按序时进度应为{expected}，滞后{'、'.join(gap)}。",
        f"填报数据滞后不超过{'、'.join(limits)}后自动消除。",
        facts,
        points if points is not None else Decimal(days or 0),
    )


def _over_whole(programme: Programme, figure: Figure) -> Finding | None:
    indicator, part, whole = figure.indicator, figure.numerator, figure.denominator
    if not programme.thresholds.over_whole or indicator.measure is not Measure.RATIO or indicator.unit != "%":
        return None
    # Numerator and denominator, not the quotient: 100.004 % prints as 100.00 %.
    if figure.value is None or part is None or whole is None or part <= whole:
        return None
    told = f"为{print_value(indicator, figure.value)}，超过100%：分子{_plain(part)}大于分母{_plain(whole)}。"
    facts = {"numerator": _plain(part), "denominator": _plain(whole)}
    return _of(
        programme, figure, FindingKind.OVER_WHOLE, told, "核对分子、分母两项台账并更正后自动消除。", facts, part - whole
    )


def _contradictory(
    programme: Programme, today: Sequence[Figure], past: Mapping[tuple[str, str], list[Earlier]]
) -> Iterator[Finding]:
    """One finding for a figure, whatever number of rules it breaks."""
    last = {key: known[-1] for key, known in past.items()}
    found: dict[tuple[str, str], list[Breach]] = {}
    for breach in breaches(programme.rules, today, last):
        found.setdefault((breach.figure.indicator.code, breach.figure.division), []).append(breach)
    for broken in found.values():
        told = "".join(item.told for item in broken)
        facts = {"rules": "".join(item.rule.message for item in broken)}
        gap = max(item.gap for item in broken)
        clears = "核对并更正有误的一方，或在填报时写明情况后消除。"
        yield _of(programme, broken[0].figure, FindingKind.CONTRADICTORY, told, clears, facts, gap)


def _falling(programme: Programme, figure: Figure, past: Sequence[Earlier]) -> Finding | None:
    indicator = figure.indicator
    if not programme.thresholds.falling or indicator.direction is not Direction.UP or indicator.span is Span.FLOW:
        return None
    if any(rule.compare == indicator.code and not rule.to for rule in programme.rules):
        return None  # the pack has its own words for it
    if figure.value is None or not past or figure.value >= past[-1].value:
        return None
    printed, when = print_value(indicator, past[-1].value), chinese_date(past[-1].on)
    told = f"为{print_value(indicator, figure.value)}，低于{when}的{printed}；该指标只应增加，不应减少。"
    facts = {"before": printed, "before_as_of": when}
    clears = "恢复到原数，或书面说明减少的原因后消除。"
    return _of(programme, figure, FindingKind.FALLING, told, clears, facts, past[-1].value - figure.value)


def _jump(programme: Programme, figure: Figure, past: Sequence[Earlier]) -> Finding | None:
    limits, indicator = programme.thresholds, figure.indicator
    if limits.last_day_times is None or indicator.measure is Measure.RATIO or indicator.span is not Span.STOCK:
        return None
    reported = [item for item in past if not item.carried]
    if figure.value is None or len(reported) < 2 or not _is_last_day(programme, indicator, figure.as_of):
        return None
    first, last = reported[0], reported[-1]
    # What piled up over days without a report is spread over them: a jump is what happens within one day.
    today = (figure.value - last.value) / (figure.as_of - last.on).days
    usual = max((last.value - first.value) / (last.on - first.on).days, Decimal(0))
    if today < limits.last_day_at_least or today < limits.last_day_times * usual:
        return None
    rise, mean = print_decimal(today, 0), print_decimal(usual, 1)
    now, unit = print_value(indicator, figure.value), indicator.unit
    told = f"为{now}，期末一日增加{rise}{unit}，此前日均仅{mean}{unit}。"
    facts = {"increase": rise, "usual_increase": mean, "window_start": chinese_date(first.on)}
    clears = "抽查当日新增条目的佐证材料并记录核实结果后消除。"
    return _of(programme, figure, FindingKind.LAST_DAY_JUMP, told, clears, facts, today)


def _is_last_day(programme: Programme, indicator: Indicator, day: date) -> bool:
    """Whether figures are wanted on the day: it ends a half-month, in which reports are written, or is (or is the day
    before) one at which the indicator's trajectory wants something."""
    points = {point.day for item in programme.trajectories if item.indicator == indicator.code for point in item.points}
    return period_of(PeriodKind.HALF_MONTH, day).end == day or not points.isdisjoint({day, day + timedelta(days=1)})


def _round(programme: Programme, figure: Figure) -> Finding | None:
    step = programme.thresholds.round_number
    if step is None or figure.indicator.measure is Measure.RATIO or not figure.value or figure.value % step:
        return None
    told = f"恰为{_plain(figure.value)}{figure.indicator.unit}，是{step}的整数倍，疑为估计数。"
    return _of(
        programme, figure, FindingKind.ROUND_NUMBER, told, "抽查台账条目，确认逐条填报属实后消除。", {}, figure.value
    )


def _parts_differ(programme: Programme, item: OwnAndParts, as_of: date) -> Finding:
    own, parts = print_value(item.indicator, item.own), print_value(item.indicator, item.parts)
    counts = "本级自报数" if item.indicator.own_counts else "下级合计数"
    gap = _plain(abs(item.own - item.parts)) + item.indicator.unit
    return Finding(
        FindingKind.PARTS_DIFFER,
        programme.name,
        item.indicator.code,
        item.division,
        as_of,
        f"截至{chinese_date(as_of)}，{item.name}“{item.indicator.title}”自报{own}，下级合计{parts}，相差{gap}；统计采用{counts}。",
        "本级与下级核对一致，或在目标任务文件中注明差额后消除。",
        {"own": own, "parts": parts, "gap": gap},
        item.indicator.table,
        item.name,
        abs(item.own - item.parts),
    )


def _of(
    programme: Programme,
    figure: Figure,
    kind: FindingKind,
    told: str,
    clears: str,
    facts: Mapping[str, str],
    weight: Decimal,
) -> Finding:
    """A finding about one figure."""
    when = chinese_date(figure.as_of)
    common = {"value": print_value(figure.indicator, figure.value), "as_of": when, "indicator": figure.indicator.title}
    return Finding(
        kind,
        programme.name,
        figure.indicator.code,
        figure.division,
        figure.as_of,
        f"截至{when}，{figure.name}“{figure.indicator.title}”{told}",
        clears,
        common | {key: value for key, value in facts.items() if value},
        _table(programme, figure.indicator),
        figure.name,
        weight,
    )


def _table(programme: Programme, indicator: Indicator) -> str:
    """Full name of the table behind an indicator; a ratio stands on its numerator's."""
    return _table(programme, programme.indicator(indicator.numerator)) if indicator.numerator else indicator.table


def _plain(number: Decimal) -> str:
    """The number without trailing zeros or an exponent."""
    return format(number.normalize(), "f")
