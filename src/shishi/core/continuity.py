"""Continuity 前后期一致: a later period may not silently contradict an earlier one.

Running totals do not fall, and what came within a period is the difference of two running totals. Every breach is told
with both numbers; the pack says which refuse the figures and which pass with an explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shishi.core.periods import period_of, previous
from shishi.core.programmes import PeriodKind
from shishi.core.rollup import total
from shishi.core.statements import StatementPlan
from shishi.core.tables import Field, Table, Value, Values
from shishi.core.typography import chinese_date


@dataclass(frozen=True, slots=True)
class Stated:
    """What a division stated as of a day."""

    on: date
    values: Values


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``code``: ``total_fell``, ``total_above_later`` or ``period_not_difference``, at ``field``. ``query``: passes
    with an explanation."""

    code: str
    field: str
    message: str
    query: bool


def contradictions(
    table: Table, plan: StatementPlan, kind: PeriodKind, now: Stated, before: Stated | None, after: Stated | None
) -> Iterator[Contradiction]:
    """How figures contradict those stated last before and next after. An empty cell contradicts nothing, and the
    difference of two totals says something only of periods that follow each other."""
    for name in plan.never_fall:
        yield from _fallen(table.by_name[name], now, before, after, name in plan.queried)
    for gap in plan.gaps:
        first, second = table.by_name[gap.field], table.by_name[gap.total]
        if before is not None and _adjacent(kind, before, now):
            yield from _apart(first, second, before, now, gap.field in plan.queried)
        if after is not None and _adjacent(kind, now, after):
            yield from _apart(first, second, now, after, gap.field in plan.queried, later=True)


def _adjacent(kind: PeriodKind, earlier: Stated, later: Stated) -> bool:
    return previous(period_of(kind, later.on)) == period_of(kind, earlier.on)


def _fallen(
    field: Field, now: Stated, before: Stated | None, after: Stated | None, query: bool
) -> Iterator[Contradiction]:
    mine = _number(now.values, field)
    for other, code in ((before, "total_fell"), (after, "total_above_later")):
        theirs = _number(other.values, field) if other else None
        if mine is None or theirs is None or other is None:
            continue
        if mine < theirs if code == "total_fell" else mine > theirs:
            word = "少于" if code == "total_fell" else "多于后来"
            message = (
                f"“{field.title}”是累计数，{_told(mine, field)}{word}{chinese_date(other.on)}报的"
                f"{_told(theirs, field)}。请核对；那一期报错的，先更正那一期。"
            )
            yield Contradiction(code, field.name, message, query)


def _apart(
    field: Field, running: Field, before: Stated, now: Stated, query: bool, later: bool = False
) -> Iterator[Contradiction]:
    """Whether the period's own number is the difference of the totals at its ends."""
    stated, end, start = _number(now.values, field), _number(now.values, running), _number(before.values, running)
    if stated is None or end is None or start is None:
        return
    difference = total((end, -start))
    if stated != difference:
        at = running if later else field
        message = (
            f"{chinese_date(now.on)}的“{field.title}”为{_told(stated, field)}，而“{running.title}”由"
            f"{_told(start, running)}到{_told(end, running)}，相差{_told(difference, running)}。请核对这几个数。"
        )
        yield Contradiction("period_not_difference", at.name, message, query)


def _number(values: Mapping[str, Value], field: Field) -> Decimal | None:
    value = values.get(field.name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _told(value: Decimal, field: Field) -> str:
    return f"{value.normalize():f}{field.unit}"
