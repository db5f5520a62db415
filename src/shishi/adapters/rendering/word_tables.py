"""Tables of a Word document: ruled above and below, open at the sides, the header repeated on each page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shishi.adapters.rendering import base
from shishi.adapters.rendering.word_styles import MARGINS, TEXT_WIDTH, element, in_style
from shishi.core.blocks import Align, Grid, text_of
from shishi.core.typography import text_width

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table as WordTable
    from docx.table import _Cell

THICK, MIDDLE, HAIR = "8", "6", "2"
PADDING = 80
NUMBER = re.compile(r"^([+\-−]?[0-9,]+)(.*)$", re.DOTALL)
SIDES = {Align.LEFT: "left", Align.CENTRE: "center", Align.NUMBER: "right"}


def add_grid(word: WordDocument, grid: Grid) -> None:
    """Add the table with its title, unit and note."""
    if grid.title:
        word.add_paragraph(base.one_line(grid.title), "表题")
    if grid.unit:
        word.add_paragraph(base.one_line(grid.unit), "表格单位")
    table = word.add_table(1 + len(grid.rows), len(grid.header))
    widths = _widths(grid)
    head, *body = _prepare(table, widths)
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
    _border(table, top=THICK, bottom=THICK, insideH=HAIR)
    for cell, title in zip(head, grid.header, strict=True):
        _fill(cell, title, "表头", "center", 0)
        _edge(cell, "bottom", MIDDLE)
    tabs = [_decimal_tab(grid, index, width) for index, width in enumerate(widths)]
    for place, (cells, row) in enumerate(zip(body, grid.rows, strict=True), start=1):
        total = grid.total_row and place == len(grid.rows)
        for cell, text, align, tab in zip(cells, row, grid.align, tabs, strict=True):
            _fill(cell, text_of(text), "表头" if total else "表格文字", SIDES[align], tab)
            if total:
                _edge(cell, "top", MIDDLE)
    word.add_paragraph(base.one_line(grid.note), "注")


def foot_table(word: WordDocument, rows: Sequence[tuple[str, str]], ruled: bool) -> None:
    """A table of one column that stands at the foot of the page where the document ends: (style, text) row by row.
    Rows of 版记 are ruled; its place is given from the edge of the page, which every program understands."""
    table = word.add_table(len(rows), 1)
    cells = _prepare(table, (TEXT_WIDTH,))
    anchors = {"vertAnchor": "margin", "horzAnchor": "page", "tblpYSpec": "bottom"}
    place = element(
        "w:tblpPr", leftFromText="180", rightFromText="180", tblpX=str(MARGINS["left"] + PADDING), **anchors
    )
    table._tbl.tblPr.append(place)
    for index, (style, text) in enumerate(rows):
        (cell,) = cells[index]
        line = cell.paragraphs[0]
        in_style(line, style)
        line.add_run(text)
        tabs = element("w:tabs")
        tabs.append(element("w:tab", val="right", pos=str(TEXT_WIDTH - 2 * PADDING - 280)))
        line._p.get_or_add_pPr().append(tabs)
        if ruled and style == "版记":
            first = index == 0 or rows[index - 1][0] != style
            _edge(cell, "top", THICK if first else MIDDLE)
            _edge(cell, "bottom", THICK if index + 1 == len(rows) else MIDDLE)


def _widths(grid: Grid) -> tuple[int, ...]:
    shares = grid.shares()
    return tuple(TEXT_WIDTH * share // sum(shares) for share in shares)


def _prepare(table: WordTable, widths: tuple[int, ...]) -> list[tuple[_Cell, ...]]:
    """Widths and margins; gives the cells row by row, because asking a table for one cell walks through all of them."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
    from docx.shared import Twips

    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    margins = element("w:tblCellMar")
    for side, room in (("top", 40), ("left", PADDING), ("bottom", 40), ("right", PADDING)):
        margins.append(element(f"w:{side}", w=str(room), type="dxa"))
    table._tbl.tblPr.append(margins)
    for grid_column, width in zip(table.columns, widths, strict=True):
        grid_column.width = Twips(width)
    cells = []
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        cells.append(row.cells)
        for cell, width in zip(cells[-1], widths, strict=True):
            cell.width = Twips(width)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return cells


def _decimal_tab(grid: Grid, index: int, width: int) -> int:
    """Where the decimal point of a column stands, in twips; 0 where plain right alignment says the same."""
    if grid.align[index] is not Align.NUMBER:
        return 0
    tails = {found.group(2) for text in grid.column(index) if (found := NUMBER.match(text))}
    if len({len(tail) for tail in tails}) < 2:
        return 0
    return width - 2 * PADDING - max(text_width(tail, 240) for tail in tails)


def _fill(cell: _Cell, text: str, style: str, side: str, tab: int) -> None:
    line = cell.paragraphs[0]
    in_style(line, style)
    line.add_run(base.one_line(text))
    properties = line._p.get_or_add_pPr()
    if tab and NUMBER.match(text):
        tabs = element("w:tabs")
        tabs.append(element("w:tab", val="decimal", pos=str(tab)))
        properties.append(tabs)
        side = "left"
    properties.append(element("w:jc", val=side))


def _border(table: WordTable, **sizes: str) -> None:
    borders = element("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        colour = "B9B3A6" if side == "insideH" else "000000"
        borders.append(element(f"w:{side}", val="single", sz=sizes[side], space="0", color=colour))
    table._tbl.tblPr.append(borders)


def _edge(cell: _Cell, side: str, size: str) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(element("w:tcBorders").tag)
    if borders is None:
        borders = element("w:tcBorders")
        properties.append(borders)
    borders.append(element(f"w:{side}", val="single", sz=size, space="0", color="000000"))
