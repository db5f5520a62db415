"""Who owed a report for the day, who handed one in, and whose last rows are carried (未报, DESIGN §4.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from shishi.apps.assurance.statements import Statement, statements_of
from shishi.apps.ledger.periods import PeriodCalendar, calendar_of
from shishi.apps.ledger.selectors import Reported, reports
from shishi.core.calendars import WorkingCalendar
from shishi.core.divisions import COUNTRY, DivisionTree, level_of, normalise
from shishi.core.indicators import Reporting
from shishi.core.periods import dues, period_of
from shishi.core.programmes import Programme

AFTER_DIGITS = ":"
"""The sign that follows 9."""


@dataclass(frozen=True)
class TableReporting:
    """Of one table on one day: ``units`` are the responsible divisions, ``owing`` those of them with a due, ``held``
    the last report of each division. A country has thousands of nodes to ask about: what lies under one is looked up
    in sorted codes."""

    units: frozenset[str]
    owing: frozenset[str]
    held: Mapping[str, Reported]
    calendar: PeriodCalendar | None = None
    statements: Mapping[str, Statement] = field(default_factory=dict)

    @cached_property
    def _by_code(self) -> tuple[list[str], list[str]]:
        """Responsible divisions and those that ever reported, sorted."""
        return sorted(self.units), sorted(self.held)

    def of(self, node: str) -> NodeReporting:
        """What that means for a node: the units under it, or the unit it lies in."""
        units, reporting = self._by_code
        mine = _under(node, units) or {unit for unit in _lines_of(node) if unit in self.units}
        ever = bool(_under(node, reporting)) or any(unit in self.held for unit in mine)
        owed = mine & self.owing
        received = {unit for unit in owed if unit in self.held and self.held[unit].in_period}
        late = [self.held[unit].last for unit in owed - received if unit in self.held]
        waiting = sum(unit in self.statements and self.statements[unit].waiting is not None for unit in owed - received)
        told = Reporting(len(owed), len(received), waiting, self._unaccepted(node, received), self._on_time(received))
        return NodeReporting(ever, told, min(late, default=None))

    def _on_time(self, received: set[str]) -> int | None:
        if self.calendar is None:
            return None
        return sum(unit in self.statements and not self.statements[unit].late for unit in received)

    def _unaccepted(self, node: str, received: set[str]) -> int | None:
        if self.calendar is None or not self.calendar.plan.accepted_by:
            return None
        level, found = level_of(node), self.statements
        return sum(unit not in found or not found[unit].accepted_at(level, self.calendar) for unit in received)


def _under(node: str, codes: Sequence[str]) -> set[str]:
    """Those of the sorted significant codes that a division covers: its own and all that begin with it."""
    if node == COUNTRY:
        return set(codes)
    return set(codes[bisect_left(codes, node) : bisect_left(codes, node + AFTER_DIGITS)])


def _lines_of(node: str) -> tuple[str, ...]:
    """The divisions that cover a significant code, itself last."""
    return (COUNTRY, *(node[:width] for width in range(2, len(node) + 1)))


@dataclass(frozen=True, slots=True)
class NodeReporting:
    """``ever``: something was reported; ``carried_from``: the oldest last report among those whose due is not met."""

    ever: bool
    reporting: Reporting
    carried_from: date | None


def responsible_units(programme: Programme, tree: DivisionTree, on: date) -> frozenset[str]:
    """The divisions that report, are ranked and get notices: those the programme names,
    else all of its supervised level."""
    if programme.supervises:
        return frozenset(normalise(code) for code in programme.supervises)
    found = tree.under(normalise(programme.division), programme.supervised_level, on)
    return frozenset(unit.code for unit in found)


def table_reporting(
    programme: Programme,
    table: str,
    units: frozenset[str],
    as_of: date,
    known_at: datetime,
    days: WorkingCalendar,
) -> TableReporting:
    """Dues and reports of one table for the period that holds the day."""
    cadence = next((item for item in programme.cadences if item.table == table), None)
    if cadence is None:
        return TableReporting(units, frozenset(), reports(table, as_of, known_at, as_of, as_of))
    period = period_of(cadence.kind, as_of)
    owing = frozenset(due.division for due in dues(cadence, units, as_of, days))
    calendar = calendar_of(programme.table(table), programme)
    stated = statements_of(calendar, period, known_at=known_at) if calendar else {}
    return TableReporting(units, owing, reports(table, as_of, known_at, period.start, period.end), calendar, stated)
