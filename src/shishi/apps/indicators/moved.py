"""Moved figures 变动的数: what a hand-in did to the figures of its division, before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from shishi.apps.accounts.models import Person
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.core.indicators import Figure

JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure as it was known before, and as it is known after."""

    before: Figure
    after: Figure


def moved(
    person: Person, programme: str, division: str, as_of: date, *, recorded_at: datetime, at: datetime
) -> tuple[Moved, ...]:
    """The figures of a division (significant code; empty: the programme's) that what was recorded at a moment changed,
    as of a day. ``Misuse`` (out_of_reach …)."""
    asked = Asked(programme=programme, as_of=as_of, known_at=recorded_at - JUST_BEFORE, division=division)
    before = Reckoning(person, asked, at)
    after = Reckoning(person, replace(asked, known_at=recorded_at), at)
    unit, then = after.nodes()[0], before.nodes()[0]
    known = {item.code: item for item in before.programme.indicators}
    told = []
    for indicator in after.programme.indicators:
        if indicator.code in known:
            pair = Moved(before.figure(known[indicator.code], then), after.figure(indicator, unit))
            if pair.before.value != pair.after.value:
                told.append(pair)
    return tuple(told)
