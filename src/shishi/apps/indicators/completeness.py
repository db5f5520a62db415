"""Completeness 齐全率 and punctuality 及时率 of a period: who owed figures, who gave them, when, and who accepted them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.assurance.statements import Statement, statement_of, statements_of
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.indicators.reporting import responsible_units
from shishi.apps.ledger.periods import PeriodCalendar
from shishi.apps.programmes.selectors import calendar as working_days
from shishi.core.calendars import day_of
from shishi.core.divisions import Division, DivisionTree, Level, covers, level_of, normalise, official
from shishi.core.errors import Misuse
from shishi.core.periods import Period, dues
from shishi.core.printing import quotient
from shishi.core.statements import StatementState


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of a division and everything under it that owes figures for the period. ``on_time`` and ``accepted`` are among
    ``received``; ``waiting`` (for review) and ``missing`` are not. ``statement``: where the division itself owes."""

    division: str
    name: str
    due: int
    received: int
    on_time: int
    accepted: int
    waiting: int
    statement: Statement | None = None

    @property
    def missing(self) -> int:
        """未报: neither received nor waiting."""
        return self.due - self.received - self.waiting

    @property
    def completeness(self) -> Decimal | None:
        """Received of due, in percent with two decimals; ``None`` when nothing was due."""
        return _share(self.received, self.due)

    @property
    def punctuality(self) -> Decimal | None:
        """On time of due."""
        return _share(self.on_time, self.due)


def _share(part: int, whole: int) -> Decimal | None:
    return quotient(Decimal(part), Decimal(whole), 2, percent=True)


def completeness(
    person: Person,
    calendar: PeriodCalendar,
    period: Period,
    *,
    division: str = "",
    level: Level | None = None,
    at: datetime,
) -> tuple[Completeness, ...]:
    """First the division (significant code; empty: the programme's own, or those that the person reaches), then, with
    ``level``, every unit of that level under it, by default every division that owes. ``Misuse`` (out_of_reach)."""
    programme, on = calendar.programme, period.end
    root = normalise(programme.division)
    down_to = max(Level.COUNTY, programme.supervised_level)
    tree = load_tree(root, [*map(normalise, programme.supervises)], down_to=down_to)
    owing = {
        due.division for due in dues(calendar.cadence, responsible_units(programme, tree, on), on, working_days(on))
    }
    stated = statements_of(calendar, period)
    tops = _tops(person, calendar, division or root, at)
    told: list[Completeness] = []
    for top in tops:
        unit = tree.find(top, on)
        units = tree.under(top, level, on) if level is not None else _named(tree, owing, top, on)
        wanted = [*([unit] if unit else []), *(item for item in units if item.code != top)]
        told += [_counted(calendar, period, item, owing, stated) for item in wanted]
    return tuple(told)


def _tops(person: Person, calendar: PeriodCalendar, division: str, at: datetime) -> Sequence[str]:
    name = calendar.programme.name
    own = {
        code
        for reach in reaches(person, Action.READ, day_of(at))
        for code in reach.divisions
        if reach.holds(code, name)
    }
    if any(covers(code, division) for code in own):
        return (division,)
    inside = sorted(code for code in own if covers(division, code))
    if not inside:
        raise Misuse("out_of_reach", f"{official(division)} 不在 {person} 的查看范围内。请核对代码和权限。")
    return inside


def _named(tree: DivisionTree, owing: set[str], top: str, on: date) -> list[Division]:
    return [unit for code in sorted(owing) if covers(top, code) and (unit := tree.find(code, on))]


def _counted(
    calendar: PeriodCalendar, period: Period, unit: Division, owing: set[str], stated: dict[str, Statement]
) -> Completeness:
    mine = [code for code in owing if covers(unit.code, code)]
    found = [stated[code] for code in mine if code in stated]
    received = [item for item in found if item.received_at is not None]
    node = level_of(unit.code)
    return Completeness(
        division=unit.code,
        name=unit.name,
        due=len(mine),
        received=len(received),
        on_time=sum(not item.late for item in received),
        accepted=sum(item.accepted_at(_next_above(calendar, node, item), calendar) for item in received),
        waiting=sum(item.received_at is None and item.state is StatementState.SUBMITTED for item in found),
        statement=(stated.get(unit.code) or statement_of(calendar, period, unit.code)) if unit.code in owing else None,
    )


def _next_above(calendar: PeriodCalendar, node: Level, statement: Statement) -> Level:
    """A division's own line tells whether the nearest level above has accepted it."""
    own = level_of(statement.division)
    above = calendar.plan.above(own)
    return above[0] if node is own and above else node
