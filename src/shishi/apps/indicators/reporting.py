"""Who owed a report for the day, who handed one in, and whose last rows are carried (未报, DESIGN §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.ledger.selectors import Reported, reports
from shishi.core.calendars import WorkingCalendar
from shishi.core.divisions import DivisionTree, covers, normalise
from shishi.core.indicators import Reporting
from shishi.core.periods import dues, period_of
from shishi.core.programmes import Programme


@dataclass(frozen=True, slots=True)
class TableReporting:
    """Of one table on one day: ``owing`` are the responsible divisions with a due, ``held`` the last report of each."""

    owing: frozenset[str]
    held: Mapping[str, Reported]

    def of(self, node: str, units: frozenset[str]) -> NodeReporting:
        """What that means for a node: the units under it, or the unit it lies in."""
        mine = {unit for unit in units if covers(node, unit)} or {unit for unit in units if covers(unit, node)}
        said = {code for code in self.held if covers(node, code) or (code in mine)}
        owed = mine & self.owing
        received = {unit for unit in owed if unit in self.held and self.held[unit].in_period}
        late = [self.held[unit].last for unit in owed - received if unit in self.held]
        return NodeReporting(bool(said), Reporting(len(owed), len(received)), min(late, default=None))


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
    calendar: WorkingCalendar,
) -> TableReporting:
    """Dues and reports of one table for the period that holds the day."""
    cadence = next((item for item in programme.cadences if item.table == table), None)
    if cadence is None:
        return TableReporting(frozenset(), reports(table, as_of, known_at, as_of, as_of))
    period = period_of(cadence.kind, as_of)
    owing = frozenset(due.division for due in dues(cadence, units, as_of, calendar))
    return TableReporting(owing, reports(table, as_of, known_at, period.start, period.end))
