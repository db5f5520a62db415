"""Publishing 公开: what of a programme may reach the public, and which small numbers are held back.

Nothing is public unless a pack names it. A count of people so small that somebody could be recognised in it is held
back below a level; where one part alone is held back, the whole would give it away, so the next smallest is held back
with it (primary and secondary suppression, as statistical offices do it).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shishi.core.divisions import Level
from shishi.core.indicators import Indicator, Measure


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """Counts of people from 1 to ``minimum`` - 1 of these ``indicators`` are not shown below the level ``shown_at``."""

    minimum: int
    indicators: tuple[str, ...]
    shown_at: Level = Level.CITY
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Guide:
    """办事指南: the catalogue of service items that everybody may read, row by row and as it stands now (国务院关于在线政务
    服务的若干规定 第六条). ``items`` and ``materials``: short names of tables with the columns of GB/T 39046-2020."""

    items: str
    materials: str = ""


@dataclass(frozen=True, slots=True)
class Publishing:
    """``indicators`` in the order of the page, down to ``down_to``; no day before ``since``; ``brief``: the kind of
    brief whose PDF is handed out (empty: none); ``rows``: the fields of a table whose rows may be listed, by its short
    name (no table: no row); ``ratings``: whether people are asked how they find it; ``guide``: the catalogue."""

    indicators: tuple[str, ...]
    down_to: Level = Level.COUNTY
    since: date | None = None
    brief: str = ""
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ratings: bool = False
    small_numbers: SmallNumbers | None = None
    guide: Guide | None = None


def withheld(parts: Mapping[str, Decimal | None], minimum: int) -> frozenset[str]:
    """Of the parts of one whole those that are not shown. Nothing reported and nothing there (0) name nobody.

    >>> sorted(withheld({"a": Decimal(3), "b": Decimal(40), "c": Decimal(20)}, 10))
    ['a', 'c']
    """
    told = {part: value for part, value in parts.items() if value}
    small = {part for part, value in told.items() if value < minimum}
    if len(small) == 1:
        others = sorted((value, part) for part, value in told.items() if part not in small)
        small |= {part for _, part in others[:1]}
    return frozenset(small)


def gives_away(indicator: Indicator, held_back: Collection[str]) -> bool:
    """Whether an indicator would tell what another holds back: a ratio its numerator and its denominator."""
    ratio = indicator.measure is Measure.RATIO
    return indicator.code in held_back or (ratio and bool({indicator.numerator, indicator.denominator} & {*held_back}))
