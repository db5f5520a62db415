"""The rows that an indicator counts, by the divisions that answer for them: the population of a verification."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.assurance.population import StratumRows, Wanted
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.indicators.why import indicator_of
from shishi.core.assurance import Basis
from shishi.core.divisions import covers
from shishi.core.errors import Misuse
from shishi.core.indicators import Indicator, Measure

SAMPLED = (Measure.COUNT, Measure.SUM)
"""What stands on rows one by one, and can be checked on some of them."""


def counted_rows(person: Person, wanted: Wanted, at: datetime) -> tuple[StratumRows, ...]:
    """The counted rows of each responsible division within the one that is asked for, with their sum where amounts are
    summed; rows that lie in none of them stand under that one itself. ``Misuse`` (indicator_not_counted,
    indicator_not_assured) besides those of figures."""
    asked = Asked(wanted.programme, wanted.as_of, wanted.known_at, division=wanted.division)
    reckoning = Reckoning(person, asked, at)
    (unit,) = reckoning.nodes()
    indicator = indicator_of(reckoning.programme, wanted.indicator)
    _require_countable(reckoning, indicator)
    question = reckoning.question(indicator, Basis.REPORTED)
    parts = sorted((code for code in reckoning.units if covers(unit.code, code)), key=len, reverse=True)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for code in reckoning.engine.places(question.table, wanted.as_of, reckoning.known_at):
        placed = reckoning.climbing.place(code, wanted.as_of) if code else None
        if placed is not None and covers(unit.code, placed.code):
            stratum = next((part for part in parts if covers(part, placed.code)), unit.code)
            codes[stratum].add(code)
    leaves = reckoning.engine.leaves(question) if indicator.measure is Measure.SUM else {}
    found = []
    for stratum in sorted(codes):
        entries: tuple[UUID, ...] = reckoning.engine.entries(question, frozenset(codes[stratum]))
        if entries:
            sums = [value for code in codes[stratum] if (value := leaves.get(code)) is not None]
            total = sum(sums, Decimal(0)) if leaves else None
            found.append(StratumRows(stratum, reckoning.tree.name(stratum, wanted.as_of), entries, total))
    return tuple(found)


def _require_countable(reckoning: Reckoning, indicator: Indicator) -> None:
    counts = indicator.measure in SAMPLED and not reckoning.only_accepted(indicator)
    if not counts:
        options = "、".join(item.code for item in reckoning.programme.indicators if _fits(item)) or "无"
        message = f"“{indicator.title}”不是逐行计数或合计，不能按行抽样核实。可选的指标：{options}。"
        raise Misuse("indicator_not_counted", message)
    if not indicator.assured_group:
        message = f"“{indicator.title}”没有设佐证组，核实的结果无处可记。请在清单里为它写明 assured_group。"
        raise Misuse("indicator_not_assured", message)


def _fits(indicator: Indicator) -> bool:
    return indicator.measure in SAMPLED and bool(indicator.assured_group)
