"""Columns 列: many cells of one field typed at once, each exactly as :func:`shishi.core.cells.parse` types it alone.

What stands in a column again and again is read once; the commonest cells take a short way to the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from shishi.core.cells import CellFault, Lookups, Raw, parse, scale_of
from shishi.core.identifiers import fault_of_phone
from shishi.core.tables import Field, FieldType, Value
from shishi.core.values import Stored, to_text

REMEMBERED = 65_536
_EXCEL_DIGITS = 15
_AS_THEY_ARE = {
    FieldType.TEXT, FieldType.INTEGER, FieldType.ENUMERATION, FieldType.DIVISION, FieldType.YES_NO, FieldType.PHONE,
    FieldType.CITIZEN_NUMBER, FieldType.CREDIT_CODE, FieldType.REAL_ESTATE_UNIT, FieldType.FILE,
    FieldType.IDENTITY_DOCUMENT, FieldType.REFERENCE,
}  # fmt: skip


_FEW = {FieldType.ENUMERATION, FieldType.DIVISION, FieldType.DATE, FieldType.YES_NO, FieldType.REFERENCE}
"""Of these there are not many different ones in a table, or each is looked up."""


class ColumnReader:
    """Types the cells of one field, column by column, with a bounded memory of what it has read."""

    def __init__(self, field: Field, lookups: Lookups) -> None:
        self.field = field
        self._lookups = lookups
        self._known: dict[Raw, Value | CellFault] = {}
        self._kind: type | None = None

    def read(self, raws: Sequence[Raw]) -> tuple[list[Value], list[tuple[int, CellFault]]]:
        """The values in order, ``None`` where a cell is empty or can't be read, and the faults with their index."""
        kinds = set(map(type, raws))
        kinds.discard(type(None))
        # Unlike types may be equal (True, 1.0), and then one would be taken for the other.
        if len(kinds) > 1:
            return _apart([self._try(raw) for raw in raws])
        kind = kinds.pop() if kinds else None
        distinct = set(raws)
        if 2 * len(distinct) > len(raws) and self.field.type not in _FEW:
            read = _short_way(self.field, kind, self._lookups) or self._parse
            return _read_all(read, raws)
        if kind is not self._kind or len(self._known) > REMEMBERED:
            self._known, self._kind = {}, kind
        known = self._known
        known |= {raw: self._try(raw) for raw in distinct if raw not in known}
        found = [known[raw] for raw in raws]
        return _apart(found)

    def _parse(self, raw: Raw) -> Value:
        return parse(self.field, raw, self._lookups)

    def _try(self, raw: Raw) -> Value | CellFault:
        return _tried(self._parse, raw)


def _read_all(read: Callable[[Raw], Value], raws: Sequence[Raw]) -> tuple[list[Value], list[tuple[int, CellFault]]]:
    try:
        return [None if raw is None else read(raw) for raw in raws], []
    except CellFault:
        return _apart([_tried(read, raw) for raw in raws])


def _tried(read: Callable[[Raw], Value], raw: Raw) -> Value | CellFault:
    try:
        return None if raw is None else read(raw)
    except CellFault as fault:
        return fault


def _apart(found: list[Value | CellFault]) -> tuple[list[Value], list[tuple[int, CellFault]]]:
    faults = [(at, item) for at, item in enumerate(found) if type(item) is CellFault]
    for at, _ in faults:
        found[at] = None
    return found, faults  # type: ignore[return-value]  # the faults have just been taken out


def _short_way(field: Field, kind: type | None, lookups: Lookups) -> Callable[[Raw], Value] | None:
    """A reader for the plainest cells of a field, that leaves every other one to ``parse``; ``None`` when there is
    none."""
    make = None if field.format else _SHORT_WAYS.get((field.type, kind))
    return make(field, lookups) if make else None


def _text_reader(field: Field, lookups: Lookups) -> Callable[[Raw], Value]:
    longest = field.max_length

    def read(raw: Raw) -> Value:
        text = str(raw)
        if text.isprintable() and "E+" not in text and text[:1] != "#":
            text = text.strip()
            if text and len(text) <= longest:
                return text
        return parse(field, raw, lookups)

    return read


def _number_reader(field: Field, lookups: Lookups) -> Callable[[Raw], Value]:
    """A double that is written with no more decimals than the field keeps, and with at most fifteen digits, is that
    decimal: no two such decimals turn into one double."""
    scale = scale_of(field)
    bound = 10.0 ** (_EXCEL_DIGITS - scale)
    low, high = _numeric(field.minimum), _numeric(field.maximum)
    whole = field.type is FieldType.INTEGER

    def read(raw: Raw) -> Value:
        number: float = raw  # type: ignore[assignment]  # chosen by the type of the column
        if -bound < number < bound and number:
            value = Decimal(f"{number:.{scale}f}")
            held = (low is None or value >= low) and (high is None or value <= high)
            if held and value == Decimal(repr(number)):
                return int(number) if whole else value
        return parse(field, raw, lookups)

    return read


def _phone_reader(field: Field, lookups: Lookups) -> Callable[[Raw], Value]:
    """Digits alone are their own normal form."""
    longest = field.max_length

    def read(raw: Raw) -> Value:
        text = str(raw)
        plain = text.isascii() and text.isdigit() and len(text) <= longest
        return text if plain and fault_of_phone(text) is None else parse(field, raw, lookups)

    return read


def _numeric(limit: Decimal | date | None) -> Decimal | None:
    return limit if isinstance(limit, Decimal) else None


_SHORT_WAYS: Mapping[tuple[FieldType, type | None], Callable[[Field, Lookups], Callable[[Raw], Value]]] = {
    (FieldType.TEXT, str): _text_reader,
    (FieldType.PHONE, str): _phone_reader,
    (FieldType.DECIMAL, float): _number_reader,
    (FieldType.MONEY, float): _number_reader,
    (FieldType.INTEGER, float): _number_reader,
}


def stored_column(field: Field, values: list[Value]) -> list[Stored]:
    """The lossless forms (:func:`shishi.core.values.to_text`) of a column, in order."""
    if field.type in _AS_THEY_ARE:
        return values  # type: ignore[return-value]  # these types are stored as they are
    if field.type is FieldType.DATE:
        return [value.isoformat() if isinstance(value, date) else None for value in values]
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        return [format(value, "f") if isinstance(value, Decimal) else None for value in values]
    return [None if value is None else to_text(value) for value in values]
