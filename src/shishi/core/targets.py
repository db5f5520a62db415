"""Targets 目标任务: the parts make the whole, or the difference is named (DESIGN §4.6)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from shishi.core.divisions import DivisionTree
from shishi.core.errors import Issue
from shishi.core.indicators import Indicator, Measure, TargetTree
from shishi.core.printing import print_decimal


def adds_up(indicator: Indicator) -> bool:
    """Whether targets of the parts must make the target of the whole: not for ratios (88 % everywhere is 88 % of all)
    and not for distinct counts, whose parts may overlap."""
    return indicator.measure not in (Measure.RATIO, Measure.DISTINCT)


def check_sum(targets: TargetTree, tree: DivisionTree, on: date) -> tuple[Issue, ...]:
    """Compare every whole with the sum of its parts: the nearest divisions below it that have a target of their own.

    Issues: ``target_division_unknown``, ``target_sum_mismatch`` (neither equal nor by exactly the difference that
    ``targets.difference`` names), ``target_difference_unfounded`` (a difference named where there is none).
    """
    issues = [_unknown(targets, code) for code in targets.values if tree.find(code, on) is None]
    if issues:
        return tuple(issues)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    written = {unit.code: code for code in targets.values if (unit := tree.find(code, on)) is not None}
    for code, value in targets.values.items():
        above = [written[unit.code] for unit in tree.lineage(code, on)[:-1] if unit.code in written]
        if above:
            sums[above[-1]] += value
    for code in sorted(sums.keys() | targets.difference.keys()):
        issue = _fault(targets, tree, on, code, sums.get(code))
        if issue is not None:
            issues.append(issue)
    return tuple(issues)


def _fault(targets: TargetTree, tree: DivisionTree, on: date, code: str, parts: Decimal | None) -> Issue | None:
    gap, reason = targets.difference.get(code, (Decimal(0), ""))
    whole = targets.values.get(code)
    if whole is None or parts is None:
        message = f"目标“{targets.indicator}”为{code}注明了差额（{reason}），但该处没有可以比较的上下级目标，请删去差额或补齐目标。"
        return Issue(code="target_difference_unfounded", message=message, field=code)
    if whole - parts == gap:
        return None
    message = (
        f"目标“{targets.indicator}”不闭合：{tree.name(code, on)}（{code}）为{_text(whole)}，下级之和为{_text(parts)}，"
        f"相差{_text(whole - parts)}，已注明的差额为{_text(gap)}。请改正目标，或在 difference 中写明差额与原因。"
    )
    return Issue(code="target_sum_mismatch", message=message, field=code)


def _unknown(targets: TargetTree, code: str) -> Issue:
    message = f"目标“{targets.indicator}”中的行政区划代码{code}不在区划树中，请核对代码，或先在包中加入该区划。"
    return Issue(code="target_division_unknown", message=message, field=code)


def _text(value: Decimal) -> str:
    return print_decimal(value, max(0, -int(value.as_tuple().exponent)))
