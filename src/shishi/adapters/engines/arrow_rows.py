"""Revisions and marks as Arrow tables: one typed column for each field, exact
decimals, days as days, moments in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import pyarrow as pa

from shishi.core import values
from shishi.core.assurance import Mark
from shishi.core.ledger import Revision
from shishi.core.tables import Field, FieldType, Point, Sensitivity, Table, Value

DIGITS = 38
SEQUENCE_BITS = 40


class Kind(StrEnum):
    """What a column holds, as far as comparing goes. ``PLACE`` and ``KEY`` (an entry)
    are told apart only by equality."""

    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    TEXT = "text"
    LIST = "list"
    PLACE = "place"
    KEY = "key"


_KINDS = {
    FieldType.INTEGER: Kind.NUMBER,
    FieldType.DECIMAL: Kind.NUMBER,
    FieldType.MONEY: Kind.NUMBER,
    FieldType.DATE: Kind.DAY,
    FieldType.DAY_TIME: Kind.MOMENT,
    FieldType.YES_NO: Kind.FLAG,
    FieldType.CHOICES: Kind.LIST,
    FieldType.POINT: Kind.PLACE,
    FieldType.REFERENCE: Kind.KEY,
}


def kind_of(field: Field) -> Kind:
    """The kind of a field's column. What is encrypted is there as a digest only."""
    return Kind.TEXT if field.sensitivity is Sensitivity.ENCRYPTED else _KINDS.get(field.type, Kind.TEXT)


def scale_of(field: Field) -> int:
    """Decimals of a number's column."""
    return 0 if field.type is FieldType.INTEGER else values.scale_of(field)


def column_of(field: str) -> str:
    """The column of a field; the prefix keeps it apart from the ledger's own columns."""
    return f"field:{field}"


def settled_column(group: str) -> str:
    """The column with the sequence at which an assured group last changed."""
    return f"settled:{group}"


def of_revisions(table: Table, revisions: Sequence[Revision]) -> pa.Table:
    """Columns ``sequence standing entry kind effective_on recorded_at voids``, one a group and one a field."""
    columns = {
        "sequence": pa.array([item.sequence for item in revisions], pa.int64()),
        "standing": _standings(revisions),
        "entry": _keys(item.entry for item in revisions),
        "kind": pa.array([item.kind.value for item in revisions], pa.string()),
        "effective_on": pa.array([item.effective_on for item in revisions], pa.date32()),
        "recorded_at": pa.array([_naive(item.recorded_at) for item in revisions], pa.timestamp("us")),
        "voids": pa.array([item.voids for item in revisions], pa.int64()),
    }
    for group in table.groups:
        columns[settled_column(group)] = pa.array([item.settled.get(group, 0) for item in revisions], pa.int64())
    for field in table.fields:
        columns[column_of(field.name)] = _column(field, [item.values.get(field.name) for item in revisions])
    return pa.table(columns)


def of_marks(marks: Sequence[Mark]) -> pa.Table:
    """Columns ``sequence standing entry group rank effective_on recorded_at``."""
    return pa.table(
        {
            "sequence": pa.array([item.sequence for item in marks], pa.int64()),
            "standing": _standings(marks),
            "entry": _keys(item.entry for item in marks),
            "group": pa.array([item.group for item in marks], pa.string()),
            "rank": pa.array([item.state.rank for item in marks], pa.int8()),
            "effective_on": pa.array([item.effective_on for item in marks], pa.date32()),
            "recorded_at": pa.array([_naive(item.recorded_at) for item in marks], pa.timestamp("us")),
        }
    )


def _standings(items: Sequence[Revision | Mark]) -> pa.Array:
    """(effective_on, sequence) as one whole number: the greatest is found, and found again, at the price of one."""
    return pa.array([item.effective_on.toordinal() << SEQUENCE_BITS | item.sequence for item in items], pa.int64())


def _column(field: Field, cells: Iterable[Value]) -> pa.Array:
    match kind_of(field):
        case Kind.NUMBER:
            return pa.array(cells, pa.decimal128(DIGITS, scale_of(field)))
        case Kind.DAY:
            return pa.array(cells, pa.date32())
        case Kind.MOMENT:
            return pa.array(_mapped(cells, _naive), pa.timestamp("us"))
        case Kind.FLAG:
            return pa.array(cells, pa.bool_())
        case Kind.LIST:
            return pa.array([value or None for value in cells], pa.list_(pa.string()))
        case Kind.PLACE:
            return pa.array(_mapped(cells, _place), pa.string())
        case Kind.KEY:
            return _keys(UUID(str(value)) if value else None for value in cells)
        case _:
            return pa.array([value or None for value in cells], pa.string())


def _mapped(cells: Iterable[Value], made: Callable[[Value], object]) -> list[object]:
    return [None if value is None else made(value) for value in cells]


def _keys(entries: Iterable[UUID | None]) -> pa.Array:
    return pa.array([None if entry is None else entry.bytes for entry in entries], pa.uuid())


def _naive(moment: Value) -> datetime | None:
    """UTC without saying so: comparing needs no time zones."""
    return moment.astimezone(UTC).replace(tzinfo=None) if isinstance(moment, datetime) else None


def _place(value: Value) -> str | None:
    """Equal places have equal texts, however many noughts they were written with."""
    return f"{value.longitude.normalize():f},{value.latitude.normalize():f}" if isinstance(value, Point) else None
