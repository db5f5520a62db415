"""Screening finds, of a whole block, exactly the rows that a check has something to say about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.checking import RowContext, check_row
from shishi.core.criteria import All, AnyOf, Compare, Criterion, Moment, Not, Operator, OtherField, Through
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.screening import answers_of, rows_to_look_at
from shishi.core.tables import Check, CheckKind, Choice, Field, FieldType, Sensitivity, Table

KINDS = (Choice("a", "甲"), Choice("b", "乙"))
TABLE = Table(
    "x/2021/p/t",
    "表",
    1,
    (
        Field("text", "文字", FieldType.TEXT, required=True),
        Field("many", "个数", FieldType.INTEGER),
        Field("size", "面积", FieldType.DECIMAL, scale=2),
        Field("paid", "金额", FieldType.MONEY),
        Field("from_", "起", FieldType.DATE),
        Field("to", "止", FieldType.DATE),
        Field("kind", "种类", FieldType.ENUMERATION, values=KINDS),
        Field("yes", "是否", FieldType.YES_NO),
        Field("secret", "密", FieldType.INTEGER, sensitivity=Sensitivity.ENCRYPTED),
        Field("more", "多选", FieldType.CHOICES, values=KINDS),
    ),
    ("text",),
    "text",
)
NAMES = [item.name for item in TABLE.fields]
VALUES = {
    "text": st.sampled_from(["", "甲", "a"]),
    "many": st.integers(-2, 2),
    "size": st.sampled_from([Decimal("0.00"), Decimal("1.00"), Decimal("1.50")]),
    "paid": st.sampled_from([Decimal("1.00"), Decimal("2.00")]),
    "from_": st.dates(date(2021, 9, 28), date(2021, 10, 2)),
    "to": st.dates(date(2021, 9, 28), date(2021, 10, 2)),
    "kind": st.sampled_from(["a", "b"]),
    "yes": st.booleans(),
    "secret": st.integers(0, 2),
    "more": st.sampled_from([(), ("a",), ("a", "b")]),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=6)
OPERANDS = st.one_of(
    *VALUES.values(),
    st.sampled_from([*Moment, *map(OtherField, NAMES), Decimal("1.0"), ("a", "x"), (1, 2)]),
)
COMPARE = st.builds(Compare, st.sampled_from(NAMES), st.sampled_from(Operator), OPERANDS)
CRITERIA = st.recursive(
    COMPARE | st.just(Through("text", "x", Compare("text", Operator.EQUALS, "甲"))),
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(All, st.lists(part, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(part, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)
MOMENTS = Moments(date(2021, 9, 30), None, date(2021, 10, 1))


@given(CRITERIA, ROWS)
def test_a_column_answers_as_its_rows_do(criterion: Criterion, rows: list[dict[str, object]]) -> None:
    columns = {name: [row[name] for row in rows] for name in NAMES}
    wanted = [evaluate(criterion, LoneRow(TABLE, row), MOMENTS) for row in rows]
    assert answers_of(criterion, TABLE, columns, len(rows), MOMENTS) == wanted


@given(CRITERIA, ROWS)
def test_every_row_with_a_fault_is_looked_at_and_no_other(criterion: Criterion, rows: list[dict[str, object]]) -> None:
    table = Table(
        TABLE.name, "表", 1, TABLE.fields, ("text",), "text", checks=(Check("c", CheckKind.ERROR, criterion, "错。"),)
    )
    columns = {name: [row[name] for row in rows] for name in NAMES}
    wanted = {at for at, row in enumerate(rows) if check_row(table, row, RowContext(MOMENTS))}
    assert rows_to_look_at(table, columns, len(rows), MOMENTS) == wanted
