"""Cells 单元格: from what a clerk typed or a spreadsheet stored to what the field means, without losing a digit.

What cannot be read exactly is refused with a way out; nothing is rounded, guessed or corrected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Protocol

from shishi.core import identifiers
from shishi.core.calendars import SHANGHAI
from shishi.core.days import day_of_serial, day_of_text, moment_of_serial, moment_of_text
from shishi.core.service_items import FORMATS
from shishi.core.tables import Field, FieldType, Point, Value
from shishi.core.units import number_of

Raw = str | int | float | bool | date | datetime | time | Decimal | None

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_INVISIBLE = dict.fromkeys((*range(9), *range(11, 32), 127, 0x200B, 0xFEFF)) | {0x2028: 0x0A}
_BLANK = "".join(map(chr, (*range(33), 127, 0xA0, 0x200B, 0x2028, 0x3000, 0xFEFF)))
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+\d{2,3}", re.ASCII)
_CODE_AND_NAME = re.compile(r"(\d{6}|\d{9}|\d{12})\s+\D.*", re.ASCII)
_POINT = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,15})?)\s*[,;\s]\s*([+-]?\d{1,2}(?:\.\d{1,15})?)", re.ASCII)
_SEPARATORS = re.compile(r"[、，,;；|｜\n]")
_FORMULA_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
_YES, _NO = {"是", "true", "1", "yes", "y"}, {"否", "false", "0", "no", "n"}
_NUMBERS = (int, float, Decimal)
_EXCEL_DIGITS, _EXCEL_EXACT, _MAX_DIGITS = 15, 10**15, 38
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(_MAX_DIGITS))
_WIDE = Context(prec=2 * _MAX_DIGITS)


class CellFault(Exception):
    """A cell that cannot be read: a stable ``code`` and a Chinese ``message`` with the way out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Lookups(Protocol):
    """What typing a cell needs to know of the world, as of the batch's day."""

    @property
    def day(self) -> date:
        """The batch's as-of day."""

    def division(self, text: str) -> str:
        """The official code to keep for a code or a name; ``CellFault`` division_unknown or division_ambiguous."""

    def entry_of(self, table: str, key: str) -> str | None:
        """The UUID text of the row of ``table`` (full name) with that key; ``None`` when there is none."""


def scale_of(field: Field) -> int:
    """Decimals that a field keeps; money is yuan and fen, always 2."""
    return 2 if field.type is FieldType.MONEY else field.scale


def half_width(text: str) -> str:
    """Full-width letters, digits and spaces as half-width; ends and invisible characters trimmed."""
    plain = text.isascii() and text.isprintable()
    return (text if plain else text.translate(_INVISIBLE).translate(_HALF_WIDTH)).strip()


def parse(field: Field, raw: Raw, lookups: Lookups) -> Value:
    """The typed value of a cell, ``None`` when empty; ``CellFault`` when it cannot be read or is beyond the limits."""
    if raw is None or (isinstance(raw, str) and not raw.strip(_BLANK)):
        return None
    if raw in _FORMULA_ERRORS:
        raise CellFault("formula_error", f"“{field.title}”的公式出错（{raw}），请改为填写结果。")
    value = _PARSERS[field.type](field, raw, lookups)
    _hold_limits(field, value)
    return value


def _hold_limits(field: Field, value: Value) -> None:
    if isinstance(value, str) and len(value) > field.max_length:
        raise CellFault("too_long", f"“{field.title}”最多 {field.max_length} 个字，现有 {len(value)} 个字，请精简。")
    if field.format and isinstance(value, str) and (wrong := FORMATS[field.format](value)):
        raise CellFault(f"{field.format}_malformed", wrong)
    if field.minimum is None and field.maximum is None:
        return
    for limit, below in ((field.minimum, True), (field.maximum, False)):
        if limit is not None and _beyond(value, limit, below):
            more = {True: "早小", False: "晚大"}[below][not isinstance(limit, date)]
            code = "below_minimum" if below else "above_maximum"
            raise CellFault(code, f"“{field.title}”不能比 {limit} 更{more}，请核对后改正。")


def _beyond(value: Value, limit: Decimal | date, below: bool) -> bool:
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and isinstance(limit, Decimal):
        return value < limit if below else value > limit
    if isinstance(value, date) and isinstance(limit, date):
        return value < limit if below else value > limit
    return False


def _plain(field: Field, raw: Raw) -> str:
    """The text that a person sees in the cell, half-width. A number that Excel had to round is refused, a date that was
    meant as text too (``3-1`` turns into 1 March): what was typed is lost."""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, date | time):
        message = f"“{field.title}”被表格软件当成了日期，请把这一列设为文本格式，再重新填写原来的内容。"
        raise CellFault("text_became_date", message)
    if isinstance(raw, _NUMBERS):
        return _number_text(_exact(field, raw))
    return half_width(raw or "")


