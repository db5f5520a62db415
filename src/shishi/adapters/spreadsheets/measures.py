"""Units that a sheet states 单位：万元, and its numbers turned exactly into the units of their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from shishi.adapters.spreadsheets.base import RawCell, column_letter
from shishi.adapters.spreadsheets.headers import Column, Header
from shishi.core.cells import half_width, unit_of_field
from shishi.core.errors import Issue
from shishi.core.tables import Field, FieldType
from shishi.core.units import factor, is_scale, number_of, same_kind, unit_of

NUMERIC = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)
_STATED = re.compile(r"(?:^|[\s（(，,；;。])(?:计量|金额|面积|数量|货币|计价)?\s*单\s*位\s*[:：]\s*([^。；;）)]{1,40})")
_BETWEEN = re.compile(r"[、，,/／\s]+")
_DIGITS = 15
_BEYOND = 10**_DIGITS
_EXACT = Context(prec=80)
_NOTHING = {"", "-", "—", "――", "/", "无", "单位", "计量单位"}


@dataclass(frozen=True, slots=True)
class Measure:
    """The unit that was found for a column and what its numbers are multiplied by."""

    field: Field
    unit: str = ""
    factor: Decimal = Decimal(1)


def stated_units(cells: Iterable[RawCell], known: frozenset[str]) -> tuple[str, ...]:
    """The units that a line such as 单位：万元、平方米 states; an organisation after 单位： is none."""
    found: list[str] = []
    for cell in cells:
        for said in _STATED.findall(cell) if isinstance(cell, str) else ():
            found += [part for part in _BETWEEN.split(said) if is_scale(part) or unit_of(part, known=known)]
    return tuple(found)


def units_row(cells: Sequence[RawCell], header: Header, known: frozenset[str]) -> Mapping[int, str] | None:
    """Column → unit when the row below the header holds units and nothing else."""
    said = {at: cell.strip().strip("()（）") for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    units = {at: text for at, text in said.items() if unit_of(text, known=known)}
    numeric = {column.at for column in header.columns if column.field.type in NUMERIC}
    only = all(cell is None or isinstance(cell, str) for cell in cells)
    if (
        not only
        or not numeric & set(units)
        or any(text not in _NOTHING for at, text in said.items() if at not in units)
    ):
        return None
    return units


def measures(
    columns: Sequence[Column], stated: Sequence[str], below: Mapping[int, str], place: tuple[str, int]
) -> tuple[dict[str, Measure], list[Issue]]:
    """For each numeric column its measure: a unit in its own header, below it, or stated for the sheet (where it is of
    the field's kind). ``unit_mismatch`` for one that does not convert exactly."""
    found: dict[str, Measure] = {}
    issues: list[Issue] = []
    for column in columns:
        wanted = unit_of_field(column.field)
        if column.field.type not in NUMERIC:
            continue
        own = column.unit or below.get(column.at, "")
        said = own or next((unit for unit in stated if wanted and (is_scale(unit) or same_kind(unit, wanted))), "")
        if not wanted and said in column.field.title:
            continue  # the title itself says what its numbers are
        times = _times(said, wanted)
        if times is None:
            held = f"以“{wanted}”填报" if wanted else "没有规定单位"
            message = (
                f"“{column.field.title}”{held}，表中写的单位是“{said}”，不能准确换算。请换算好、改正单位后重新报送。"
            )
            issues.append(Issue("unit_mismatch", message, *place, column_letter(column.at), column.field.name))
        elif said:
            found[column.field.name] = Measure(column.field, said, times)
    return found, issues


def _times(said: str, wanted: str) -> Decimal | None:
    """What to multiply by. A field without a unit takes a plain one as it is; 万人 and a bare 万 it cannot take."""
    if not said or wanted:
        return factor(said, wanted) if said else Decimal(1)
    unit = unit_of(said)
    return Decimal(1) if unit is not None and unit.scale == 0 and unit.kind != "share" else None


def converted(raw: RawCell, measure: Measure) -> Decimal | RawCell:
    """The number in the field's unit. Left as it is: what names a unit itself and what is no number
    (typing tells of it); ``ValueError`` when ``1.2万`` stands in a column that is in 万元 already."""
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return raw if abs(raw) >= _BEYOND else _EXACT.multiply(Decimal(format(raw, f".{_DIGITS}g")), measure.factor)
    if not isinstance(raw, str):
        return raw
    text = half_width(raw)
    plain = number_of(text)
    if plain is not None and text[-1:].isdigit():
        return _EXACT.multiply(plain, measure.factor)
    if plain is not None and unit_of(measure.unit) != unit_of(unit_of_field(measure.field)):
        raise ValueError(text)
    return raw


def amount_of(field: Field, raw: object) -> Decimal | None:
    """A cell as a number in the field's unit, for sums; ``None`` when it is none."""
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return Decimal(format(raw, f".{_DIGITS}g")) if abs(raw) < _BEYOND else None
    return number_of(half_width(raw), unit_of_field(field)) if isinstance(raw, str) else None
