"""The published things themselves: frozen, made of nothing but what a pack lets out. This is all that a public page,
a CSV, a JSON or a PDF of the portal can know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from shishi.apps.indicators.overview import Course, CoursePoint
from shishi.core.assurance import Basis
from shishi.core.divisions import COUNTRY, Level, level_of
from shishi.core.indicators import Figure, Indicator, Reporting
from shishi.core.programmes import Source


@dataclass(frozen=True, slots=True)
class Promised:
    """An indicator in public: what of its definition everybody may know, where its target and its trajectory come from,
    and when the whole of it should be there."""

    indicator: Indicator
    assured: bool
    document: str = ""
    document_verified: bool = True
    due: date | None = None
    plan: str = ""
    plan_verified: bool = True


@dataclass(frozen=True, slots=True)
class PublishedList:
    """Rows that the pack lets out: titles of the columns, and for each row its division and its cells."""

    table: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class PublishedBrief:
    """The brief whose PDF everybody may have; ``pdf`` is the hash of the stored file."""

    title: str
    number: int
    as_of: date
    pdf: str


@dataclass(frozen=True, slots=True)
class Publication:
    """The head of an edition. ``bodies``: the part and the title of who answers for it; ``minimum``: the smallest count
    of people that is shown below ``shown_at`` (0: no such rule)."""

    programme: str
    pack: str
    title: str
    promise: str
    basis: str
    root: str
    supervised_level: Level
    down_to: Level
    lead: str
    indicators: tuple[Promised, ...]
    sources: tuple[Source, ...]
    bodies: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    lists: tuple[PublishedList, ...] = ()
    brief: PublishedBrief | None = None
    asks_ratings: bool = False
    ratings: Promised | None = None
    minimum: int = 0
    shown_at: Level = Level.COUNTY


@dataclass(frozen=True, slots=True)
class Moment:
    """A day of a curve."""

    day: date
    reported: Decimal | None
    evidenced: Decimal | None
    verified: Decimal | None
    due: int
    received: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one indicator in one division. ``withheld``: a number too small to show, and all that would give
    it away, is left out."""

    reported: Decimal | None = None
    evidenced: Decimal | None = None
    verified: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    target: Decimal | None = None
    expected: Decimal | None = None
    behind_points: Decimal | None = None
    behind_days: int | None = None
    carried_from: date | None = None
    due: int = 0
    received: int = 0
    withheld: bool = False
    versions: Mapping[str, int] | None = None
    promised: tuple[tuple[date, Decimal], ...] = ()
    real: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A division of an edition: ``told`` by indicator code; ``silent``: who owes a report, with the
    day of the last one; ``reports``: whether it is one of the divisions that report; ``difference``:
    why its parts' target is another."""

    division: str
    name: str
    above: str
    told: Mapping[str, Told]
    silent: tuple[tuple[str, date | None], ...] = ()
    reports: bool = False
    difference: str = ""

    @property
    def level(self) -> Level:
        """Country, province, city or county."""
        return Level.COUNTRY if self.division == COUNTRY else level_of(self.division)


@dataclass(frozen=True, slots=True)
class Retraction:
    """An edition that was taken down: what it was, since when it is not shown, and why."""

    programme: str
    title: str
    pack: str
    as_of: date
    number: int
    taken_at: datetime
    reason: str


@dataclass(frozen=True)
class PublishedEdition:
    """An edition with what names it. ``digest`` names the content for caches."""

    id: int
    as_of: date
    number: int
    known_at: datetime
    published_at: datetime
    digest: str
    content: Publication

    @cached_property
    def by_code(self) -> Mapping[str, Promised]:
        """The published indicators, and the rating, by code."""
        rated = (self.content.ratings,) if self.content.ratings else ()
        return {item.indicator.code: item for item in (*self.content.indicators, *rated)}

    @property
    def lead(self) -> Promised:
        """The indicator that the page leads with."""
        return self.by_code[self.content.lead]

    def figure(self, place: Place, code: str) -> Figure:
        """What is told of an indicator, as the drawings and the words of the screen take it."""
        told = place.told.get(code, Told())
        return Figure(
            indicator=self.by_code[code].indicator,
            division=place.division,
            name=place.name,
            as_of=self.as_of,
            known_at=self.known_at,
            basis=Basis.REPORTED,
            value=told.reported,
            numerator=told.numerator,
            denominator=told.denominator,
            target=told.target,
            expected=told.expected,
            behind_points=told.behind_points,
            behind_days=told.behind_days,
            assurance={
                Basis.REPORTED: told.reported,
                Basis.EVIDENCED: told.evidenced,
                Basis.VERIFIED: told.verified,
            },
            carried_from=told.carried_from,
            reporting=Reporting(told.due, told.received),
            versions=told.versions or {},
        )

    def course(self, place: Place, code: str) -> Course:
        """How an indicator went there."""
        told = place.told.get(code, Told())
        return Course(
            told.promised,
            tuple(
                CoursePoint(
                    item.day,
                    {
                        Basis.REPORTED: item.reported,
                        Basis.EVIDENCED: item.evidenced,
                        Basis.VERIFIED: item.verified,
                    },
                    Reporting(item.due, item.received),
                )
                for item in told.real
            ),
        )