def _exact(field: Field, raw: float | Decimal) -> Decimal:
    if not isinstance(raw, float):
        return Decimal(raw)
    if not abs(raw) < _EXCEL_EXACT:
        message = f"“{field.title}”超过 15 位，表格软件已改动末位，请把单元格设为文本格式后重新填写。"
        raise CellFault("number_rounded_by_excel", message)
    # Excel keeps and shows 15 significant digits, while the file holds the binary double behind them:
    # 0.1 + 0.2 is saved as 0.30000000000000004 and shown as 0.3. What the clerk saw is the 15-digit
    # decimal, so that is what was handed in. Minus nothing is shown as nothing.
    return Decimal(format(raw + 0.0, f".{_EXCEL_DIGITS}g"))


def _number_text(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parse_text(field: Field, raw: Raw, lookups: Lookups) -> str:
    if not isinstance(raw, str):
        return _plain(field, raw)
    _hold_digits(field, raw)
    return raw.translate(_INVISIBLE).strip()


def _hold_digits(field: Field, text: str) -> None:
    """A number that a spreadsheet wrote out as 3.41802E+17 has lost its last digits for good."""
    if "E+" in text and _SCIENTIFIC.fullmatch(half_width(text)):
        message = f"“{field.title}”的“{text.strip()[:30]}”是科学计数，后面的数字已经丢失。请把这一列设为文本格式，对照原件重新填写。"
        raise CellFault("digits_lost", message)


def unit_of_field(field: Field) -> str:
    """The unit that a number of the field is held in; money without one is yuan."""
    return field.unit or ("元" if field.type is FieldType.MONEY else "")


def _parse_number(field: Field, raw: Raw, lookups: Lookups) -> Decimal:
    if isinstance(raw, _NUMBERS) and not isinstance(raw, bool):
        return _at_scale(field, _exact(field, raw))
    text = half_width(raw) if isinstance(raw, str) else str(raw)
    _hold_digits(field, text)
    number = None if isinstance(raw, bool) else number_of(text, unit_of_field(field))
    if number is None:
        unit = f"（单位：{field.unit}）" if field.unit else ""
        raise CellFault("not_a_number", f"“{field.title}”应填数字{unit}，现为“{text[:30]}”。")
    return _at_scale(field, number)


def _at_scale(field: Field, number: Decimal) -> Decimal:
    digits = scale_of(field)
    if not number.is_finite() or number.adjusted() + digits >= _MAX_DIGITS:
        raise CellFault("number_too_large", f"“{field.title}”的数超过 {_MAX_DIGITS} 位，请核对。")
    kept = number.quantize(_UNITS[digits], context=_WIDE)
    if kept != number:
        rule = f"最多 {digits} 位小数" if digits else "应为整数"
        found = f"现为 {format(number, 'f')[:40]}；系统不替您四舍五入，请改正。"
        raise CellFault("too_many_decimals", f"“{field.title}”{rule}，{found}")
    return kept or kept.copy_abs()


def _parse_date(field: Field, raw: Raw, lookups: Lookups) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = None
    if isinstance(raw, _NUMBERS) and not isinstance(raw, bool):
        number = _exact(field, raw)
        found = day_of_serial(number) or day_of_text(_number_text(number))
    elif isinstance(raw, str):
        found = day_of_text(half_width(raw))
    if found is None:
        raise CellFault("date_malformed", f"“{field.title}”应填日期，如 2021年9月30日，现为“{str(raw)[:30]}”。")
    return found


def _parse_day_time(field: Field, raw: Raw, lookups: Lookups) -> datetime:
    """Naive moments are Shanghai's. A spreadsheet holds the time as a fraction of a day, hence the nearest second."""
    try:
        counted = moment_of_serial(Decimal(str(raw))) if isinstance(raw, float) else None
        moment = counted or (raw if isinstance(raw, datetime) else moment_of_text(half_width(str(raw))))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=SHANGHAI)
        moment = datetime.fromtimestamp(round(moment.timestamp()), UTC)
    except (ValueError, OverflowError) as error:
        message = f"“{field.title}”应填日期和时刻，如 2021-09-30 14:30，现为“{str(raw)[:30]}”。"
        raise CellFault("moment_malformed", message) from error
    return moment


def _value_of(field: Field, text: str) -> str | None:
    exact = (item.value for item in field.values if text in (item.title, item.value))
    return next(exact, None) or next((item.value for item in field.values if text == half_width(item.title)), None)


