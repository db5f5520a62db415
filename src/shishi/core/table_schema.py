"""The JSON Schema (draft 2020-12) of one row of a table, in the lossless text form of ``core.values``."""

from __future__ import annotations

import re
from datetime import date

from shishi.core.cells import scale_of
from shishi.core.tables import Field, FieldType, Table

Schema = dict[str, object]

_PATTERNS = {
    FieldType.DIVISION: r"^(\d{6}|\d{9}|\d{12})$",
    FieldType.CITIZEN_NUMBER: r"^[1-8]\d{16}[0-9X]$",
    FieldType.CREDIT_CODE: r"^[0-9A-HJ-NP-RTUW-Y]{18}$",
    FieldType.REAL_ESTATE_UNIT: r"^\d{12}[A-Z]{2}\d{5}[A-Z]\d{8}$",
    FieldType.POINT: r"^-?\d+(\.\d+)?,-?\d+(\.\d+)?$",
}
_FORMATS = {FieldType.DATE: "date", FieldType.DAY_TIME: "date-time", FieldType.REFERENCE: "uuid"}


def json_schema(table: Table) -> Schema:
    """What a row of ``table`` may be. Optional fields may be ``null``; fields of the key are required."""
    needed = [item.name for item in table.fields if item.required or item.name in table.key]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:shishi:table:{table.name}:{table.version}",
        "title": table.title,
        "type": "object",
        "additionalProperties": False,
        "required": needed,
        "properties": {item.name: _property(item, item.name in needed) for item in table.fields},
        "x-key": list(table.key),
        "x-division-field": table.division_field,
    }


def _property(field: Field, needed: bool) -> Schema:
    body = _body(field)
    schema: Schema = {"title": field.title, **(body if needed else {"anyOf": [body, {"type": "null"}]})}
    if field.note:
        schema["description"] = field.note
    if field.unit:
        schema["x-unit"] = field.unit
    if field.sensitive:
        schema["x-sensitivity"] = field.sensitivity.value
    if field.references:
        schema["x-references"] = field.references
    return schema


def _body(field: Field) -> Schema:
    listed: Schema = {"enum": [item.value for item in field.values]} if field.values else {}
    if field.type is FieldType.YES_NO:
        return {"type": "boolean"}
    if field.type is FieldType.INTEGER:
        return {"type": "integer", **_limits(field, "minimum", "maximum")}
    if field.type is FieldType.CHOICES:
        return {"type": "array", "uniqueItems": True, "items": {"type": "string", **listed}}
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        digits = scale_of(field)
        pattern = rf"^-?\d+\.\d{{{digits}}}$" if digits else r"^-?\d+$"
        return {"type": "string", "pattern": pattern, **_limits(field, "x-minimum", "x-maximum")}
    if field.type is FieldType.ENUMERATION:
        return {"type": "string", **listed}
    return {"type": "string", **_text_rules(field)}


def _text_rules(field: Field) -> Schema:
    if field.type in _FORMATS:
        return {"format": _FORMATS[field.type], **_limits(field, "x-minimum", "x-maximum")}
    if field.type in _PATTERNS:
        return {"pattern": _PATTERNS[field.type]}
    return {"minLength": 1, "maxLength": field.max_length}


def _limits(field: Field, low: str, high: str) -> Schema:
    """JSON Schema compares numbers only; limits of decimals in text and of days are told under ``x-`` names."""
    found: Schema = {}
    for name, limit in ((low, field.minimum), (high, field.maximum)):
        if limit is not None:
            found[name] = limit.isoformat() if isinstance(limit, date) else _number(limit, name)
    return found


def _number(limit: object, name: str) -> int | str:
    text = str(limit)
    return int(text) if re.fullmatch(r"-?\d+", text) and not name.startswith("x-") else text
