"""Questions 问数: one indicator, asked as of a day and known at a moment, and the rows that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import All, AnyOf, Compare, Criterion, Moment, Not, Related, Through
from shishi.core.errors import Misuse
from shishi.core.evaluation import Moments
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision
from shishi.core.tables import Field, FieldType, Sensitivity, Table

_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held under one table, of every day: revisions and marks in any order."""

    revisions: Sequence[Revision]
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Tie:
    """A step that criteria take from a row to rows of ``table``: ``inward`` to those that hold this row's entry in
    their field ``via``, else to the one that this row holds in its own ``via``; ``ties`` are the steps from there."""

    table: str
    via: str
    inward: bool
    ties: frozenset[Tie] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """``tables`` (by full name) are those that the indicator and its criteria touch, ``indicators`` (by code) those
    that a ratio is made of. A flow needs a period; both its days are inclusive. ``known_at`` is aware and inclusive."""

    indicator: Indicator
    tables: Mapping[str, Table]
    as_of: date
    known_at: datetime
    period_start: date | None = None
    period_end: date | None = None
    basis: Basis = Basis.REPORTED
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    accepted: str = ""
    """The assured group that must be verified besides: a level's acceptance of statements."""

    @property
    def table(self) -> Table:
        """The table that is counted; ``Misuse`` when the indicator has none of its own or it is not given."""
        if self.indicator.measure is Measure.RATIO:
            raise Misuse("ratio_has_no_rows", f"“{self.indicator.title}”是两个指标之比，请分别查询分子和分母。")
        found = self.tables.get(self.indicator.table)
        if found is None:
            message = f"指标“{self.indicator.title}”所用的台账“{self.indicator.table}”没有安装，请先安装它所在的包。"
            raise Misuse("table_unknown", message)
        return found

    @property
    def counted(self) -> Field | None:
        """The field whose values are summed, told apart or stated; ``None`` for a
        count. ``Misuse`` when it cannot be."""
        measure, table = self.indicator.measure, self.table
        if measure is Measure.COUNT:
            return None
        found = table.by_name.get(self.indicator.field)
        number = found is not None and found.type in _NUMBERS and found.sensitivity is not Sensitivity.ENCRYPTED
        if found is None or not (number or measure is Measure.DISTINCT):
            message = f"指标“{self.indicator.title}”需要台账“{table.title}”的数字列“{self.indicator.field}”，请核对包中的定义。"
            raise Misuse("indicator_field_unfit", message)
        return found

    @property
    def moments(self) -> Moments:
        """The days that criteria may refer to."""
        return Moments(self.as_of, self.period_start, self.period_end)

    @property
    def window(self) -> tuple[date | None, date | None]:
        """First and last day of ``indicator.by`` that count; ``None`` is open. A stock is open on both sides."""
        if self.indicator.span is Span.RUNNING:
            return self.indicator.since, self.as_of
        if self.indicator.span is Span.STOCK:
            return None, None
        if not self.indicator.by:
            raise Misuse("flow_without_day", f"“{self.indicator.title}”是时段数，包中须用 by 写明按哪个日期列计算。")
        if self.period_start is None or self.period_end is None:
            raise Misuse("period_missing", f"“{self.indicator.title}”是时段数，请用 --period 指明时段，例如 2021-09。")
        return self.period_start, min(self.period_end, self.as_of)

    @property
    def answerable(self) -> bool:
        """Whether the basis means anything here: without an assured group nothing can be evidenced or verified."""
        return self.basis is Basis.REPORTED or self.indicator.assured_group in self.table.groups

    @property
    def assurances(self) -> tuple[tuple[str, Basis], ...]:
        """The groups whose marks a row needs, each with the state."""
        asked = ((self.indicator.assured_group, self.basis),) if self.basis is not Basis.REPORTED else ()
        return (*asked, *(((self.accepted, Basis.VERIFIED),) if self.accepted else ()))

    def of(self, code: str) -> Question:
        """The same question about another indicator of the programme; ``Misuse`` when there is none of that code."""
        found = self.indicators.get(code)
        if found is None:
            raise Misuse("indicator_unknown", f"“{self.indicator.title}”用到的指标“{code}”不存在，请核对包中的定义。")
        return replace(self, indicator=found)

    @property
    def ties(self) -> frozenset[Tie]:
        """The steps that the criterion takes from a row of the asked table."""
        return frozenset(_ties_of(self.indicator.where, self.table, self.tables))

    @property
    def touched(self) -> frozenset[str]:
        """Full names of the tables whose rows can change the answer."""
        return frozenset({self.table.name, *_tables_of(self.ties)})

    @property
    def days_named(self) -> frozenset[Moment]:
        """The moments that the criterion refers to: without any, it says the same of a row on every day."""
        return frozenset(_moments_of(self.indicator.where))


def _ties_of(criterion: Criterion, table: Table, tables: Mapping[str, Table]) -> Iterator[Tie]:
    match criterion:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _ties_of(part, table, tables)
        case Not(part):
            yield from _ties_of(part, table, tables)
        case Related(name, via, _, where):
            yield Tie(name, via, True, frozenset(_ties_of(where, tables[name], tables)))
        case Through(via, _, where):
            name = table.by_name[via].references
            yield Tie(name, via, False, frozenset(_ties_of(where, tables[name], tables)))
        case _:
            return


def _tables_of(ties: frozenset[Tie]) -> Iterator[str]:
    for tie in ties:
        yield tie.table
        yield from _tables_of(tie.ties)


def _moments_of(criterion: Criterion) -> Iterator[Moment]:
    match criterion:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _moments_of(part)
        case Not(part) | Related(where=part) | Through(where=part):
            yield from _moments_of(part)
        case Compare(operand=Moment() as moment):
            yield moment
        case _:
            return