def _parse_enumeration(field: Field, raw: Raw, lookups: Lookups) -> str:
    text = _plain(field, raw)
    if (value := _value_of(field, text)) is None:
        titles = "、".join(item.title for item in field.values[:12]) + (" 等" if len(field.values) > 12 else "")
        raise CellFault("value_not_listed", f"“{field.title}”没有“{text[:30]}”这一项，可填：{titles}。")
    return value


def _parse_choices(field: Field, raw: Raw, lookups: Lookups) -> tuple[str, ...]:
    text = _plain(field, raw)
    whole = _value_of(field, text) is not None
    parts = [text] if whole else [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    if not field.values:
        return tuple(dict.fromkeys(parts))
    chosen = {_parse_enumeration(field, part, lookups) for part in parts}
    return tuple(item.value for item in field.values if item.value in chosen)


def _parse_yes_no(field: Field, raw: Raw, lookups: Lookups) -> bool:
    text = _plain(field, raw).lower()
    if text not in _YES and text not in _NO:
        raise CellFault("not_yes_no", f"“{field.title}”请填“是”或“否”，现为“{text[:30]}”。")
    return text in _YES


def _parse_point(field: Field, raw: Raw, lookups: Lookups) -> Point:
    match = _POINT.fullmatch(_plain(field, raw))
    point = Point(Decimal(match[1]), Decimal(match[2])) if match else None
    if point and abs(point.longitude) <= 180 and abs(point.latitude) <= 90:
        return point
    raise CellFault("point_malformed", f"“{field.title}”请填“经度,纬度”，如 118.75,30.94（先经度后纬度）。")


def _parse_division(field: Field, raw: Raw, lookups: Lookups) -> str:
    """A code, a name, or both as the drop-down has them (``341802 宣州区``): then the code counts."""
    text = _plain(field, raw)
    both = _CODE_AND_NAME.fullmatch(text)
    return lookups.division(both.group(1) if both else text)


def _parse_reference(field: Field, raw: Raw, lookups: Lookups) -> str:
    text = _plain(field, raw)
    entry = lookups.entry_of(field.references, text)
    if entry is None:
        raise CellFault("reference_unknown", f"“{field.title}”填的“{text[:40]}”在对应台账中没有，请先报送或改正。")
    return entry


def _identified_by(fault_of: Callable[[str, Lookups], str | None]) -> Callable[[Field, Raw, Lookups], Value]:
    def read(field: Field, raw: Raw, lookups: Lookups) -> str:
        text = identifiers.normalise_identifier(_plain(field, raw))
        if (fault := fault_of(text, lookups)) is not None:
            raise CellFault(fault, identifiers.message_of(fault))
        return text

    return read


def _parse_citizen_number(field: Field, raw: Raw, lookups: Lookups) -> Value:
    if isinstance(raw, _NUMBERS) and not -_EXCEL_EXACT < raw < _EXCEL_EXACT:
        raise CellFault(code := "citizen_number_rounded_by_excel", identifiers.message_of(code))
    return _citizen_number(field, raw, lookups)


_citizen_number = _identified_by(lambda text, lookups: identifiers.fault_of_citizen_number(text, lookups.day))

_PARSERS: Mapping[FieldType, Callable[[Field, Raw, Lookups], Value]] = {
    FieldType.TEXT: _parse_text,
    FieldType.INTEGER: lambda field, raw, lookups: int(_parse_number(field, raw, lookups)),
    FieldType.DECIMAL: _parse_number,
    FieldType.MONEY: _parse_number,
    FieldType.DATE: _parse_date,
    FieldType.ENUMERATION: _parse_enumeration,
    FieldType.DIVISION: _parse_division,
    FieldType.CITIZEN_NUMBER: _parse_citizen_number,
    FieldType.CREDIT_CODE: _identified_by(lambda text, _: identifiers.fault_of_credit_code(text)),
    FieldType.REAL_ESTATE_UNIT: _identified_by(lambda text, _: identifiers.fault_of_real_estate_unit(text)),
    FieldType.PHONE: _identified_by(lambda text, _: identifiers.fault_of_phone(text)),
    FieldType.YES_NO: _parse_yes_no,
    FieldType.DAY_TIME: _parse_day_time,
    FieldType.POINT: _parse_point,
    FieldType.FILE: _parse_text,
    FieldType.CHOICES: _parse_choices,
    FieldType.IDENTITY_DOCUMENT: _identified_by(lambda text, _: identifiers.fault_of_identity_document(text)),
    FieldType.REFERENCE: _parse_reference,
}
