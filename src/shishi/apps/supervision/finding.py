"""Finding: the figures of a day and of the days before, compared by the core. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.indicators.selectors import Asked, Reckoning, both_sides
from shishi.apps.programmes.selectors import calendar
from shishi.apps.supervision.doubting import doubts_about
from shishi.core.divisions import Division
from shishi.core.findings import gravest_first
from shishi.core.indicators import Figure, Measure
from shishi.core.supervision import Finding, OwnAndParts, find, is_last_day

WINDOW = 7
"""Days before the last one that tell what a usual day is."""


def findings_at(
    person: Person,
    programme: str,
    as_of: date,
    *,
    at: datetime,
    known_at: datetime | None = None,
    engine: str = "duckdb",
) -> tuple[Finding, ...]:
    """What the stocktake of a programme (full name) sees in the divisions that it
    supervises, as far as the person reaches."""
    asked = Asked(programme, as_of, known_at or at, engine=engine)
    today = Reckoning(person, asked, at)
    known = today.programme
    back = WINDOW if is_last_day(known, as_of) else 1
    before: list[Figure] = []
    for days in range(1, back + 1):
        before += figures_within_reach(Reckoning(person, replace(asked, as_of=as_of - timedelta(days=days)), at))
    figures = figures_within_reach(today)
    seen = find(known, figures, before, calendar(as_of, asked.known_at), _both(today))
    return gravest_first((*seen, *doubts_about(today, within_reach(today), figures)))


def supervised(reckoning: Reckoning) -> tuple[Division, ...]:
    """The divisions that the programme supervises, by code."""
    found = (reckoning.tree.find(code, reckoning.asked.as_of) for code in sorted(reckoning.units))
    return tuple(unit for unit in found if unit)


def within_reach(reckoning: Reckoning) -> list[Division]:
    """Those of the supervised divisions that the person reads."""
    own = reaches(reckoning.person, Action.READ, reckoning.today)
    name = reckoning.programme.name
    return [unit for unit in supervised(reckoning) if any(reach.holds(unit.code, name) for reach in own)]


def figures_within_reach(reckoning: Reckoning) -> list[Figure]:
    """Every indicator of the programme for each supervised division that the person reads."""
    units = within_reach(reckoning)
    return [reckoning.figure(indicator, unit) for indicator in reckoning.programme.indicators for unit in units]


def _both(reckoning: Reckoning) -> Iterator[OwnAndParts]:
    """Own reports beside their parts', for the divisions supervised and the programme's own."""
    whole = reckoning.tree.find(reckoning.root, reckoning.asked.as_of)
    stated = [item for item in reckoning.programme.indicators if item.measure is Measure.REPORTED]
    for unit in (*supervised(reckoning), *([whole] if whole else ())):
        for indicator in stated:
            sides = both_sides(reckoning, indicator, unit.code)
            if sides:
                yield OwnAndParts(indicator, unit.code, unit.name, *sides)
