"""Typed values 值 in their other forms: stored without loss, shown to people, joined to a key.

Three forms. *Raw*: what a cell holds (``core.cells`` reads it). *Value*: the typed form
(``tables.Value``). *Text*: the one lossless JSON form for storage, engines and digests: decimals as
strings, days and moments in ISO 8601, choices as a list.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

from shishi.core.calendars import SHANGHAI
from shishi.core.cells import CellFault, Lookups, Raw, half_width, parse, scale_of
from shishi.core.identifiers import mask
from shishi.core.tables import Field, FieldType, Point, Table, Value, Values

__all__ = [
    "KEY_SEPARATOR",
    "CellFault",
    "Lookups",
    "Raw",
    "Stored",
    "from_text",
    "half_width",
    "key_text",
    "parse",
    "scale_of",
    "shown",
    "to_text",
]

KEY_SEPARATOR = "␟"

Stored = str | int | bool | list[str] | None


def to_text(value: Value) -> Stored:
    """The lossless JSON form. Equal values have equal forms: moments are UTC, decimals keep their scale."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Point):
        return f"{value.longitude:f},{value.latitude:f}"
    return value


def from_text(field: Field, stored: Stored) -> Value:
    """The value that ``to_text`` stored; ``ValueError`` when the stored form does not fit the field's type."""
    if stored is None:
        return None
    if isinstance(stored, list):
        return tuple(stored)
    if isinstance(stored, bool) or field.type is FieldType.YES_NO:
        return bool(stored)
    if field.type is FieldType.INTEGER:
        return int(stored)
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        return Decimal(stored)
    text = str(stored)
    if field.type is FieldType.DATE:
        return date.fromisoformat(text)
    if field.type is FieldType.DAY_TIME:
        return datetime.fromisoformat(text)
    if field.type is FieldType.POINT:
        longitude, latitude = text.split(",")
        return Point(Decimal(longitude), Decimal(latitude))
    return text


def shown(field: Field, value: Value, masked: bool = True) -> str:
    """The value as people read it: titles, thousands commas on money, Shanghai time; sensitive values masked."""
    if value is None:
        return ""
    text = _shown(field, value)
    return mask(field.type, text) if masked and field.sensitive else text


def _shown(field: Field, value: Value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return format(value, ",f" if field.type is FieldType.MONEY else "f")
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI)
        return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, tuple):
        return "、".join(_titled(field, item) for item in value)
    if isinstance(value, str):
        return _titled(field, value)
    return str(to_text(value))


def _titled(field: Field, value: str) -> str:
    return next((choice.title for choice in field.values if choice.value == value), value)


def key_text(table: Table, values: Values) -> str:
    """The normalised key of a row, joined with ␟: what makes two rows the same row. Character width, runs of spaces and
    letter case make no difference; a missing part is empty."""
    return KEY_SEPARATOR.join(_key_part(values.get(name)) for name in table.key)


def _key_part(value: Value) -> str:
    stored = to_text(value)
    if stored is None:
        return ""
    text = ",".join(stored) if isinstance(stored, list) else str(stored)
    return " ".join(unicodedata.normalize("NFKC", text).replace(KEY_SEPARATOR, " ").split()).upper()
