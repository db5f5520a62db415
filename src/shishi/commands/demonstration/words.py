"""The words of a recipe as cells have them, and back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from shishi.core.calendars import SHANGHAI
from shishi.core.tables import FieldType, Point, Value


def said(value: Value) -> str:
    """A cell as ``when`` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def typed(word: Value, kind: FieldType) -> Value:
    """A recipe's word as the column has it."""
    if word is None or word == "":
        return None
    if kind is FieldType.TEXT:
        return word
    if not isinstance(word, str):
        return int(word) if isinstance(word, Decimal) and kind is FieldType.INTEGER else word
    match kind:
        case FieldType.INTEGER:
            return int(word)
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(word)
        case FieldType.DATE:
            return date.fromisoformat(word)
        case FieldType.DAY_TIME:
            return datetime.fromisoformat(word).replace(tzinfo=SHANGHAI)
        case FieldType.YES_NO:
            return word in {"true", "是"}
        case FieldType.CHOICES:
            return tuple(word.split(","))
        case FieldType.POINT:
            longitude, latitude = word.split(",")
            return Point(Decimal(longitude), Decimal(latitude))
        case _:
            return word
