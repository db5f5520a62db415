"""A programme at a glance: its figures, the units that report, and how its headline figures came to where they are.

Answers are kept in memory until anything is written (the audit trail's last number tells) or the day ends: the same
question has the same answer until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache

from shishi.apps.accounts.models import Person
from shishi.apps.audit.selectors import last_event
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.selectors import days_reported
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import Division, Level, covers
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Indicator, Reporting
from shishi.core.programmes import Programme
from shishi.core.trajectories import course

POINTS = 10
"""Days of a curve at most."""
LEVELS_BELOW = 2
"""How many levels down one page breaks a figure down."""


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """A day of a curve: the three truths, and how many of that day's dues were met."""

    day: date
    truths: Mapping[Basis, Decimal | None]
    reporting: Reporting

    @property
    def owed(self) -> Decimal:
        """The share of the reporting units whose report was owed, 0 to 1."""
        due = self.reporting.due
        return Decimal(due - self.reporting.received) / due if due else Decimal(0)


@dataclass(frozen=True, slots=True)
class Course:
    """How an indicator went: ``promised`` the trajectory in straight pieces (or empty), ``real`` oldest first."""

    promised: tuple[tuple[date, Decimal], ...]
    real: tuple[CoursePoint, ...]


@dataclass(frozen=True)
class Overview:
    """``figures``: of ``unit``, all indicators; ``breakdown``: of ``lead`` for the units below, the ``supervised`` ones
    where there are any and no level is asked for, else those of ``level``; ``above``: from the programme's division
    down to the unit, as far as the person reaches; ``choices``: the divisions that they may ask for; ``courses`` by
    indicator code, for ``lead`` and the headline figures."""

    programme: Programme
    unit: Division
    lead: Indicator
    figures: tuple[Figure, ...]
    breakdown: tuple[Figure, ...]
    choices: tuple[Division, ...]
    courses: Mapping[str, Course]
    above: tuple[Division, ...] = ()
    level: Level | None = None
    supervised: bool = True

    @cached_property
    def by_code(self) -> Mapping[str, Figure]:
        """The unit's figures by indicator code."""
        return {figure.indicator.code: figure for figure in self.figures}

    @property
    def silent(self) -> tuple[Figure, ...]:
        """The reporting units whose report of the day is still owed."""
        return tuple(item for item in self.breakdown if item.reporting.received < item.reporting.due)


def overview(person: Person, asked: Asked, *, at: datetime) -> Overview:
    """The programme as far as the person reaches; ``asked.indicators`` may name the indicator to lead with.

    Raises ``Misuse`` as :func:`shishi.apps.indicators.selectors.figures` does.
    """
    return _answer(_Look(person, asked, last_event(), day_of(at), at))


def forget() -> None:
    """Drop what is kept: another store stands behind the same process."""
    _answer.cache_clear()
    _course.cache_clear()


@dataclass(frozen=True, slots=True)
class _Look:
    """What an answer depends on. ``at`` only says when "now" is: with nothing written
    meanwhile a day has one answer."""

    person: Person
    asked: Asked
    trail: int
    today: date
    at: datetime = field(compare=False)


@lru_cache(maxsize=256)
def _answer(look: _Look) -> Overview:
    asked = replace(look.asked, indicators=(), level=None)
    unit = Reckoning(look.person, asked, look.at).nodes()[0]
    reckoning, below, supervised = _below(look, asked, unit)
    programme = reckoning.programme
    lead = _lead(programme, look.asked.indicators)
    shown = [item for item in programme.indicators if item.headline or item is lead]
    line = reckoning.tree.lineage(unit.code, asked.as_of)
    above = tuple(item for item in line if covers(reckoning.root, item.code) and _reached(reckoning, item))
    root = [item for item in (reckoning.tree.find(reckoning.root, asked.as_of),) if item and _reached(reckoning, item)]
    within = supervised_units(reckoning)
    return Overview(
        programme=programme,
        unit=unit,
        lead=lead,
        figures=tuple(reckoning.figure(item, unit) for item in programme.indicators),
        breakdown=tuple(reckoning.figure(lead, item) for item in below),
        choices=(*root, *(item for item in within if item.code != reckoning.root)),
        courses=_courses(look, reckoning, unit, shown),
        above=above,
        level=below[0].level if below else None,
        supervised=supervised,
    )


