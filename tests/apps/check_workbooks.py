"""Filling in a work list as a verifier would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

HEADS = {
    "结果": "verdict",
    "不属实的原因": "reason",
    "核得的数额": "amount",
    "到现场日期": "visited_on",
    "说明": "text",
    "编号": "number",
}


def fill_in(path: Path, answers: Mapping[int, Mapping[str, object]], usual: Mapping[str, object]) -> int:
    """Fill in the workbook: ``answers`` by place of the row, ``usual`` for the others; returns how many rows."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if "编号" in [str(cell.value).strip("*＊ ") for cell in row])
    at = {HEADS[title]: cell.column for cell in header if (title := str(cell.value).strip("*＊ ")) in HEADS}
    rows = [
        row[0].row
        for row in sheet.iter_rows(min_row=header[0].row + 1)
        if isinstance(sheet.cell(row[0].row, at["number"]).value, int)
    ]
    for place, number in enumerate(rows):
        for name, value in answers.get(place, usual).items():
            sheet.cell(number, at[name]).value = value
    book.save(path)
    return len(rows)
