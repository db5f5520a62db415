"""Acceptance 接收: what statements count for whom, where a pack lets only accepted ones count above their division."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from shishi.core.divisions import DivisionTree, Level, level_of
from shishi.core.indicators import Indicator, Measure
from shishi.core.rollup import Amount, climb, nodes_above, reported
from shishi.core.statements import StatementPlan

COUNTED = (Measure.COUNT, Measure.SUM, Measure.REPORTED)
"""The measures that add up from leaf to node; of distinct values it can't be said whose they are."""


def accepted_amounts(
    ask: Callable[[Level | None], Mapping[str, Decimal | None]],
    indicator: Indicator,
    plan: StatementPlan,
    tree: DivisionTree,
    on: date,
) -> dict[str, Amount]:
    """As ``amounts`` where a statement counts above its own division only as far as it has been accepted. ``ask`` gives
    the leaves of the rows that a level (``None``: nobody) has accepted."""
    leaves: dict[Level | None, Mapping[str, Decimal | None]] = {}

    def counting(code: str, node: Level) -> Decimal | None:
        level = level_of(nodes_above(tree, code, on)[-1])
        needed = plan.needed(node, level) if level > node else None
        if needed not in leaves:
            leaves[needed] = ask(needed)
        return leaves[needed].get(code)

    leaves[None] = ask(None)
    found: dict[str, Amount] = {}
    for node in Level:
        mine = {code: value for code in leaves[None] if (value := counting(code, node)) is not None}
        if indicator.measure is Measure.REPORTED:
            told = reported(mine, indicator, tree, on)
        else:
            told = {code: Amount(value) for code, value in climb(mine, tree, on).items()}
        found |= {code: amount for code, amount in told.items() if level_of(code) is node}
    return found
