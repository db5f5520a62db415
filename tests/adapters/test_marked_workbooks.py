"""Whatever a clerk sends, what comes back is a workbook of the same content with the faults in their cells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.core.errors import Issue
from tests.adapters.units_table import TABLE, typed
from tests.zoo.formats import ods, text, xls
from tests.zoo.specimen import CELLS, HEADER, Make

PLAIN = [["=总表"], HEADER, *CELLS]


@pytest.mark.parametrize(
    ("make", "name", "sheet"),
    [
        (text(PLAIN, "gb18030"), "六月[终].csv", "六月[终]"),
        (xls(PLAIN), "旧版.xls", "数据"),
        (ods(PLAIN), "表格.ods", "数据"),
    ],
    ids=["csv", "xls", "ods"],
)
def test_a_file_that_carries_no_marks_comes_back_as_a_marked_workbook(
    make: Make, name: str, sheet: str, tmp_path: Path
) -> None:
    source, marked = tmp_path / name, tmp_path / "退回.xlsx"
    make(source)
    mark_workbook(source, [Issue("required", "请补上。", sheet, 4, "B")], marked)
    book = openpyxl.load_workbook(marked)
    assert book.sheetnames[0] == "错误清单"
    returned = book.worksheets[1]
    assert returned["B4"].fill.fgColor.rgb == "FFFFC7CE"
    assert "请补上" in returned["B4"].comment.text
    assert (returned["A1"].value, returned["A1"].data_type) == ("=总表", "s")
    first, again = read_workbook(source, TABLE), read_workbook(marked, TABLE)
    assert [typed(dict(row.cells)) for row in again.rows] == [typed(dict(row.cells)) for row in first.rows]
    assert len(first.rows) == len(CELLS)
