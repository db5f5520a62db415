"""A column is typed at once and exactly as each of its cells alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core import columns
from shishi.core.cells import CellFault, parse
from shishi.core.columns import ColumnReader, stored_column
from shishi.core.tables import Choice, Field, FieldType
from shishi.core.values import to_text
from tests.core.test_values import WORLD

STAGES = (Choice("filed", "已受理"), Choice("issued", "已颁证"))
FIELDS = (
    Field("f", "文字", FieldType.TEXT, max_length=6),
    Field("f", "整数", FieldType.INTEGER, minimum=Decimal(-2)),
    Field("f", "面积", FieldType.DECIMAL, scale=2, maximum=Decimal(1000)),
    Field("f", "细数", FieldType.DECIMAL, scale=9),
    Field("f", "金额", FieldType.MONEY, minimum=Decimal(0)),
    Field("f", "日期", FieldType.DATE),
    Field("f", "时刻", FieldType.DAY_TIME),
    Field("f", "阶段", FieldType.ENUMERATION, values=STAGES),
    Field("f", "多选", FieldType.CHOICES, values=STAGES),
    Field("f", "是否", FieldType.YES_NO),
    Field("f", "区划", FieldType.DIVISION),
    Field("f", "所属", FieldType.REFERENCE, references="p"),
    Field("f", "电话", FieldType.PHONE),
    Field("f", "位置", FieldType.POINT),
)
TEXTS = st.sampled_from(
    ["", " ", "\u3000", "甲", " 甲 ", "甲\u200b", "长长长长长长长", "3.41802E+17", "#N/A", "是", "否", "已受理", "已颁证", "宣州区",
     "341802", "锦绣苑", "2021年9月30日", "2021.9.30", "1.2万", "１２", "12.345", "-0", "13900000000", "118.75,30.94"]
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),  # no minus nothing
    st.integers(-(10**17), 10**17).map(lambda whole: whole / 100),
    st.sampled_from([0.0, 0.1 + 0.2, 44469.0, 1e15, 1e14, 999.99, 1000.01, -2.0, -3.0, 2.5]),
)
RAWS = st.one_of(
    st.none(), TEXTS, NUMBERS, st.booleans(), st.dates(), st.datetimes(), st.decimals(1, 9)
)  # fmt: skip


def alone(field: Field, raw: object) -> object:
    try:
        return parse(field, raw, WORLD)
    except CellFault as fault:
        return fault.code, fault.message


def together(reader: ColumnReader, raws: list[object]) -> list[object]:
    values, faults = reader.read(raws)
    told: list[object] = list(values)
    for at, fault in faults:
        assert values[at] is None
        told[at] = fault.code, fault.message
    return told


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.title)
@given(blocks=st.lists(st.one_of(*(st.lists(one, max_size=12) for one in (RAWS, TEXTS, NUMBERS, st.none() | NUMBERS)))))
def test_a_column_is_read_as_its_cells_are(field: Field, blocks: list[list[object]]) -> None:
    reader = ColumnReader(field, WORLD)
    for raws in blocks:
        told, wanted = together(reader, raws), [alone(field, raw) for raw in raws]
        assert told == wanted
        assert list(map(type, told)) == list(map(type, wanted))
        values = [None if isinstance(one, tuple) and len(one) == 2 and "_" in str(one[0]) else one for one in told]
        assert stored_column(field, values) == [to_text(value) for value in values]


def test_minus_nothing_is_nothing() -> None:
    for field in (FIELDS[0], FIELDS[2]):
        assert together(ColumnReader(field, WORLD), [-0.0]) == together(ColumnReader(field, WORLD), [0.0])


def test_what_is_equal_but_not_alike_is_not_mixed_up() -> None:
    reader = ColumnReader(FIELDS[0], WORLD)
    assert together(reader, [1.0] * 4) == ["1"] * 4
    assert together(reader, [True] * 4) == ["是"] * 4
    assert together(reader, [True, 1.0, Decimal(1), True]) == ["是", "1", "1", "是"]


def test_what_stands_in_a_column_again_is_read_once_and_the_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(columns, "parse", lambda field, raw, lookups: asked.append(raw) or parse(field, raw, lookups))
    monkeypatch.setattr(columns, "REMEMBERED", 3)
    reader = ColumnReader(FIELDS[5], WORLD)
    assert together(reader, ["2021.9.30", "2021/9/1"] * 5) == [date(2021, 9, 30), date(2021, 9, 1)] * 5
    assert len(asked) == 2
    together(reader, ["2021.9.30", "2021/9/2", "2021/9/3"] * 5)
    assert len(asked) == 4
    together(reader, ["2021.9.30"] * 5)
    assert len(asked) == 5
