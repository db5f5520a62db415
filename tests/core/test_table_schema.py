"""The JSON Schema of a row accepts what the table accepts, in the stored form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from shishi.core.table_schema import json_schema
from shishi.core.tables import Choice, Field, FieldType, Point, Sensitivity, Table
from shishi.core.values import to_text

CHOICES = (Choice("a", "甲"), Choice("b", "乙"))
ROW = {
    "text": "锦绣苑",
    "integer": 3,
    "decimal": Decimal("1.250"),
    "money": Decimal("-12.00"),
    "date": date(2021, 9, 30),
    "enumeration": "a",
    "division": "341802",
    "citizen_number": "11010519491231002X",
    "credit_code": "11341700003244967K",
    "real_estate_unit": "341802001001GB00012F00010001",
    "phone": "13800000000",
    "yes_no": True,
    "day_time": datetime(2021, 9, 30, tzinfo=UTC),
    "point": Point(Decimal("118.75"), Decimal("30.94")),
    "file": "plan.pdf",
    "choices": ("a", "b"),
    "identity_document": "H12345678",
    "reference": "6d3c7a52-0000-4000-8000-000000000001",
}
TABLE = Table(
    "x/2021/p/all",
    "各种类型",
    4,
    tuple(
        Field(
            kind.value,
            kind.value,
            kind,
            required=kind is FieldType.MONEY,
            scale=3 if kind is FieldType.DECIMAL else 0,
            values=CHOICES if kind in (FieldType.ENUMERATION, FieldType.CHOICES) else (),
            minimum=Decimal(1) if kind is FieldType.INTEGER else None,
            maximum=date(2021, 12, 31) if kind is FieldType.DATE else None,
            unit="元" if kind is FieldType.MONEY else "",
            note="说明" if kind is FieldType.TEXT else "",
            references="x/2021/p/other" if kind is FieldType.REFERENCE else "",
            sensitivity=Sensitivity.ENCRYPTED if kind is FieldType.CITIZEN_NUMBER else Sensitivity.NONE,
        )
        for kind in FieldType
    ),
    ("text",),
    "division",
)
VALIDATOR = Draft202012Validator(json_schema(TABLE), format_checker=Draft202012Validator.FORMAT_CHECKER)
STORED = {name: to_text(value) for name, value in ROW.items()}


def test_the_schema_is_valid_and_takes_a_full_row():
    Draft202012Validator.check_schema(json_schema(TABLE))
    VALIDATOR.validate(STORED)


def test_optional_fields_may_be_null_or_absent_but_the_key_and_the_required_may_not():
    VALIDATOR.validate({"text": "锦绣苑", "money": "0.00", "integer": None})
    assert not VALIDATOR.is_valid({"text": "锦绣苑"})
    assert not VALIDATOR.is_valid({"text": None, "money": "0.00"})


@pytest.mark.parametrize(
    ("name", "stored"),
    [("integer", 0), ("decimal", "1.25"), ("money", "1.005"), ("enumeration", "c"), ("choices", ["c"]),
     ("choices", ["a", "a"]), ("citizen_number", "123"), ("point", "118.75"), ("yes_no", "是"), ("extra", 1)],
)  # fmt: skip
def test_what_the_table_refuses_the_schema_refuses(name, stored):
    assert not VALIDATOR.is_valid(STORED | {name: stored})


def test_units_notes_limits_and_sensitivity_are_told():
    schema = json_schema(TABLE)
    properties = schema["properties"]
    assert properties["money"]["x-unit"] == "元"
    assert properties["text"]["description"] == "说明"
    assert properties["date"]["anyOf"][0]["x-maximum"] == "2021-12-31"
    assert properties["citizen_number"]["x-sensitivity"] == "encrypted"
    assert properties["reference"]["x-references"] == "x/2021/p/other"
    assert (schema["x-key"], schema["$id"]) == (["text"], "urn:shishi:table:x/2021/p/all:4")
