"""Writing values into cells: numbers as numbers while a spreadsheet holds them exactly,
all else as text, never a formula."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from shishi.core.calendars import SHANGHAI
from shishi.core.tables import Field, FieldType, Value
from shishi.core.values import scale_of, shown

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

INK, PALE, BLUE, RED, GREY = "#1F2A37", "#E9EFF7", "#1F5FAF", "#C0392B", "#7A8490"
FONT = "等线"
LAST_ROW = 1_048_575
_EXACT_DIGITS = 15
_FIRST_DAY = date(1901, 1, 1)

WORKBOOK_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_format_properties": {"font_name": FONT, "font_size": 11, "font_color": INK},
}


def number_format(field: Field) -> str:
    """The cell format that keeps what is typed: text wherever a leading zero, a long
    number or ``3-1`` could be spoilt."""
    match field.type:
        case FieldType.INTEGER:
            return "0"
        case FieldType.DECIMAL:
            return "0." + "0" * field.scale if field.scale else "0"
        case FieldType.MONEY:
            return "#,##0." + "0" * scale_of(field)
        case FieldType.DATE:
            return "yyyy-mm-dd"
        case FieldType.DAY_TIME:
            return "yyyy-mm-dd hh:mm:ss"
        case _:
            return "@"


def is_number(field: Field) -> bool:
    """Whether cells of the field stand at the right."""
    return field.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


def write_value(sheet: Worksheet, place: tuple[int, int], field: Field, value: Value, form: Format) -> None:
    """One cell at ``place`` (row, column from 0), unmasked."""
    row, column = place
    if value is None:
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and _is_exact(value):
        # A file holds a double; up to 15 digits it stands for exactly one decimal, which is read back as it was.
        sheet.write_number(row, column, value, form)
    elif isinstance(value, datetime) and value.year >= _FIRST_DAY.year:
        sheet.write_datetime(row, column, value.astimezone(SHANGHAI).replace(tzinfo=None), form)
    elif isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_DAY:
        sheet.write_datetime(row, column, value, form)
    else:
        sheet.write_string(row, column, shown(field, value, masked=False), form)


def _is_exact(value: int | Decimal) -> bool:
    return len(Decimal(value).normalize().as_tuple().digits) <= _EXACT_DIGITS and abs(value) < 10**_EXACT_DIGITS


def text_width(text: str) -> int:
    """Columns that a text takes; a Chinese character takes two."""
    return max(
        (sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in line) for line in text.split("\n")), default=0
    )


def sheet_name(title: str) -> str:
    """A title as a sheet may be called: at most 31 characters, none that Excel forbids."""
    kept = "".join(sign for sign in title if sign not in "[]:*?/\\'")
    return kept[:31] or "数据"


def for_print(sheet: Worksheet, header: int) -> None:
    """A4 across, as wide as one page, the header (0-based row) on every page, numbered."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.set_footer("&R&9第 &P 页，共 &N 页")
