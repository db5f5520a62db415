"""Quality rules 质量规则: how figures of one division stand to each other, to their parts, and to the report before.

What a row can say of itself is a check of its table; a rule holds across tables and days. It never refuses anything: a
breach is a finding (contradictory), told in the words of the pack. What is not reported breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shishi.core.indicators import Figure, Indicator
from shishi.core.rollup import total
from shishi.core.typography import chinese_date


class Relation(StrEnum):
    """How the compared figure must stand to what it is compared with."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    EQUALS = "equals"

    def holds(self, value: Decimal, other: Decimal) -> bool:
        """Whether ``value`` stands so to ``other``."""
        match self:
            case Relation.AT_MOST:
                return value <= other
            case Relation.AT_LEAST:
                return value >= other
            case _:
                return value == other


@dataclass(frozen=True, slots=True)
class Rule:
    """``compare`` is an indicator's code; ``to`` the codes whose sum it is held against, none: the same figure at the
    report before. ``message`` tells a clerk what to look at."""

    code: str
    compare: str
    relation: Relation
    to: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a figure was on an earlier day; ``carried`` when it was not reported for that day."""

    on: date
    value: Decimal
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a figure breaks: ``told`` continues a sentence about the figure; ``gap`` is how far it is off."""

    rule: Rule
    figure: Figure
    told: str
    gap: Decimal


def breaches(
    rules: Iterable[Rule], figures: Iterable[Figure], earlier: Mapping[tuple[str, str], Earlier]
) -> Iterator[Breach]:
    """What the figures of one day break, rule by rule, division by division. ``earlier``: (indicator, division) → what
    was known at the report before."""
    known = {(figure.indicator.code, figure.division): figure for figure in figures}
    divisions = list(dict.fromkeys(division for _, division in known))
    for rule in rules:
        for division in divisions:
            figure = known.get((rule.compare, division))
            if figure is None or figure.value is None:
                continue
            against = _sum(rule, division, known) if rule.to else _before(figure, earlier)
            if against is not None and not rule.relation.holds(figure.value, against[0]):
                yield _breach(rule, figure, figure.value, *against)


def _breach(rule: Rule, figure: Figure, value: Decimal, other: Decimal, name: str) -> Breach:
    stands = "少于" if value < other else "多于"
    told = f"为{_stated(figure.indicator, value)}，{stands}{name}{_stated(figure.indicator, other)}。{rule.message}"
    return Breach(rule, figure, told, abs(value - other))


def _stated(indicator: Indicator, value: Decimal) -> str:
    """In full, not as printed (4.73万): two numbers that differ must not look alike."""
    return f"{value.normalize():f}{indicator.unit}"


def _sum(rule: Rule, division: str, known: Mapping[tuple[str, str], Figure]) -> tuple[Decimal, str] | None:
    """The sum of the named figures, ``None`` while one of them is not reported, and how it is called."""
    parts = [known[code, division] for code in rule.to if (code, division) in known]
    values = [part.value for part in parts if part.value is not None]
    if len(values) < len(rule.to):
        return None
    names = "、".join(f"“{part.indicator.title}”" for part in parts)
    return total(values), f"{names}之和" if len(parts) > 1 else f"{names}的"


def _before(figure: Figure, earlier: Mapping[tuple[str, str], Earlier]) -> tuple[Decimal, str] | None:
    known = earlier.get((figure.indicator.code, figure.division))
    return None if known is None else (known.value, f"{chinese_date(known.on)}的")
