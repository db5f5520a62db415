"""Finding: the figures of a day and of the days before, compared by the core. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shishi.apps.accounts.models import Person
from shishi.apps.indicators.selectors import Asked, Reckoning, both_sides
from shishi.apps.programmes.selectors import calendar, programme_named
from shishi.core.indicators import Figure, Measure
from shishi.core.programmes import Programme
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
    """What the stocktake of a programme (full name) sees in the divisions that it supervises, as far as the person reaches."""
    reckoning = _reckoning(person, programme, as_of, known_at or at, at, engine)
    known = reckoning.programme
    today = reckoning.figures()
    back = WINDOW if is_last_day(known, as_of) else 1
    before: list[Figure] = []
    for days in range(1, back + 1):
        earlier = as_of - timedelta(days=days)
        before += _reckoning(person, programme, earlier, known_at or at, at, engine).figures()
    return find(known, today, before, calendar(as_of, known_at or at), _both(reckoning, known))


def _reckoning(person: Person, programme: str, as_of: date, known_at: datetime, at: datetime, engine: str) -> Reckoning:
    level = programme_named(programme, as_of, known_at)[1].supervised_level
    return Reckoning(person, Asked(programme, as_of, known_at, level=level, engine=engine), at)


def _both(reckoning: Reckoning, programme: Programme) -> Iterator[OwnAndParts]:
    """Own reports beside their parts', for the divisions supervised and the programme's own."""
    here = reckoning.tree.find(reckoning.root, reckoning.asked.as_of)
    stated = [item for item in programme.indicators if item.measure is Measure.REPORTED]
    for unit in (*reckoning.nodes(), *([here] if here else ())):
        for indicator in stated:
            sides = both_sides(reckoning, indicator, unit.code)
            if sides:
                yield OwnAndParts(indicator, unit.code, unit.name, *sides)
