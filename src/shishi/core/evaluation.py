"""The meaning of criteria 条件: Kleene's three-valued logic over one row and the rows that it is tied to.

This module is the reference; engines compile the same meaning. Every criterion answers: what cannot be compared (an
empty field, an unlike type, an order where there is none) is *not known*, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from shishi.core.calendars import SHANGHAI
from shishi.core.criteria import (
    All,
    Answer,
    AnyOf,
    Compare,
    Criterion,
    Moment,
    Not,
    Operand,
    Operator,
    OtherField,
    Quantifier,
    Related,
    Through,
)
from shishi.core.criterion_forms import criterion_document, describe, parse_criterion
from shishi.core.tables import Field, FieldType, Sensitivity, Table, Value, Values

__all__ = [
    "LoneRow",
    "Moments",
    "Neighbours",
    "RowView",
    "criterion_document",
    "describe",
    "evaluate",
    "failing",
    "parse_criterion",
]


class RowView(Protocol):
    """A live row as criteria see it."""

    def value(self, name: str) -> Value:
        """The value of a field, ``None`` when empty."""

    def field(self, name: str) -> Field:
        """The field's definition."""

    def related(self, table: str, via: str) -> Iterable[RowView]:
        """Live rows of ``table`` whose reference field ``via`` holds this row's entry."""

    def through(self, field: str) -> RowView | None:
        """The live row that reference field ``field`` of this row holds."""


class Neighbours(Protocol):
    """Where a row finds the rows that it is tied to."""

    def related(self, table: str, via: str) -> Iterable[RowView]:
        """Live rows of ``table`` that refer to the row through ``via``."""

    def through(self, field: str) -> RowView | None:
        """The live row that the row's reference ``field`` holds."""


@dataclass(frozen=True, slots=True)
class LoneRow:
    """The simplest ``RowView``: values under a table. Without ``neighbours`` nothing
    refers to it and it reaches nothing."""

    table: Table
    values: Values
    neighbours: Neighbours | None = None

    def value(self, name: str) -> Value:
        """The value of a field, ``None`` when empty or absent."""
        return self.values.get(name)

    def field(self, name: str) -> Field:
        """The field's definition; ``KeyError`` when the table has none of that name."""
        return self.table.by_name[name]

    def related(self, table: str, via: str) -> Iterable[RowView]:
        """Rows that refer to this one."""
        return self.neighbours.related(table, via) if self.neighbours else ()

    def through(self, field: str) -> RowView | None:
        """The row referred to."""
        return self.neighbours.through(field) if self.neighbours else None


@dataclass(frozen=True, slots=True)
class Moments:
    """The days given when the question is asked. Without a period its two ends are *not known*."""

    as_of: date
    period_start: date | None = None
    period_end: date | None = None

    def day(self, moment: Moment) -> date | None:
        """The day that ``moment`` stands for."""
        return {
            Moment.AS_OF: self.as_of,
            Moment.PERIOD_START: self.period_start,
            Moment.PERIOD_END: self.period_end,
        }[moment]


_OPPOSITE: Mapping[Answer, Answer] = {
    Answer.MET: Answer.NOT_MET,
    Answer.NOT_MET: Answer.MET,
    Answer.NOT_KNOWN: Answer.NOT_KNOWN,
}


def evaluate(criterion: Criterion, row: RowView, moment: Moments) -> Answer:
    """The answer for ``row`` at ``moment``; ``KeyError`` only when the criterion
    names a field that the table has not."""
    match criterion:
        case Compare():
            return _compare(criterion, row, moment)
        case All(parts):
            return _every(evaluate(part, row, moment) for part in parts)
        case AnyOf(parts):
            return _opposite(_every(_opposite(evaluate(part, row, moment)) for part in parts))
        case Not(part):
            return _opposite(evaluate(part, row, moment))
        case Related(table, via, quantifier, where):
            return _over(quantifier, (evaluate(where, other, moment) for other in row.related(table, via)))
        case Through(field, _, where):
            other = row.through(field)
            return Answer.NOT_KNOWN if other is None else evaluate(where, other, moment)


def _opposite(answer: Answer) -> Answer:
    return _OPPOSITE[answer]


def _every(answers: Iterable[Answer]) -> Answer:
    """Kleene's *and*: one *not met* settles it; else one *not known* leaves it open; of none it is met."""
    found = Answer.MET
    for answer in answers:
        if answer is Answer.NOT_MET:
            return answer
        if answer is Answer.NOT_KNOWN:
            found = answer
    return found


