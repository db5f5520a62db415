"""Reckonings that several briefs share: a day is reckoned once, whatever number of divisions is written about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, Level, covers, level_of


class Reckonings:
    """What one person asks at one moment."""

    def __init__(self, person: Person, at: datetime) -> None:
        self._person, self._at = person, at
        self._held: dict[Asked, Reckoning] = {}

    def of(self, asked: Asked) -> Reckoning:
        """The reckoning that answers for the division asked about; the whole programme's where its tree reaches so
        far down."""
        whole = replace(asked, division="")
        found = self._reckoning(whole)
        if not asked.division or _within(found, asked.division):
            return found
        return self._reckoning(asked)

    def unit(self, asked: Asked) -> Division:
        """The division asked about (none: the programme's own), within the person's reach; ``Misuse`` otherwise."""
        reckoning = self.of(asked)
        shared = asked.division and not reckoning.asked.division
        unit = reckoning.tree.find(asked.division, asked.as_of) if shared else None
        today = day_of(self._at)
        if unit is not None and may(self._person, Action.READ, unit.code, reckoning.programme.name, today):
            return unit
        return self._reckoning(asked).nodes()[0]

    def _reckoning(self, asked: Asked) -> Reckoning:
        if asked not in self._held:
            self._held[asked] = Reckoning(self._person, asked, self._at)
        return self._held[asked]


def _within(whole: Reckoning, division: str) -> bool:
    """Whether the tree of the whole programme holds the division and what lies right under it."""
    if not covers(whole.root, division):
        return False
    return whole.root != COUNTRY or level_of(division) < Level.COUNTY
