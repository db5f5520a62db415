"""What a pack's parts say of each other: every name that is used must exist, and fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from shishi.core.criteria import All, AnyOf, Compare, Criterion, Moment, Not, Operator, OtherField, Related, Through
from shishi.core.tables import Field, FieldType, Table
from shishi.packs.faults import suggestion


def criterion_faults(criterion: Criterion, table: Table, tables: Mapping[str, Table]) -> Iterator[str]:
    """What is wrong with a criterion over ``table``: unknown fields and values, relations that do not exist.
    ``tables`` by full name."""
    match criterion:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from criterion_faults(part, table, tables)
        case Not(part):
            yield from criterion_faults(part, table, tables)
        case Compare():
            yield from _comparison(criterion, table)
        case Related(other, via, _, where):
            yield from _relation(other, via, table.name, where, tables)
        case Through(name, other, where):
            field = table.by_name.get(name)
            if field is None or field.type is not FieldType.REFERENCE:
                references = [item.name for item in table.fields if item.type is FieldType.REFERENCE]
                yield f"“{name}”不是“{table.title}”里指向另一张台账的列。{suggestion(name, references)}"
            elif field.references != other:
                yield f"“{name}”指向的是“{field.references}”，不是“{other}”，请改成一致。"
            elif other in tables:
                yield from criterion_faults(where, tables[other], tables)


def _relation(other: str, via: str, here: str, where: Criterion, tables: Mapping[str, Table]) -> Iterator[str]:
    related = tables.get(other)
    if related is None:
        yield f"没有台账“{other}”。{suggestion(other, tables)}"
        return
    field = related.by_name.get(via)
    if field is None or field.references != here:
        references = [item.name for item in related.fields if item.references == here]
        yield f"“{related.title}”的“{via}”不指向这张台账。{suggestion(via, references)}"
        return
    yield from criterion_faults(where, related, tables)


def _comparison(compare: Compare, table: Table) -> Iterator[str]:
    field = table.by_name.get(compare.field)
    if field is None:
        yield f"“{table.title}”没有“{compare.field}”这一列。{suggestion(compare.field, table.by_name)}"
        return
    operand = compare.operand
    if compare.operator is Operator.IS_EMPTY:
        return
    if isinstance(operand, OtherField):
        if operand.name not in table.by_name:
            yield f"“{table.title}”没有“{operand.name}”这一列。{suggestion(operand.name, table.by_name)}"
        return
    yield from _unfit_operands(field, operand if isinstance(operand, tuple) else (operand,))


def _unfit_operands(field: Field, operands: tuple[object, ...]) -> Iterator[str]:
    """A comparison with another kind of thing would answer *not known* for ever, and nobody would see why."""
    known = [choice.value for choice in field.values]
    kinds, word = _FITTING.get(field.type, ((str,), "文字（加引号）"))
    for operand in operands:
        if not isinstance(operand, kinds) or (isinstance(operand, bool) and bool not in kinds):
            yield f"“{field.title}”是 {field.type} 类型，应与{word}比较，不能与“{operand}”比较。"
        elif known and operand not in known:
            yield f"“{field.title}”没有“{operand}”这个值。{suggestion(str(operand), known)}"


_NUMBER = ((int, Decimal), "数")
_DAY = ((date, Moment), "日期或 as_of、period_start、period_end")
_FITTING: Mapping[FieldType, tuple[tuple[type, ...], str]] = {
    FieldType.INTEGER: _NUMBER,
    FieldType.DECIMAL: _NUMBER,
    FieldType.MONEY: _NUMBER,
    FieldType.DATE: _DAY,
    FieldType.DAY_TIME: _DAY,
    FieldType.YES_NO: ((bool,), " true 或 false "),
}
