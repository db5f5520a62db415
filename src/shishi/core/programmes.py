"""Programmes 重点项目 and the packs that hold them: what is promised, counted, due, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from shishi.core.calendars import OfficeHours
from shishi.core.divisions import Division, Level
from shishi.core.gaming import USUAL, GamingRules
from shishi.core.indicators import Indicator, TargetTree, Trajectory
from shishi.core.processes import Process
from shishi.core.provenance import Trust as Trust
from shishi.core.publishing import Publishing
from shishi.core.rules import Rule
from shishi.core.tables import Table
from shishi.core.verification import PROPOSED, VerificationRules


class PeriodKind(StrEnum):
    """The periods in which reports fall due. A half-month is the 1st to the 15th, then the 16th to the end."""

    DAY = "day"
    WEEK = "week"
    HALF_MONTH = "half_month"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often each responsible division hands in ``table`` (full name). ``cut_off``: hour of Shanghai on the period's
    last day after which a report is late."""

    table: str
    kind: PeriodKind
    cut_off: time = time(18, 0)
    working_days_only: bool = False
    starts: date | None = None
    ends: date | None = None


class Part(StrEnum):
    """A body's part in a programme: lead 牵头, assisting 配合, supervising 督办, answering leader 领办."""

    LEAD = "lead"
    ASSISTING = "assisting"
    SUPERVISING = "supervising"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class BodyEntry:
    """A body named by a pack. With ``each`` a level, one body for every unit of it:
    ``{code}`` and ``{name}`` are filled in."""

    code: str
    title: str
    division: str
    each: Level | None = None
    ends: date | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class ResponsibilityEntry:
    """``body`` (or, with ``each``, every body of that pattern) holds ``part`` in ``programme`` for its division."""

    body: str
    programme: str
    part: Part
    leader: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a figure becomes a finding. Points are percent of the way from start to target; ``None`` switches it off."""

    behind_points: Decimal | None = Decimal(5)
    behind_days: int | None = None
    falling: bool = True
    over_whole: bool = True
    parts_differ: bool = True
    round_number: int | None = 1000
    last_day_times: Decimal | None = Decimal(5)
    last_day_at_least: Decimal = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: reminder 提醒 → prompt notice 工作提示单 → supervision order 督办单. ``reply_within`` is in
    working days; ``after_days``: consecutive days a finding must have stood before this rung is drafted."""

    kind: str
    reply_within: int
    after_days: int = 0
    series: str = ""
    requirement: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code 原因 for what remains (why a unit is still without a certificate)."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where something of a programme comes from. ``supports`` says what it is the ground of."""

    title: str
    trust: Trust
    published: date | None = None
    supports: str = ""
    verified: bool = True


MOST_ENTRIES = 6
"""Of the work record, of one kind, in one section: about what a page can bear."""


@dataclass(frozen=True, slots=True)
class BriefPlan:
    """One kind of brief: ``daily``, ``analysis``, ``weekly``, ``half-month``, ``monthly``. ``opening`` is prose of the
    pack; ``indicators`` are told in this order, ``breakdown`` for every supervised unit; ``notes`` say openly what does
    not close; ``most_entries`` of each kind are taken from the work record."""

    kind: str
    title: str
    mark: str
    series: str
    indicators: tuple[str, ...]
    opening: str = ""
    notes: tuple[str, ...] = ()
    addressee: str = ""
    signatory: str = ""
    breakdown: str = ""
    most_entries: int = MOST_ENTRIES


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A number that an article printed about this programme, by its ``id`` in the list of them. The figure of
    ``indicator`` for ``division`` as of ``as_of`` proves it, or, when it is a promise (``of_target``), the target."""

    id: str
    indicator: str
    division: str
    as_of: date
    of_target: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A row that must pass or be refused with ``code`` at ``field``; ``values`` are cells as a clerk writes them."""

    table: str
    values: Mapping[str, str]
    passes: bool
    code: str = ""
    field: str = ""
    title: str = ""


@dataclass(frozen=True)
class Programme:
    """One promise of a list. ``name`` is full: ``jurisdiction/year/code``. ``supervised_level``: the
    level that reports, is ranked and gets notices; ``supervises`` names its units where the level
    alone does not (codes of the tree)."""

    name: str
    title: str
    promise: str
    basis: str
    division: str
    supervised_level: Level
    tables: tuple[Table, ...]
    indicators: tuple[Indicator, ...]
    targets: tuple[TargetTree, ...] = ()
    trajectories: tuple[Trajectory, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    thresholds: Thresholds = Thresholds()
    ladder: tuple[Rung, ...] = ()
    reasons: tuple[Reason, ...] = ()
    briefs: tuple[BriefPlan, ...] = ()
    examples: tuple[Example, ...] = ()
    supervises: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...] = ()
    published: tuple[PublishedFigure, ...] = ()
    publishing: Publishing | None = None
    verification: VerificationRules = PROPOSED
    gaming: GamingRules = USUAL
    demonstration: bool = False

    @property
    def code(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def asks_evidence(self) -> bool:
        """Whether any of its tables asks to be proved."""
        return any(table.evidence for table in self.tables)

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code; ``KeyError`` when there is none."""
        return {item.code: item for item in self.indicators}[code]

    def table(self, name: str) -> Table:
        """The table of that full or short name; ``KeyError`` when there is none."""
        return {key: item for item in self.tables for key in (item.name, item.short)}[name]


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """A dated entry about the tree: ``code`` ends on the day before ``on`` and ``successors`` take over."""

    code: str
    name: str
    on: date
    successors: tuple[str, ...]
    source: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A dated exception to the working week: 放假 (``working`` false) or 调休上班 (true)."""

    day: date
    working: bool
    source: str


@dataclass(frozen=True, slots=True)
class EditorialFact:
    """A printed figure that no row proves: kept with its source and said so."""

    id: str
    statement: str
    value: str
    source: str


@dataclass(frozen=True)
class Pack:
    """A list of promises of one jurisdiction and year. ``version`` is a SHA-256 over its canonical document."""

    jurisdiction: str
    year: int
    title: str
    division: str
    source: str
    version: str
    programmes: tuple[Programme, ...]
    bodies: tuple[BodyEntry, ...] = ()
    responsibilities: tuple[ResponsibilityEntry, ...] = ()
    divisions_added: tuple[Division, ...] = ()
    division_changes: tuple[DivisionChange, ...] = ()
    calendar: tuple[CalendarDay, ...] = ()
    facts: tuple[EditorialFact, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    briefs: tuple[BriefPlan, ...] = ()
    processes: tuple[Process, ...] = ()
    hours: OfficeHours | None = None

    @property
    def name(self) -> str:
        """``jurisdiction/year``."""
        return f"{self.jurisdiction}/{self.year}"
