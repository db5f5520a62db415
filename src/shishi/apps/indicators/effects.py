"""What changed definitions would make of today's figures: both asked of the same rows, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shishi.apps.accounts.models import Person
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.core.divisions import Division, Level
from shishi.core.indicators import Figure
from shishi.core.programmes import Programme

MOST = 60
"""Differing figures of the units below that are told one by one."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure with both definitions. ``None`` before: the indicator is new; after: it is gone."""

    indicator: str
    title: str
    unit: str
    division: str
    name: str
    before: Figure | None
    after: Figure | None

    @property
    def differs(self) -> bool:
        """Whether value, target or what is expected by today would be another."""
        return _said(self.before) != _said(self.after)


def _said(figure: Figure | None) -> tuple[Decimal | None, ...] | None:
    return None if figure is None else (figure.value, figure.target, figure.expected)


@dataclass(frozen=True, slots=True)
class Effects:
    """``whole``: every indicator of the widest division that the person reaches; ``parts``: what differs in the units
    below it, at most ``MOST``; ``more``: how many differ beyond those."""

    as_of: date
    whole: tuple[Effect, ...]
    parts: tuple[Effect, ...]
    more: int = 0


def effects_of(person: Person, before: Programme, after: Programme, as_of: date, *, at: datetime) -> Effects:
    """The figures of ``as_of`` by the programme's present definitions beside those of the draft. ``Misuse``
    (out_of_reach) for who may not read them."""
    old, new = (Reckoning(person, Asked(item.name, as_of), at, item) for item in (before, after))
    top = new.nodes()[0]
    whole = tuple(_beside(old, new, top))
    below = _below(new, top)
    differing = [effect for unit in below for effect in _beside(old, new, unit) if effect.differs]
    return Effects(as_of, whole, tuple(differing[:MOST]), max(len(differing) - MOST, 0))


def _below(reckoning: Reckoning, top: Division) -> tuple[Division, ...]:
    """The units one level down."""
    if top.level >= Level.COUNTY:
        return ()
    return reckoning.tree.under(top.code, Level(top.level + 1), reckoning.asked.as_of)


def _beside(old: Reckoning, new: Reckoning, unit: Division) -> Iterator[Effect]:
    was = {item.code: item for item in old.programme.indicators}
    now = {item.code: item for item in new.programme.indicators}
    for code in {**now, **was}:
        shown = now.get(code) or was[code]
        before = old.figure(was[code], unit) if code in was else None
        after = new.figure(now[code], unit) if code in now else None
        yield Effect(code, shown.title, shown.unit, unit.code, unit.name, before, after)
