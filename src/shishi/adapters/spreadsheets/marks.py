"""Marking faults inside the child process: a colour and a comment in each cell, a first sheet that lists all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, quote_sheetname
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from shishi.adapters.spreadsheets.base import LIST_SHEET

AUTHOR = "shishi"
FILL = "FFFFC7CE"
MAX_COMMENTS = 5_000
_HEADER = (("序号", 8), ("工作表", 20), ("行", 8), ("列", 8), ("问题", 90), ("代码", 28))
_FONT = "等线"


def mark(source: Path | Workbook | None, issues: list[dict[str, Any]], target: Path) -> None:
    """Write ``target``: ``source`` with its faults marked (older marks go first); without a source the list alone."""
    book = source if isinstance(source, Workbook) else load_workbook(source, rich_text=True) if source else Workbook()
    if LIST_SHEET in book.sheetnames:
        del book[LIST_SHEET]
    for sheet in book.worksheets:
        _clear(sheet)
    faults: dict[tuple[str, int, int], list[str]] = {}
    for issue in issues:
        if issue["sheet"] in book.sheetnames and issue["row"]:
            column = column_index_from_string(issue["column"] or "A")
            faults.setdefault((issue["sheet"], issue["row"], column), []).append(issue["message"])
    for at, ((name, row, column), messages) in enumerate(faults.items()):
        cell = book[name].cell(row, column)
        if isinstance(cell, Cell):
            _mark_cell(cell, messages, commented=at < MAX_COMMENTS)
    _list(book, issues)
    if source is None:
        del book[book.sheetnames[-1]]
    book.save(target)


def _clear(sheet: Worksheet) -> None:
    """Take away the marks of an earlier return, so that what is red is wrong now."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, Cell) and cell.comment and cell.comment.author == AUTHOR:
                cell.comment = None
            if isinstance(cell, Cell) and cell.has_style and cell.fill.fgColor.rgb == FILL:
                cell.fill = PatternFill()


def _mark_cell(cell: Cell, messages: list[str], *, commented: bool) -> None:
    cell.fill = PatternFill("solid", fgColor=FILL)
    if commented:
        text = "\n".join(messages)
        cell.comment = Comment(text, AUTHOR, height=40 + 20 * (len(text) // 18 + len(messages)), width=300)


def _list(book: Workbook, issues: list[dict[str, Any]]) -> None:
    """The sheet 错误清单, first and open, each place a link to its cell."""
    sheet = book.create_sheet(LIST_SHEET, 0)
    sheet.append(
        [f"共 {len(issues)} 处需要改正或说明；点“行”可跳到单元格。改好后请把整个工作簿重新报送，本页不会被读取。"]
    )
    sheet["A1"].font = Font(name=_FONT, bold=True, size=12)
    sheet.append([title for title, _ in _HEADER])
    for column, (_, width) in enumerate(_HEADER, 1):
        sheet.column_dimensions[sheet.cell(2, column).column_letter].width = width
        sheet.cell(2, column).font = Font(name=_FONT, bold=True)
        sheet.cell(2, column).fill = PatternFill("solid", fgColor="FFE9EFF7")
    for number, issue in enumerate(issues, 1):
        row = number + 2
        values = (number, issue["sheet"], issue["row"], issue["column"], issue["message"], issue["code"])
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            centred = "center" if column in (1, 3, 4) else "left"
            cell.alignment = Alignment(horizontal=centred, vertical="top", wrap_text=column == 5)
        if issue["row"] and issue["sheet"] in book.sheetnames:
            link = sheet.cell(row, 3)
            link.hyperlink = f"#{quote_sheetname(issue['sheet'])}!{issue['column'] or 'A'}{issue['row']}"
            link.font = Font(name=_FONT, color="FF1F5FAF", underline="single")
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr = 0, PageSetupProperties(fitToPage=True)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0
