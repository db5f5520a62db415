"""Screening 筛查: which rows of a whole block a check may have something to say about.

The meaning of a check is :func:`shishi.core.evaluation.evaluate`, row by row. Here the same answers are found column by
column, so that of many rows only those that don't meet a check are looked at one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shishi.core.criteria import All, Answer, AnyOf, Compare, Criterion, Moment, Not, Operator, OtherField
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.tables import Field, FieldType, Sensitivity, Table, Value

Columns = Mapping[str, Sequence[Value]]

_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)
_ORDERS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.ON_OR_AFTER: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.ON_OR_BEFORE: operator.le,
    Operator.MORE_THAN: operator.gt,
    Operator.AFTER: operator.gt,
    Operator.LESS_THAN: operator.lt,
    Operator.BEFORE: operator.lt,
}
_OPPOSITE = {Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET, Answer.NOT_KNOWN: Answer.NOT_KNOWN}


def rows_to_look_at(table: Table, columns: Columns, many: int, moments: Moments) -> set[int]:
    """The indices of the rows that lack a required value or don't meet a check. A field without a column is empty in
    every row."""
    found: set[int] = set()
    empty = [None] * many
    for item in table.fields:
        if item.required or item.name in table.key:
            column = columns.get(item.name, empty)
            if None in column or "" in column or () in column:
                found.update(at for at, value in enumerate(column) if value in (None, "", ()))
    for check in table.checks:
        answers = answers_of(check.criterion, table, columns, many, moments)
        if Answer.NOT_MET in answers:
            found.update(at for at, answer in enumerate(answers) if answer is Answer.NOT_MET)
    return found


def answers_of(criterion: Criterion, table: Table, columns: Columns, many: int, moments: Moments) -> list[Answer]:
    """For each row what :func:`shishi.core.evaluation.evaluate` answers without neighbours."""
    match criterion:
        case Compare():
            return _compared(criterion, table, columns, many, moments)
        case All(parts):
            return _every([answers_of(part, table, columns, many, moments) for part in parts], many)
        case AnyOf(parts):
            turned = [_opposite(answers_of(part, table, columns, many, moments)) for part in parts]
            return _opposite(_every(turned, many))
        case Not(part):
            return _opposite(answers_of(part, table, columns, many, moments))
        case _:
            return [evaluate(criterion, LoneRow(table, {}), moments)] * many


def _opposite(answers: Sequence[Answer]) -> list[Answer]:
    return [_OPPOSITE[answer] for answer in answers]


def _every(parts: Sequence[Sequence[Answer]], many: int) -> list[Answer]:
    found = [Answer.MET] * many
    for part in parts:
        found = [
            before if now is Answer.MET or before is Answer.NOT_MET else now
            for before, now in zip(found, part, strict=True)
        ]
    return found


def _compared(criterion: Compare, table: Table, columns: Columns, many: int, moments: Moments) -> list[Answer]:
    field = table.by_name[criterion.field]
    column = columns.get(criterion.field) or [None] * many
    operand = criterion.operand
    if isinstance(operand, OtherField):
        other, right = table.by_name[operand.name], columns.get(operand.name) or [None] * many
        order = _ORDERS.get(criterion.operator) if _kind(field) and _kind(field) == _kind(other) else None
        if order:
            return [
                Answer.NOT_KNOWN if one is None or two is None else Answer.MET if order(one, two) else Answer.NOT_MET
                for one, two in zip(column, right, strict=True)
            ]
        pairs = list(zip(column, right, strict=True))
        known = {
            pair: evaluate(criterion, LoneRow(table, {criterion.field: pair[0], operand.name: pair[1]}), moments)
            for pair in set(pairs)
        }
        return [known[pair] for pair in pairs]
    given = moments.day(operand) if isinstance(operand, Moment) else operand
    order = _ORDERS.get(criterion.operator) if _kind(field) and _kind(field) == _kind_of(given) else None
    if order:
        return [
            Answer.NOT_KNOWN if one is None else Answer.MET if order(one, given) else Answer.NOT_MET for one in column
        ]
    each = {one: evaluate(criterion, LoneRow(table, {criterion.field: one}), moments) for one in set(column)}
    return [each[one] for one in column]


def _kind(field: Field) -> str:
    """What two values must share to be put in order without a closer look; empty for every other field."""
    if field.sensitivity is Sensitivity.ENCRYPTED:
        return ""
    return "number" if field.type in _NUMBERS else "day" if field.type is FieldType.DATE else ""


def _kind_of(given: object) -> str:
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return "number"
    return "day" if isinstance(given, date) and not isinstance(given, datetime) else " "
