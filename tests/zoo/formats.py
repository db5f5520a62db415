"""Formats: each by its content, whatever its name says."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import xlwt

from tests.zoo.shapes import COUNTED, COUNTS, PLAIN
from tests.zoo.specimen import CELLS, HEADER, ROWS, Make, Specimen, book

Cells = Sequence[Sequence[object]]
_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/></manifest:manifest>'
)


def text(cells: Cells, encoding: str, delimiter: str = ",") -> Make:
    """A text table."""

    def make(path: Path) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter).writerows(
            ["" if cell is None else cell for cell in line] for line in cells
        )
        path.write_bytes(out.getvalue().encode(encoding))

    return make


def xls(cells: Cells) -> Make:
    """An old binary workbook."""

    def make(path: Path) -> None:
        made = xlwt.Workbook()
        sheet = made.add_sheet("数据")
        for number, line in enumerate(cells):
            for at, cell in enumerate(line):
                if cell is not None:
                    sheet.write(number, at, cell)
        made.save(str(path))

    return make


def ods_of(body: str) -> Make:
    """An OpenDocument table from its rows in XML."""
    return ods_sheets([("数据", body)])


def ods_sheets(sheets: Sequence[tuple[str, str]]) -> Make:
    """An OpenDocument workbook from the names of its sheets and their rows in XML."""
    tables = "".join(f'<table:table table:name="{escape(name)}">{body}</table:table>' for name, body in sheets)

    def make(path: Path) -> None:
        content = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<office:document-content {_NAMES} office:version="1.2"><office:body>'
            f"<office:spreadsheet>{tables}</office:spreadsheet>"
            "</office:body></office:document-content>"
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", ODS_TYPE, zipfile.ZIP_STORED)
            archive.writestr("META-INF/manifest.xml", _MANIFEST)
            archive.writestr("content.xml", content)

    return make


def ods(cells: Cells) -> Make:
    """An OpenDocument table of one sheet."""
    return ods_of(ods_rows(cells))


def ods_rows(cells: Cells, spans: Mapping[tuple[int, int], tuple[int, int]] | None = None) -> str:
    """Rows in XML; ``spans``: (row, column), from 0 → how many rows and columns a merged cell takes."""
    told, covered = [], set()
    for (row, column), (down, across) in (spans or {}).items():
        covered |= {(row + below, column + aside) for below in range(down) for aside in range(across)}
        covered.discard((row, column))
    for row, line in enumerate(cells):
        said = (
            "<table:covered-table-cell/>"
            if (row, column) in covered
            else _ods_cell(cell, (spans or {}).get((row, column), (1, 1)))
            for column, cell in enumerate(line)
        )
        told.append(f"<table:table-row>{''.join(said) or '<table:table-cell/>'}</table:table-row>")
    return "".join(told)


def ods_row(cells: Sequence[object], attributes: str = "") -> str:
    """One row in XML; a text that begins with ``<`` is a cell as it stands."""
    return f"<table:table-row {attributes}>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(cell: object, span: tuple[int, int] = (1, 1)) -> str:
    down, across = span
    spanned = f' table:number-rows-spanned="{down}" table:number-columns-spanned="{across}"' if span != (1, 1) else ""
    if cell is None:
        return f"<table:table-cell{spanned}/>"
    if isinstance(cell, str) and cell.startswith("<"):
        return cell
    told = f"<text:p>{escape(str(cell))}</text:p>"
    if isinstance(cell, int | float | Decimal):
        return f'<table:table-cell{spanned} office:value-type="float" office:value="{cell}">{told}</table:table-cell>'
    return f'<table:table-cell{spanned} office:value-type="string">{told}</table:table-cell>'


def _ods(cells: Cells, hidden: int = -1) -> Make:
    rows = [ods_row(line, 'table:visibility="collapse"' if at == hidden else "") for at, line in enumerate(cells)]
    return ods_of("".join(rows))


def content(data: bytes) -> Make:
    """A file of these bytes."""
    return lambda path: (path.write_bytes(data), None)[1]


_PERCENT = '<table:table-cell office:value-type="percentage" office:value="0.5"/>'
_OUTSIDE = (
    "<table:table-cell table:formula=\"of:='file:///tmp/a.ods'#$Sheet1.A1\" "
    'office:value-type="float" office:value="1"/>'
)

FORMATS = [
    Specimen("csv-UTF8", text(PLAIN, "utf-8"), ROWS, suffix=".csv"),
    Specimen("csv-UTF8带BOM", text(PLAIN, "utf-8-sig"), ROWS, suffix=".csv"),
    Specimen("csv-GB18030", text(PLAIN, "gb18030"), ROWS, suffix=".csv", told=["GB18030"]),
    Specimen("csv-UTF16制表符", text(PLAIN, "utf-16", "\t"), ROWS, suffix=".txt", told=["UTF-16"]),
    Specimen("csv-分号", text(PLAIN, "utf-8", ";"), ROWS, suffix=".csv"),
    Specimen("csv-名叫xls", text(PLAIN, "gb18030"), ROWS, suffix=".xls"),
    Specimen("csv-长号码留住零", text([HEADER, [CELLS[0][0], '="0101"', *CELLS[0][2:]], *CELLS[1:]], "utf-8"),
             ROWS, suffix=".csv"),
    Specimen("csv-带标题单位合计", text([["难办证台账"], ["单位：元"], *PLAIN, ["合计", "", "", "", "249.62"]], "gb18030"),
             ROWS, suffix=".csv"),
    Specimen("xls-旧版", xls(PLAIN), ROWS, suffix=".xls", told=["旧版"]),
    Specimen("xls-名叫xlsx", xls(PLAIN), ROWS),
    Specimen("ods-规整", _ods(PLAIN), ROWS, suffix=".ods"),
    Specimen("ods-隐藏的行", _ods(PLAIN, hidden=2), ROWS, suffix=".ods"),
    Specimen("ods-名叫xlsx", _ods(PLAIN), ROWS),
    Specimen("xlsx-名叫csv", book(PLAIN), ROWS, suffix=".csv"),
    Specimen("ods-公式取自别的文件", ods_of(ods_row(HEADER) + ods_row([*CELLS[0][:4], _OUTSIDE, *CELLS[0][5:]])),
             refused=[("数据!E2", "formula_outside")], suffix=".ods"),
    Specimen("ods-百分数写进面积", ods_of(ods_row(HEADER) + ods_row([*CELLS[0][:4], _PERCENT, *CELLS[0][5:]])),
             refused=[("数据!E2", "not_a_number")], suffix=".ods"),
    Specimen("csv-两层表头", text(
        [["项目名称", "室号", "县市区", "办证阶段", "已办证", "", "应办证", ""], ["", "", "", "", "套数", "备注", "套数", "备注"],
         *[[*line[:4], 3, "", 5, ""] for line in CELLS]], "gb18030"), COUNTED, suffix=".csv", table=COUNTS),
    Specimen("名叫xlsx的PDF", content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
             refused=[("", "workbook_unreadable")], told=["PDF"]),
    Specimen("名叫xls的网页", content("<html><table><tr><td>项目名称</td></tr></table></html>".encode()),
             refused=[("", "workbook_unreadable")], told=["网页"], suffix=".xls"),
    Specimen("名叫xlsx的图片", content(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), refused=[("", "workbook_unreadable")]),
    Specimen("空文件", content(b""), refused=[("", "workbook_unreadable")], told=["空"]),
    Specimen("一段话", content("今天没有数据".encode()), refused=[("", "workbook_unreadable")]),
]  # fmt: skip
