"""Findings 问题: what a stocktake saw — behind, silent, contradictory, falling, too good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shishi.core.labels import Labelled


class FindingKind(Labelled):
    """What was seen. The order is the order of gravity."""

    BEHIND = "behind", "进度滞后"
    SILENT = "silent", "到期未报"
    OVER_WHOLE = "over_whole", "比例超百"
    PARTS_DIFFER = "parts_differ", "上下不符"
    CONTRADICTORY = "contradictory", "数据矛盾"
    FALLING = "falling", "数据回落"
    LAST_DAY_JUMP = "last_day_jump", "期末突增"
    ROUND_NUMBER = "round_number", "整数存疑"
    COPIED_ROWS = "copied_rows", "条目雷同"
    NEVER_FALLS = "never_falls", "只增不减"
    DIGITS = "digits", "数字分布异常"
    AGAINST_VOICES = "against_voices", "与群众评分相反"
    AGAINST_COMPLAINTS = "against_complaints", "与群众投诉相反"

    @property
    def heavy(self) -> bool:
        """Whether work is owed (behind, silent); the others ask for a look at the data first."""
        return self in (FindingKind.BEHIND, FindingKind.SILENT)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen. ``programme`` and ``table`` are full names; ``indicator`` is empty when silent,
    which concerns a table. ``facts`` are printed strings. ``clears`` says what makes it go away.
    ``weight`` orders findings of one kind."""

    kind: FindingKind
    programme: str
    indicator: str
    division: str
    as_of: date
    message: str
    clears: str
    facts: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    name: str = ""
    weight: Decimal = Decimal(0)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same finding on another day."""
        return (self.kind.value, self.programme, self.table, self.indicator, self.division)


def gravest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """By kind in the order of gravity, within a kind the weightiest first."""
    order = list(FindingKind)
    return tuple(
        sorted(
            found, key=lambda item: (order.index(item.kind), -item.weight, item.division, item.table, item.indicator)
        )
    )


def obstacles(grounds: Collection[Finding], now: Iterable[Finding]) -> tuple[Finding, ...]:
    """Which findings of ``now`` keep what stood on ``grounds`` from being cleared: the same ones, and, because what is
    not reported is not known to be better, silence about their tables."""
    keys = {item.key for item in grounds}
    tables = {(item.table, item.division) for item in grounds}
    silent = FindingKind.SILENT
    return tuple(
        item for item in now if item.key in keys or (item.kind is silent and (item.table, item.division) in tables)
    )


def days_stood(found: Collection[date], looked: Collection[date], as_of: date) -> int:
    """How many days a finding has stood on ``as_of``, both ends counted: back to the first look of the
    unbroken row of looks that saw it."""
    first = as_of
    for day in sorted((day for day in looked if day < as_of), reverse=True):
        if day not in found:
            break
        first = day
    return (as_of - first).days + 1
