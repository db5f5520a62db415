"""The stocktake 调度 of one day: compare, find, draft notices, close the day's chain, write the briefs that are due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import one_look, require
from shishi.apps.audit.services import close_day
from shishi.apps.documents.services import Order, write_briefs, write_erratum
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.writing import freeze
from shishi.apps.programmes.selectors import programme_named, programmes
from shishi.apps.supervision.finding import findings_at
from shishi.apps.supervision.selectors import NoticeView
from shishi.apps.supervision.services import draft_notices, record_findings
from shishi.apps.supervision.urging import Urged, urge
from shishi.core.calendars import day_of, moment_of
from shishi.core.divisions import covers, normalise
from shishi.core.documents import Proof
from shishi.core.errors import Misuse
from shishi.core.periods import period_of
from shishi.core.programmes import PeriodKind, Programme
from shishi.core.supervision import Finding

if TYPE_CHECKING:
    from shishi.apps.documents.models import Brief


@dataclass(frozen=True, slots=True)
class Stocktake:
    """What one day's look came to. ``urged``: who was reminded of a deadline, and what a person should raise;
    ``written``: briefs made now; ``errata``: corrections of briefs that were out already."""

    programme: Programme
    as_of: date
    known_at: datetime
    root: str
    findings: tuple[Finding, ...]
    drafted: tuple[NoticeView, ...]
    unaddressed: tuple[Finding, ...]
    urged: Urged
    briefs: tuple[Brief, ...]
    written: int
    errata: tuple[Brief, ...]


def known_at_of(programme: Programme, as_of: date, at: datetime) -> datetime:
    """The moment at which the day is answered: its latest cut-off hour, or now when that has not come yet. A day before
    the programme was installed is answered as known now: at its own hour nothing was known of it at all."""
    hours = [cadence.cut_off for cadence in programme.cadences]
    closing = min(max((moment_of(as_of, hour) for hour in hours), default=at), at)
    known_then = any(item.name == programme.name for _, item in programmes(as_of, closing))
    return closing if known_then else at


def run_day(
    name: str,
    as_of: date,
    *,
    divisions: Sequence[str] = (),
    demonstration: bool,
    by: Person,
    at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Stocktake:
    """Run the day of one programme. Running it again changes nothing issued; later news becomes errata.

    Briefs are written for the ``divisions`` (significant codes; none: the programme's own); findings and notices are
    always of the whole programme.
    """
    if as_of > day_of(at):
        raise Misuse("as_of_in_future", f"{as_of} 还没有到。请改为今天或以前的日子。")
    _, programme = programme_named(name, as_of, None)
    require(by, Action.RUN_DAY, normalise(programme.division), programme.name, day_of(at))
    known_at = known_at_of(programme, as_of, at)
    freeze(known_at)
    with one_look():
        return _run(programme, known_at, as_of, tuple(divisions), demonstration, by=by, at=at, progress=progress)


def _run(
    programme: Programme,
    known_at: datetime,
    as_of: date,
    divisions: Sequence[str],
    demonstration: bool,
    *,
    by: Person,
    at: datetime,
    progress: Callable[[int, int], None] | None,
) -> Stocktake:
    findings = findings_at(by, programme.name, as_of, known_at=known_at, at=at)
    record_findings(programme, findings, as_of=as_of, known_at=known_at, by=by, at=at)
    drafted = draft_notices(programme, as_of, by=by, at=at, demonstration=demonstration)
    urged = urge(programme.name, as_of, by=by, at=at)
    with transaction.atomic():
        root = close_day(at).root
    common = _Orders(programme, as_of, known_at, findings, Proof(as_of, root), demonstration)
    orders = [order for place in divisions or ("",) for order in common.of(place)]
    told = write_briefs(orders, by=by, at=at, progress=progress)
    standing = (pair for pair in zip(orders, told, strict=True) if not pair[1][1])
    errata = [write_erratum(brief, _later(order, at), by=by, at=at) for order, (brief, _) in standing]
    return Stocktake(
        *(programme, as_of, known_at, root, findings),
        *(drafted.notices, drafted.unaddressed, urged),
        briefs=tuple(brief for brief, _ in told),
        written=sum(made for _, made in told),
        errata=tuple(item for item in errata if item),
    )


@dataclass(frozen=True, slots=True)
class _Orders:
    """What all briefs of a day have in common."""

    programme: Programme
    as_of: date
    known_at: datetime
    findings: tuple[Finding, ...]
    proof: Proof
    demonstration: bool

    def of(self, place: str) -> Iterator[Order]:
        """The briefs that fall due for one division (empty: the programme's own), with its own findings."""
        asked = Asked(self.programme.name, self.as_of, known_at=self.known_at, division=place)
        mine = tuple(item for item in self.findings if not place or covers(place, item.division))
        for kind in due_kinds(self.programme, self.as_of):
            yield Order(asked, kind, mine, self.proof, self.demonstration)


def findings_within(
    person: Person, programme: Programme, as_of: date, division: str, *, known_at: datetime, at: datetime
) -> tuple[Finding, ...]:
    """The findings of a day in one division (significant code) or, when it is empty, everywhere."""
    found = findings_at(person, programme.name, as_of, known_at=known_at, at=at)
    return tuple(item for item in found if not division or covers(division, item.division))


def _later(order: Order, at: datetime) -> Order:
    return replace(order, asked=replace(order.asked, known_at=at))


def due_kinds(programme: Programme, day: date) -> tuple[str, ...]:
    """Which briefs fall due: the daily ones every day, the weekly on the last day of the week, the half-month report on
    the 15th and the last of the month (半月一报告: twenty-four a year), a monthly one that the pack plans on the last."""
    due = {"daily", "analysis"}
    if period_of(PeriodKind.WEEK, day).end == day:
        due.add("weekly")
    if period_of(PeriodKind.HALF_MONTH, day).end == day:
        due.add("half-month")
    if period_of(PeriodKind.MONTH, day).end == day:
        due.add("monthly")
    return tuple(plan.kind for plan in programme.briefs if plan.kind in due)
