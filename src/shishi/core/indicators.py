"""Indicators 指标, targets 目标任务, trajectories 序时进度 and the figure that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from shishi.core.assurance import Basis
from shishi.core.criteria import ALWAYS, Criterion


class Measure(StrEnum):
    """How rows become a number. A ratio is a ratio of two other indicators; *reported* takes a field of rows in which a
    division states its own figure; *reports* counts no rows but who reported the table for the period: its field is
    ``due``, ``received``, ``on_time`` or ``accepted``."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    RATIO = "ratio"
    REPORTED = "reported"
    REPORTS = "reports"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    HOLD = "hold"


class Span(StrEnum):
    """Stock: on the day. Running: since a named day. Flow: within a period."""

    STOCK = "stock"
    RUNNING = "running"
    FLOW = "flow"


class Qualifier(StrEnum):
    """How the trade prints what it does not claim exactly: 余 (at least), 以上 (no less than), 近 (below), 超过 (more than),
    左右 (about)."""

    EXACT = ""
    AND_MORE = "余"
    OR_MORE = "以上"
    NEARLY = "近"
    OVER = "超过"
    ABOUT = "左右"


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed form, held on the indicator. ``power``: 0 plain, 4 万, 8 亿; ``digits`` after the point;
    ``grouped`` puts thousands commas."""

    power: int = 0
    digits: int = 0
    qualifier: Qualifier = Qualifier.EXACT
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """``table`` is a full name; ``numerator`` and ``denominator`` are codes of indicators of the same programme.
    ``scale``: decimals of the value; unit ``%`` multiplies a ratio by 100. ``by``: the date field of running and flow.
    ``own_counts``: for *reported*, whether a division's own figure counts where its parts report too."""

    code: str
    title: str
    measure: Measure
    unit: str
    version: int = 1
    table: str = ""
    field: str = ""
    where: Criterion = ALWAYS
    numerator: str = ""
    denominator: str = ""
    scale: int = 0
    direction: Direction = Direction.UP
    span: Span = Span.STOCK
    by: str = ""
    since: date | None = None
    assured_group: str = ""
    own_counts: bool = False
    printed: Printed = Printed()
    basis_note: str = ""
    headline: bool = False


@dataclass(frozen=True, slots=True)
class TargetTree:
    """The promised number for each division (code → value), in the indicator's unit. ``document`` names
    the paper that set or changed it. ``difference``: named gap between a whole and the sum of its
    parts, whole's code → (gap, reason). ``printed``: how the promise itself is printed (100个左右, 1000块以上) where that
    is not the indicator's form."""

    indicator: str
    version: int
    values: Mapping[str, Decimal]
    document: str
    difference: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)
    verified: bool = True
    printed: Printed | None = None


class Shape(StrEnum):
    """Linear between points, a step held until the next point, or milestones (a step at each named day)."""

    LINEAR = "linear"
    STEPPED = "stepped"
    MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class TrajectoryPoint:
    """``share`` is the part of the way from start to target (0 to 1) that should be there by ``day``."""

    day: date
    share: Decimal
    title: str = ""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """What of the target should be there by a day. ``start`` is the value at the first
    point (the way is start → target)."""

    indicator: str
    version: int
    shape: Shape
    points: tuple[TrajectoryPoint, ...]
    start: Decimal = Decimal(0)
    source: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Reporting:
    """Dues of the period that holds the as-of day, and how many were met. Of statements 填报 also how many were
    submitted and wait for review, how many of those received came by the cut-off, and how many are not yet accepted 未审
    by the level that asks; ``None`` where nobody looks for it."""

    due: int
    received: int
    waiting: int = 0
    unaccepted: int | None = None
    on_time: int | None = None

    @property
    def accepted(self) -> int | None:
        """Received and accepted."""
        return None if self.unaccepted is None else self.received - self.unaccepted


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with everything that it needs to be honest. ``value`` ``None``: never reported 未报.
    ``assurance`` holds the three truths; ``versions`` the definitions used; ``carried_from`` the last report's
    day when the due of the day is not met."""

    indicator: Indicator
    division: str
    name: str
    as_of: date
    known_at: datetime
    basis: Basis
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    target: Decimal | None = None
    expected: Decimal | None = None
    behind_points: Decimal | None = None
    behind_days: int | None = None
    assurance: Mapping[Basis, Decimal | None] = field(default_factory=dict)
    carried_from: date | None = None
    reporting: Reporting = Reporting(0, 0)
    versions: Mapping[str, int] = field(default_factory=dict)
