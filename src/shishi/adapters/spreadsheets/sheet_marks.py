"""What the reading library does not tell of a sheet, noted while its XML passes by: hidden rows and columns, errors,
formulas, and how a number is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shishi.adapters.spreadsheets.base import column_index

FORMULA_OUTSIDE = "formula_outside"
FORMULA_WITHOUT_VALUE = "formula_without_value"
PERCENT = 0
_BUILT_IN_PERCENT = {9, 10}
_PLACE = re.compile(rb"\br=[\"']([A-Z]+)(\d+)[\"']")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\s(?=[^>]*\shidden=[\"'](?:1|true)[\"'])[^>]*?\br=[\"'](\d+)[\"']")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s(?=[^>]*\shidden=[\"'](?:1|true)[\"'])([^>]*)>")
_SPAN = re.compile(rb"\b(min|max)=[\"'](\d+)[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\st=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]+)(\d+)[\"'][^>]*>.{0,2000}?v>(#[^<]{1,16})<", re.S
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b([^>]*?)(?:/>|>([^<]*)</(?:\w+:)?f>)(.*?)</(?:\w+:)?c>", re.S
)
_SHARED = re.compile(rb"\bsi=[\"'](\d+)[\"']")
_TEXT_OR_ERROR = re.compile(rb"\bt=[\"'](?:str|e)[\"']")
_VALUE = re.compile(rb"v>[^<]+<")
_QUOTED = re.compile(rb'"[^"]*"|&quot;.*?&quot;')
_OUTSIDE = re.compile(
    rb"\[[^\[\]]*\][\w.\x80-\xff]*!"  # [1]Sheet1!A1, [book.xlsx]Sheet1!A1, [1]!Name
    rb"|(?:'|&apos;)[^'!&]*\[[^\]]+\][^'&]*(?:'|&apos;)!"  # 'C:\[book.xlsx]Sheet 1'!A1
    rb"|\|\s*(?:'|&apos;)"  # program|'topic'!item
    rb"|\b(?:WEBSERVICE|RTD|DDE|CALL|REGISTER\.ID|SQL\.REQUEST|IMAGE)\s*\("
)
_CUSTOM = re.compile(rb"<(?:\w+:)?numFmt\s(?=[^>]*numFmtId=[\"'](\d+)[\"'])(?=[^>]*formatCode=[\"']([^\"']*)[\"'])")
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.S)
_FORMAT = re.compile(rb"<(?:\w+:)?xf\s[^>]*?numFmtId=[\"'](\d+)[\"']")
_ZEROS = re.compile(rb"0{2,40}")


@dataclass(slots=True)
class SheetMarks:
    """Rows and columns count from 1 and 0. ``errors``: what a cell shows; ``spoilt``: the code of a formula that cannot
    be read; ``shown``: ``PERCENT`` or the width to which a number is padded with zeros; ``merges``: top, left, bottom,
    right (only where the library tells none)."""

    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    spoilt: dict[tuple[int, int], str] = field(default_factory=dict)
    shown: dict[tuple[int, int], int] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    shared: dict[bytes, bool] = field(default_factory=dict)
    formulas: int = 0


def number_formats(styles: bytes) -> Mapping[bytes, int]:
    """Cell format → ``PERCENT`` or its width in zeros, for the formats that show a number as another one."""
    kinds = dict.fromkeys(_BUILT_IN_PERCENT, PERCENT)
    for number, code in _CUSTOM.findall(styles):
        plain = _QUOTED.sub(b"", code)
        if b"%" in plain:
            kinds[int(number)] = PERCENT
        elif _ZEROS.fullmatch(plain):
            kinds[int(number)] = len(plain)
    formats = _CELL_FORMATS.search(styles)
    used = enumerate(_FORMAT.findall(formats.group())) if formats else ()
    return {str(at).encode(): kinds[int(number)] for at, number in used if int(number) in kinds}


def cells_shown_otherwise(formats: Mapping[bytes, int]) -> re.Pattern[bytes] | None:
    """Finds the number cells of those formats: format, column, row."""
    if not formats:
        return None
    styles = b"|".join(formats)
    return re.compile(
        rb"<(?:\w+:)?c\s(?![^>]*\st=)(?=[^>]*\bs=[\"'](" + styles + rb")[\"'])[^>]*?"
        rb"\br=[\"']([A-Z]+)(\d+)[\"'][^/>]*>"
    )


def note(buffer: bytes, fresh: int, marks: SheetMarks) -> None:
    """Note what a piece of a sheet's XML says; what ends before ``fresh`` has been seen before."""
    # The rare single signs come first: they are looked for ten times as fast as words.
    if b"h" in buffer and b"hidden=" in buffer:
        marks.hidden.update(int(row) for row in _HIDDEN.findall(buffer))
        for found in _HIDDEN_COLUMNS.findall(buffer):
            span = {name: int(number) for name, number in _SPAN.findall(found)}
            first, last = span.get(b"min", 1), span.get(b"max", 0)
            marks.hidden_columns.update(range(first - 1, min(last, 16_384)))
    if b"e" in buffer and (b't="e"' in buffer or b"t='e'" in buffer):
        for column, row, text in _ERROR.findall(buffer):
            marks.errors[int(row), column_index(column.decode())] = text.decode("utf-8", "replace")
    if b"f" in buffer and (b"<f" in buffer or b":f" in buffer):
        _note_formulas(buffer, fresh, marks)


def note_shown(
    buffer: bytes, pattern: re.Pattern[bytes] | None, formats: Mapping[bytes, int], marks: SheetMarks
) -> None:
    """Note the numbers that are shown as a percentage or with leading zeros."""
    if pattern is not None:
        for style, column, row in pattern.findall(buffer):
            marks.shown[int(row), column_index(column.decode())] = formats[style]


def _note_formulas(buffer: bytes, fresh: int, marks: SheetMarks) -> None:
    for match in _FORMULA.finditer(buffer):
        cell, formula, text, rest = match.groups()
        marks.formulas += match.end() > fresh
        outside = bool(text) and _OUTSIDE.search(_QUOTED.sub(b"", text)) is not None
        shared = _SHARED.search(formula)
        if shared:
            outside = marks.shared.setdefault(shared.group(1), outside)
        place = _PLACE.search(cell)
        if place is None:
            continue
        at = int(place.group(2)), column_index(place.group(1).decode())
        if outside:
            marks.spoilt[at] = FORMULA_OUTSIDE
        elif not _VALUE.search(rest) and not _TEXT_OR_ERROR.search(cell):
            marks.spoilt[at] = FORMULA_WITHOUT_VALUE
