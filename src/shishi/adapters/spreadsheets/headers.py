"""Finding the header of a sheet: whichever of the first rows names most fields, in any
order, by title, name or synonym."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shishi.adapters.spreadsheets.base import EXPLANATION_TITLE, NUMBER_TITLE, RawCell, column_letter
from shishi.core.errors import Issue, Refused
from shishi.core.tables import Field, Table

HEADER_WITHIN = 20
_MARKS = re.compile(r"[*＊※:：\s\u200b\ufeff]")
_ASIDE = re.compile(r"\(.*?\)")
_EXPLANATIONS = {EXPLANATION_TITLE, "核实情况说明", "核实情况"}
_OWN_COLUMNS = {NUMBER_TITLE, "编号", "行号"}


@dataclass(frozen=True, slots=True)
class Header:
    """``row`` is 1-based; ``columns`` gives the index of each field found; ``unknown`` the titles of no field."""

    row: int
    columns: Mapping[str, int]
    explanation: int | None
    unknown: tuple[str, ...]


def condensed(text: object) -> str:
    """A header text without marks, breaks and width: what two spellings of one title share."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", str(text))).casefold()


def _without_aside(text: str) -> str:
    return _ASIDE.sub("", text)


def find_header(table: Table, rows: Sequence[tuple[int, Sequence[RawCell]]]) -> tuple[int, Sequence[RawCell]] | None:
    """The row, among those given, that names most fields; ``None`` when none names two of them (or the only one)."""
    names = {name for field in table.fields for name in _spellings(field)}

    def hits(cells: Sequence[RawCell]) -> int:
        texts = {condensed(cell) for cell in cells if isinstance(cell, str)}
        return len(names & (texts | {_without_aside(text) for text in texts}))

    best = max(((hits(cells), -number) for number, cells in rows if number <= HEADER_WITHIN), default=(0, 0))
    if best[0] < min(2, len(table.fields)):
        return None
    return next((number, cells) for number, cells in rows if number == -best[1])


def _spellings(field: Field) -> set[str]:
    return {condensed(text) for text in (field.title, field.name, *field.synonyms)}


def read_header(table: Table, sheet: str, row: int, cells: Sequence[RawCell]) -> Header:
    """Which column holds which field. ``Refused`` column_twice or column_missing
    (fields of the key and required ones)."""
    texts = {at: condensed(cell) for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    columns: dict[str, int] = {}
    issues: list[Issue] = []
    taken: set[int] = set()
    for shorten in (str, _without_aside):
        for field in table.fields:
            if field.name in columns:
                continue
            found = [at for at, text in texts.items() if at not in taken and shorten(text) in _spellings(field)]
            if len(found) > 1:
                letters = "、".join(column_letter(at) for at in found)
                message = f"“{field.title}”在表头中出现了 {len(found)} 次（{letters} 列），请只留一列。"
                issues.append(Issue("column_twice", message, sheet, row, column_letter(found[1]), field.name))
            if found:
                columns[field.name] = found[0]
                taken.update(found)
    for field in table.fields:
        if field.name not in columns and (field.required or field.name in table.key):
            message = f"缺少必填栏目“{field.title}”，请补上这一列，或改用系统下载的模板。"
            issues.append(Issue("column_missing", message, sheet, row, "", field.name))
    if issues:
        raise Refused(issues[0].code, issues[0].message, issues)
    explanation = next((at for at, text in texts.items() if text in _EXPLANATIONS and at not in taken), None)
    known = taken | {at for at, text in texts.items() if at == explanation or text in _OWN_COLUMNS}
    unknown = tuple(f"{column_letter(at)} 列“{str(cells[at]).strip()}”" for at in texts if at not in known)
    return Header(row, dict(sorted(columns.items(), key=lambda found: found[1])), explanation, unknown)