def _below(look: _Look, asked: Asked, unit: Division) -> tuple[Reckoning, tuple[Division, ...], bool]:
    """The units to break the figure down by, and what reckons them. ``Misuse`` (level_above) for a level that does not
    lie under the unit, ``level_too_deep`` for one whose units are too many to look at."""
    wanted = look.asked.level
    if wanted is None:
        reckoning = Reckoning(look.person, replace(asked, division=unit.code), look.at)
        within = tuple(item for item in supervised_units(reckoning) if item.code != unit.code)
        found = tuple(item for item in within if covers(unit.code, item.code))
        if found or unit.level >= Level.VILLAGE:
            reckoning.show(unit, *found)
            return reckoning, found, True
    elif wanted <= unit.level:
        raise Misuse("level_above", f"{unit.name}下面没有这一级。请选更低的一级，或换一个行政区划。")
    elif wanted > unit.level + LEVELS_BELOW:
        raise Misuse("level_too_deep", f"{unit.name}下面这一级的单位太多，一页放不下。请先选下一级的行政区划再往下看。")
    # A level may hold placeholders only: then the next one down.
    levels = [wanted] if wanted is not None else [Level(depth) for depth in range(unit.level + 1, Level.VILLAGE + 1)]
    for level in levels:
        reckoning = Reckoning(look.person, replace(asked, division=unit.code, level=level), look.at)
        reckoning.show(unit)
        with suppress(Misuse):
            return reckoning, reckoning.nodes(), False
    return reckoning, (), False


def _lead(programme: Programme, wanted: tuple[str, ...]) -> Indicator:
    """The indicator asked for, else the leading one."""
    known = {item.code: item for item in programme.indicators}
    if wanted:
        if wanted[0] not in known:
            raise Misuse("unknown_indicator", f"没有指标“{wanted[0]}”。现有：{'、'.join(known)}。")
        return known[wanted[0]]
    return leading(programme)


def leading(programme: Programme) -> Indicator:
    """The one figure that matters: the first headline figure with a trajectory, else any headline figure, else any."""
    planned = {item.indicator for item in programme.trajectories}
    headline = [item for item in programme.indicators if item.headline]
    return next((item for item in headline if item.code in planned), (headline or list(programme.indicators))[0])


def _reached(reckoning: Reckoning, unit: Division) -> bool:
    return any(covers(code, unit.code) for code in reckoning.reach)


def supervised_units(reckoning: Reckoning) -> tuple[Division, ...]:
    """The divisions that the programme supervises, by code, as far as the person reaches."""
    found = (reckoning.tree.find(code, reckoning.asked.as_of) for code in sorted(reckoning.units))
    return tuple(unit for unit in found if unit and _reached(reckoning, unit))


def _courses(look: _Look, now: Reckoning, unit: Division, indicators: list[Indicator]) -> dict[str, Course]:
    tables = {now.table_of(item) for item in indicators}
    days = {day for table in tables for day in days_reported(table, look.asked.as_of, now.known_at)}
    chosen = spread(sorted(days | {look.asked.as_of}))
    past = [_as_of(look, now, day) for day in chosen]
    return {item.code: Course(promised_line(now, item, unit), course_points(past, item, unit)) for item in indicators}


def courses_of(person: Person, asked: Asked, divisions: Sequence[str], *, at: datetime) -> Mapping[str, Course]:
    """The course of ``asked.indicators[0]`` (or the leading one) for several divisions, by significant code: to be laid
    beside each other. Divisions out of reach are left out."""
    found = {}
    for code in divisions:
        try:
            found[code] = _course(_Look(person, replace(asked, division=code), last_event(), day_of(at), at))
        except Misuse:
            continue
    return found


@lru_cache(maxsize=256)
def _course(look: _Look) -> Course:
    reckoning = Reckoning(look.person, replace(look.asked, indicators=(), level=None), look.at)
    lead = _lead(reckoning.programme, look.asked.indicators)
    return _courses(look, reckoning, reckoning.nodes()[0], [lead])[lead.code]


def _as_of(look: _Look, now: Reckoning, day: date) -> Reckoning:
    if day == now.asked.as_of:
        return now
    return Reckoning(look.person, replace(now.asked, as_of=day, known_at=now.known_at), look.at)


def spread(days: list[date]) -> list[date]:
    """At most ``POINTS`` of the days, evenly, with the first and the last."""
    if len(days) <= POINTS:
        return days
    last = len(days) - 1
    return [days[round(Decimal(last * step) / (POINTS - 1))] for step in range(POINTS)]


def promised_line(now: Reckoning, indicator: Indicator, unit: Division) -> tuple[tuple[date, Decimal], ...]:
    """The trajectory of a unit in straight pieces; empty without one."""
    target, _ = now.target(indicator, unit.code)
    path = now.trajectory(indicator, target)
    return course(path, target) if path and target is not None else ()


def course_points(past: Sequence[Reckoning], indicator: Indicator, unit: Division) -> tuple[CoursePoint, ...]:
    """What was there on the days of these reckonings."""
    points = []
    for reckoning in past:
        told = reckoning.reporting(indicator, unit.code)
        truths = {basis: reckoning.value(indicator, unit.code, basis).value for basis in Basis}
        points.append(CoursePoint(reckoning.asked.as_of, truths, told.reporting))
    return tuple(points)