def _over(quantifier: Quantifier, answers: Iterable[Answer]) -> Answer:
    if quantifier is Quantifier.ALL:
        return _every(answers)
    none = _every(map(_opposite, answers))
    return none if quantifier is Quantifier.NONE else _opposite(none)


def _answer(met: bool | None) -> Answer:
    if met is None:
        return Answer.NOT_KNOWN
    return Answer.MET if met else Answer.NOT_MET


def _compare(criterion: Compare, row: RowView, moment: Moments) -> Answer:
    field, value, operator = row.field(criterion.field), row.value(criterion.field), criterion.operator
    if operator is Operator.IS_EMPTY:
        return _answer(_is_empty(value) == (criterion.operand is not False))
    operand = _given(criterion.operand, row, moment)
    if _is_empty(value) or operand is None:
        return Answer.NOT_KNOWN
    if operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        return _answer(_negated(_same(value, operand), operator is Operator.NOT_EQUALS))
    if operator in (Operator.IN, Operator.NOT_IN):
        return _answer(_negated(_among(value, operand), operator is Operator.NOT_IN))
    if field.sensitivity is Sensitivity.ENCRYPTED:
        return Answer.NOT_KNOWN
    if operator is Operator.CONTAINS:
        return _answer(_contains(value, operand))
    return _answer(_ordered(operator, _difference(field, value, operand)))


def _is_empty(value: Value) -> bool:
    return value is None or value in ("", ())


def _negated(met: bool | None, negated: bool) -> bool | None:
    return met if met is None else met is not negated


def _given(operand: Operand, row: RowView, moment: Moments) -> object:
    """What the operand stands for; ``None`` when that is not given."""
    if isinstance(operand, Moment):
        return moment.day(operand)
    if isinstance(operand, OtherField):
        other = row.value(operand.name)
        return None if _is_empty(other) else other
    return operand


def _same(value: object, operand: object) -> bool | None:
    """Equality within one kind: number with number, day with day; ``None`` across kinds."""
    left, right = _comparable(value), _comparable(operand)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return set(left) == set(right)
    if type(left) is not type(right):
        return None
    return left == right


def _comparable(value: object) -> object:
    """Numbers as Decimal, moments as their day of Shanghai: two values compare when they come out of one type."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    return str(value) if isinstance(value, str) else value


def _among(value: Value, operand: object) -> bool | None:
    members = operand if isinstance(operand, tuple) else (operand,)
    found = [_same(value, member) for member in members]
    if any(found):
        return True
    return None if members and all(item is None for item in found) else False


def _contains(value: Value, operand: object) -> bool | None:
    if isinstance(value, tuple):
        wanted = operand if isinstance(operand, tuple) else (operand,)
        return all(item in value for item in wanted)
    if isinstance(value, str) and isinstance(operand, str):
        return operand in value
    return None


def _difference(field: Field, value: Value, operand: object) -> int | None:
    """Negative, zero or positive as ``value`` stands before, at or after ``operand``;
    ``None`` when there is no order."""
    left, right = _comparable(value), _comparable(operand)
    if field.type is FieldType.ENUMERATION:
        ranks = [choice.value for choice in field.values]
        if left not in ranks or right not in ranks:
            return None
        left, right = Decimal(ranks.index(str(left))), Decimal(ranks.index(str(right)))
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    if isinstance(left, date) and isinstance(right, date):
        return (left > right) - (left < right)
    return None


def _ordered(operator: Operator, difference: int | None) -> bool | None:
    if difference is None:
        return None
    match operator:
        case Operator.AT_LEAST | Operator.ON_OR_AFTER:
            return difference >= 0
        case Operator.AT_MOST | Operator.ON_OR_BEFORE:
            return difference <= 0
        case Operator.MORE_THAN | Operator.AFTER:
            return difference > 0
        case _:
            return difference < 0


def failing(criterion: Criterion, row: RowView, moment: Moments) -> list[Criterion]:
    """The smallest parts that make the answer *not met*; empty when it is met or not known."""
    if evaluate(criterion, row, moment) is not Answer.NOT_MET:
        return []
    if isinstance(criterion, All | AnyOf):
        return [found for part in criterion.parts for found in failing(part, row, moment)]
    return [criterion]
