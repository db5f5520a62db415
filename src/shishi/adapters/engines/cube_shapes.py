"""What a cube answers: a question stripped of the days and the moment on which its answer does not depend."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from shishi.adapters.engines.base import Question
from shishi.core.assurance import Basis
from shishi.core.criteria import Moment
from shishi.core.indicators import Measure, Span
from shishi.core.tables import Table

_FORMAT = 2
ADDED = (Measure.COUNT, Measure.SUM, Measure.DISTINCT)
"""What is added up the tree, and can be followed; a reported figure is asked anew."""
_LAST_DAY = date.max
_LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """``key`` is the same for all questions that one cube answers; ``question`` is what is asked of engines for it:
    of the last day and the last moment there are, so that everything held counts. ``ends_on``: until this day the
    answer is that of the real day only if no row's ``by`` day is later than the real day (``None``: it always is)."""

    key: str
    question: Question
    ends_on: date | None = None

    @property
    def added(self) -> bool:
        """Whether its numbers are added up."""
        return self.question.indicator.measure in ADDED

    def holds_on(self, day: date, latest_by: date | None) -> bool:
        """Whether the cube says what stands on ``day`` when no row's ``by`` day is later than ``latest_by``."""
        return self.ends_on is None or day >= self.ends_on or latest_by is None or day >= latest_by


def shape_of(question: Question, token: str, *, pinned: bool = False) -> Shape:
    """The shape of a question about the present, under a tree (``Ways.token``). ``pinned``: of its own day only.

    Raises ``Misuse`` as the question does: a figure that can't be asked has no cube.
    """
    indicator, named = question.indicator, question.days_named
    bounded = bool(indicator.by) and (indicator.span is not Span.STOCK or indicator.measure is Measure.REPORTED)
    pinned = pinned or Moment.AS_OF in named
    periodic = bounded and indicator.span is Span.FLOW
    start = question.period_start if periodic or Moment.PERIOD_START in named else None
    end = question.period_end if periodic or Moment.PERIOD_END in named else None
    as_of = question.as_of if pinned else _LAST_DAY
    stripped = replace(question, as_of=as_of, known_at=_LAST_MOMENT, period_start=start, period_end=end)
    _ = stripped.window, stripped.counted
    told = (_FORMAT, *_definition(question), token, as_of, start, end)
    key = hashlib.sha256(repr(told).encode()).hexdigest()
    ends_on = None if pinned or not bounded else end if periodic else _LAST_DAY
    return Shape(key, stripped, ends_on)


def _definition(question: Question) -> Iterator[object]:
    """Everything of the definitions that decides the answer, and no titles."""
    indicator = question.indicator
    yield from (indicator.measure.value, indicator.table, indicator.field, indicator.where)
    yield from (indicator.span.value, indicator.by, indicator.since, indicator.own_counts, question.basis.value)
    yield None if question.basis is Basis.REPORTED else indicator.assured_group
    yield question.accepted
    for name in sorted(question.touched):
        yield from _columns(question.tables[name])


def _columns(table: Table) -> Iterator[object]:
    yield from (table.name, table.division_field, sorted(table.groups))
    for field in table.fields:
        ranks = tuple(choice.value for choice in field.values)
        yield field.name, field.type.value, field.scale, field.sensitivity.value, field.references, ranks
