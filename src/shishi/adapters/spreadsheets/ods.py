"""A look into an OpenDocument table before any library opens it: one line there may stand for a million cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat

from shishi.adapters.spreadsheets.sheet_marks import FORMULA_OUTSIDE, FORMULA_WITHOUT_VALUE, PERCENT, SheetMarks

Content = Callable[[int, int, int, int], None]
_OUTSIDE = ("file:", "http:", "https:", "DDE(", "WEBSERVICE(")


def look(chunks: Iterable[bytes], content: Content) -> dict[str, SheetMarks]:
    """The marks by sheet name. ``content`` is told of every cell that holds something: row, column (from
    1 and 0), and for how many rows and columns it is repeated; it may refuse. ``expat.ExpatError`` when
    the XML is broken."""
    looker = _Looker(content)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = looker.start
    for chunk in chunks:
        parser.Parse(chunk)
    parser.Parse(b"", True)
    return looker.sheets


class _Looker:
    def __init__(self, content: Content) -> None:
        self.sheets: dict[str, SheetMarks] = {}
        self._content = content
        self._marks = SheetMarks()
        self._row = self._column = self._rows = self._columns = 0
        self._hidden = self._told = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        match name.rpartition(" ")[2]:
            case "table":
                self._marks = self.sheets.setdefault(given.get("name", ""), SheetMarks())
                self._row, self._rows, self._column, self._columns = 0, 1, 0, 0
            case "table-column":
                self._begin_column(given)
            case "table-row":
                self._row += self._rows if self._row else 1
                self._rows = _count(given, "number-rows-repeated")
                self._column, self._columns = 0, 0
                self._hidden = given.get("visibility") in ("collapse", "filter")
            case "table-cell" | "covered-table-cell":
                self._begin_cell(given)
            case "p":
                self._tell()

    def _begin_column(self, given: Mapping[str, str]) -> None:
        many = _count(given, "number-columns-repeated")
        if given.get("visibility") in ("collapse", "filter"):
            self._marks.hidden_columns.update(range(self._column, min(self._column + many, 16_384)))
        self._column += many

    def _begin_cell(self, given: Mapping[str, str]) -> None:
        self._column += self._columns
        self._columns = _count(given, "number-columns-repeated")
        self._told = False
        at = self._row, self._column
        if "value-type" in given:
            self._tell()
            if given["value-type"] == "percentage":
                self._marks.shown[at] = PERCENT
        if "formula" in given:
            self._marks.formulas += 1
            if any(word in given["formula"] for word in _OUTSIDE):
                self._marks.spoilt[at] = FORMULA_OUTSIDE
            elif "value-type" not in given:
                self._marks.spoilt[at] = FORMULA_WITHOUT_VALUE
        down, across = _count(given, "number-rows-spanned"), _count(given, "number-columns-spanned")
        if down * across > 1:
            self._marks.merges.append((*at, self._row + down - 1, self._column + across - 1))

    def _tell(self) -> None:
        if not self._told and self._row:
            self._told = True
            self._content(self._row, self._column, self._rows, self._columns)
            if self._hidden:
                self._marks.hidden.update(range(self._row, self._row + self._rows))


def _count(given: Mapping[str, str], name: str) -> int:
    return max(int(given.get(name, "1")), 1)
