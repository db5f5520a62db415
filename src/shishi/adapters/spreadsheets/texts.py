"""Text tables: ``.csv`` in the encodings that Chinese offices use, told apart by their bytes."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.S)
_MARKUP = re.compile(r"\s*<(?:!doctype|html|table|\?xml|meta|head|style)", re.I)
DELIMITERS = ",\t;，"
LONGEST_CELL = 2**20
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded text table."""

    content: str
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[list[str]]:
        """Its records, empty ones too; ``csv.Error`` when a cell is endless. ``="0012"`` is read as 0012."""
        csv.field_size_limit(LONGEST_CELL)
        for record in csv.reader(StringIO(self.content, newline=""), delimiter=self.delimiter):
            yield [match.group(1) if (match := _EXCEL_TEXT.fullmatch(cell)) else cell for cell in record]


def decode(content: bytes) -> tuple[str, str] | None:
    """The text and its encoding; ``None`` when the bytes are no text."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return _decoded(content, encoding)
    return _decoded(content, "utf-8") or _decoded(content, "gb18030")


def _decoded(content: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text[:100_000]) else (text, encoding.upper())


def is_markup(text: str) -> bool:
    """A web page or an XML document."""
    return _MARKUP.match(text[:1000]) is not None


def table_of(text: str, encoding: str) -> Text | None:
    """The text as a table; ``None`` when its first lines are not divided evenly: at least a third of them, and half of
    those into as many columns."""
    lines = [line for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]
    best = max(DELIMITERS, key=lambda sign: sum(sign in line for line in lines))
    wide = [line.count(best) for line in lines if best in line]
    even = max(Counter(wide).values(), default=0)
    return Text(text, encoding, best) if wide and 3 * len(wide) >= len(lines) and 2 * even >= len(wide) else None
