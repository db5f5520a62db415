"""Dues 应报 of a person: the reports of the divisions for which they hand in that are owed, or close soon."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import Reach, posts_of
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.continuing import receipts
from shishi.apps.ledger.models import Batch, Proposal
from shishi.apps.programmes.selectors import calendar, heir, lineage, programmes_for
from shishi.core.calendars import WorkingCalendar, day_of
from shishi.core.divisions import covers, level_of, normalise
from shishi.core.periods import Period, closes_at, dues, period_of
from shishi.core.programmes import Cadence, Programme
from shishi.core.silence import MOST, missed_periods
from shishi.core.tables import Table

SOON = timedelta(days=3)
"""So long before its cut-off a report is asked for."""
MADE_UP = 12
"""So many missed reports are made up for one by one, from the first; of more the newest is asked for."""
REPORTING = frozenset({Role.CLERK, Role.OPERATOR})
"""Whose posts make them the one who reports. Others may hand in, too; nobody waits for that."""
Told = Mapping[tuple[str, str], date]
"""(table, division) → the last day for which anything was handed in or sent to be reviewed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A report of one division (significant code) that is to be made for ``period``, at the latest by ``due`` (UTC).
    ``missed``: how many have been missed since the last one, this one among them, from ``first`` to ``newest``; 0 while
    there is time. Where so many are missed that nobody will make all of them, ``period`` is the newest, else the first.
    ``last``: the day of the last report."""

    programme: Programme
    table: Table
    division: str
    period: Period
    due: datetime
    missed: int
    last: date | None
    first: Period
    newest: Period


def owed_by(person: Person, at: datetime) -> tuple[Owed, ...]:
    """Of every table with a cadence the reports of the divisions that the person's posts as a clerk name: who reaches
    further down, or looks over what clerks hand in, is not the one who reports."""
    posts = [post for post in posts_of(person, day_of(at)) if Role(post.role) in REPORTING]
    own = tuple(Reach(tuple(post.divisions), tuple(post.programmes)) for post in posts)
    if not own:
        return ()
    asked = list(_asked(person, own, at))
    told = _told({table.name for _, table, _, _ in asked}, {division for *_, division in asked})
    days = calendar()
    found = (_owed(*item, told, days, at) for item in asked)
    return tuple(item for item in found if item is not None)


def reporting_units(programme: Programme, division: str, on: date) -> tuple[str, ...]:
    """The divisions (significant codes) whose dues a report for ``division`` meets: all below it that report to the
    programme; itself where there are none."""
    tree = load_tree(within=division, down_to=programme.supervised_level)
    return tuple(unit.code for unit in tree.under(division, programme.supervised_level, on)) or (division,)


def _asked(person: Person, reaching: Sequence[Reach], at: datetime) -> Iterator[tuple[Programme, Table, Cadence, str]]:
    for _, programme in programmes_for(person, at=at):
        mine = {code for reach in reaching for code in reach.divisions if reach.holds(code, programme.name)}
        units = sorted(code for code in mine if _reports(programme, code))
        for cadence in programme.cadences if units else ():
            table = programme.table(cadence.table)
            if not table.by_service and heir(table.name) == table.name:
                yield from ((programme, table, cadence, unit) for unit in units)


def _reports(programme: Programme, division: str) -> bool:
    """Whether the division is one of those that report to the programme."""
    if programme.supervises:
        return division in {normalise(code) for code in programme.supervises}
    return level_of(division) is programme.supervised_level and covers(normalise(programme.division), division)


def _told(tables: Collection[str], divisions: Collection[str]) -> Told:
    if not tables:
        return {}
    undone = Batch.objects.filter(undoes__isnull=False).values("undoes")
    told = receipts(*tables).filter(division__in=divisions).exclude(batch__in=undone).order_by()
    sent = Proposal.objects.filter(table__in=tables, state="open", divisions__division__in=divisions).order_by()
    newest = {older: name for name in tables for older in lineage(name)}
    found: dict[tuple[str, str], date] = {}
    for name, division, last in (
        *told.values_list("table", "division").annotate(last=Max("as_of")),
        *sent.values_list("table", "divisions__division").annotate(last=Max("as_of")),
    ):
        key = (newest[name], division)
        found[key] = max(last, found.get(key, last))
    return found


def _owed(
    programme: Programme,
    table: Table,
    cadence: Cadence,
    division: str,
    told: Told,
    days: WorkingCalendar,
    at: datetime,
) -> Owed | None:
    """What was missed counts more than what closes soon; ``None`` where nothing presses."""
    today, last = day_of(at), told.get((table.name, division))
    missed = missed_periods(cadence, last, today, at, days)
    if missed:
        first = missed[-1] if len(missed) < MOST or last is None else _after(period_of(cadence.kind, last))
        newest = missed[0]
        asked = newest if len(missed) > MADE_UP else first
        return Owed(programme, table, division, asked, closes_at(cadence, asked), len(missed), last, first, newest)
    period = period_of(cadence.kind, today)
    met = last is not None and period.start <= last
    due = closes_at(cadence, period)
    if met or not at < due <= at + SOON or not dues(cadence, (division,), today, days):
        return None
    return Owed(programme, table, division, period, due, 0, last, period, period)


def _after(period: Period) -> Period:
    """The period that follows it."""
    return period_of(period.kind, period.end + timedelta(days=1))
