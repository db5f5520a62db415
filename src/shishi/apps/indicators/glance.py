"""A programme on somebody's first page: the one figure that matters, and how it came there. Made to be quick after a
write: what it asks of past days is kept until the rows behind it change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from shishi.apps.accounts.models import Person
from shishi.apps.assurance.selectors import standing
from shishi.apps.audit.selectors import last_event
from shishi.apps.divisions.selectors import tree_token
from shishi.apps.indicators.overview import Course, CoursePoint, leading, promised_line, spread
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.selectors import days_reported, head
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import Division
from shishi.core.indicators import Figure, Indicator, Reporting
from shishi.core.programmes import Programme


@dataclass(frozen=True, slots=True)
class Glance:
    """``figure`` of the widest division that the person reaches; ``course`` holds the reported truth alone."""

    programme: Programme
    unit: Division
    figure: Figure
    course: Course


def glance(person: Person, programme: str, as_of: date, *, at: datetime) -> Glance:
    """The programme's leading figure as of a day; the same while nothing is written. Raises ``Misuse`` as the selector
    of figures does."""
    return _answer(_Look(person, programme, as_of, last_event(), day_of(at), at))


@dataclass(frozen=True, slots=True)
class _Look:
    """What an answer depends on; ``at`` only says when now is."""

    person: Person
    programme: str
    as_of: date
    trail: int
    today: date
    at: datetime = field(compare=False)


@lru_cache(maxsize=1024)
def _answer(look: _Look) -> Glance:
    person, programme, as_of, at = look.person, look.programme, look.as_of, look.at
    now = Reckoning(person, Asked(programme, as_of), at)
    lead, unit = leading(now.programme), now.nodes()[0]
    figure = now.figure(lead, unit)
    table = now.table_of(lead)
    days = spread(sorted({*days_reported(table, as_of, now.known_at), as_of}))
    points = [_point(as_of, figure)]
    for day in reversed(days[:-1]):
        points.insert(0, _past(_Past(person, now.asked, day, unit.code, lead.code, _token(now, lead, day), at)))
    return Glance(now.programme, unit, figure, Course(promised_line(now, lead, unit), tuple(points)))


def _point(day: date, figure: Figure) -> CoursePoint:
    return _reported(day, figure.assurance[Basis.REPORTED])


def _reported(day: date, value: Decimal | None) -> CoursePoint:
    """A day with the reported truth alone."""
    return CoursePoint(day, dict.fromkeys(Basis) | {Basis.REPORTED: value}, Reporting(0, 0))


def _token(now: Reckoning, lead: Indicator, day: date) -> str:
    """While it is the same, a past day has the same answer: the rows and marks of the programme's tables, the tree,
    and the definition."""
    tables = [(table.name, head(table.name), standing(table.name)[0]) for table in now.programme.tables]
    return repr((tables, tree_token(day, now.known_at), lead))


@dataclass(frozen=True, slots=True)
class _Past:
    """What the value of a past day depends on; ``at`` only says when now is."""

    person: Person
    asked: Asked
    day: date
    unit: str
    indicator: str
    token: str
    at: datetime = field(compare=False)


@lru_cache(maxsize=4096)
def _past(look: _Past) -> CoursePoint:
    reckoning = Reckoning(look.person, replace(look.asked, as_of=look.day, known_at=look.at), look.at)
    indicator = reckoning.programme.indicator(look.indicator)
    value = reckoning.value(indicator, look.unit, Basis.REPORTED).value
    return _reported(look.day, value)


def forget() -> None:
    """Drop what is kept: another store stands behind the same process."""
    _answer.cache_clear()
    _past.cache_clear()
