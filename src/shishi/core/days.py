"""Days 日期 as people write them and spreadsheets count them, read without guessing.

2021年9月30日, 2021.9.30, 2021/9/30, 20210930, and the serial day 44469.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

_DAY = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})[日号]?|(\d{4})(\d\d)(\d\d)", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:时](\d{1,2})(?:分|:(\d{1,2}))?", re.ASCII)
_LOOSE = re.compile(r"\s*([年月./-])\s*|\s+(?=[日号])")
# A spreadsheet counts days from 1899-12-30. Only 1970 to 2099 is taken for a count: before that, five digits
# may as well be a year and a month that lost their separator (20219), and nothing here is guessed.
_EPOCH = date(1899, 12, 30)
_FIRST, _LAST = 25_569, 73_050
SECOND_EPOCH = 1_462
"""Days between the two epochs of spreadsheets, 1900 and 1904."""


def day_of_text(text: str) -> date | None:
    """The day that a half-width text names, a clock time after it left out; ``None`` when it names none."""
    day, _, rest = tight(text).partition(" ")
    if rest.strip() and not _CLOCK.fullmatch(rest.strip()):
        return None
    return _day(day)


def tight(text: str) -> str:
    """The text without stray spaces around the separators of its day; ``T`` as the space that it stands for."""
    return _LOOSE.sub(r"\1", text.replace("T", " ")) if " " in text or "T" in text or "\n" in text else text


def _day(text: str) -> date | None:
    if not (match := _DAY.fullmatch(text)):
        return day_of_serial(Decimal(text)) if len(text) == 5 and text.isascii() and text.isdigit() else None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def day_of_serial(serial: Decimal) -> date | None:
    """The day that a spreadsheet's count (1900 epoch) stands for; ``None`` outside of 1970 to 2099."""
    return _EPOCH + timedelta(days=int(serial)) if _FIRST <= serial < _LAST + 1 else None


def moment_of_serial(serial: Decimal) -> datetime | None:
    """The moment, to the second, of a count with a fraction of a day."""
    day = day_of_serial(serial)
    seconds = round((serial - int(serial)) * 86_400)
    return None if day is None else datetime.combine(day, time()) + timedelta(seconds=seconds)


def moment_of_text(text: str) -> datetime:
    """The moment that a half-width text names, naive unless it names a zone; ``ValueError`` when it names none."""
    day, _, clock = tight(text).partition(" ")
    found, match = _day(day), _CLOCK.fullmatch(clock.strip())
    if found is None or match is None:
        return datetime.fromisoformat(text)
    hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime.combine(found, time(hour, minute, second))
