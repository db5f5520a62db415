"""Lists 名单: workbooks of the platform's own small tables (people, matters), read and typed row by row.

They are found under whatever header they have, like any workbook; nothing is compared with a ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shishi.adapters.spreadsheets.base import RawCell, ReadRow
from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.core.cells import CellFault, parse
from shishi.core.errors import Issue, Refused
from shishi.core.tables import Table, Value

MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row with its typed values, by the names of the fields; ``None`` where a cell is empty or there is no column."""

    read: ReadRow
    values: Mapping[str, Value]

    def text(self, name: str) -> str:
        """A text, empty for an empty cell."""
        return str(self.values[name] or "")

    def raw(self, name: str) -> RawCell:
        """What the cell held."""
        return self.read.cells.get(name, ("", None))[1]

    def issue(self, field: str, code: str, message: str) -> Issue:
        """A fault at one of its cells."""
        letter, _ = self.read.cells.get(field, ("", None))
        return Issue(code, message, self.read.sheet, self.read.row, letter, field)


@dataclass(frozen=True, slots=True)
class List:
    """A list that was read. ``issues``: every cell that cannot be read, or is empty and must not be, and what refuses
    the file; a row with such a cell is not among ``rows``. ``notes``: what was passed over, in Chinese."""

    rows: tuple[ListRow, ...]
    issues: tuple[Issue, ...]
    notes: tuple[str, ...]


def read_list(path: Path, table: Table, as_it_is: Iterable[str] = ()) -> List:
    """Read and type every row. ``as_it_is`` names fields whose cells the caller reads by itself. ``Refused``: as
    :class:`~shishi.adapters.spreadsheets.reading.Workbook`, list_too_long, list_empty."""
    found = read_workbook(path, table)
    if len(found.rows) > MOST_ROWS:
        message = f"共 {len(found.rows)} 行，一次最多 {MOST_ROWS} 行。请分几份再交。"
        raise Refused("list_too_long", message)
    if not found.rows and not found.issues:
        raise Refused("list_empty", "工作簿里没有要导入的行。请用模板填写，从“示例”行下面开始写。")
    rows, issues = [], list(found.issues)
    unread = {(item.sheet, item.row, item.field) for item in found.issues}
    passed = frozenset(as_it_is)
    for row in found.rows:
        typed, faults = _typed(row, table, passed)
        # A cell that could not be read is not called empty as well.
        issues += [item for item in faults if (item.sheet, item.row, item.field) not in unread]
        if not faults:
            rows.append(typed)
    return List(tuple(rows), tuple(issues), found.skipped)


def _typed(row: ReadRow, table: Table, passed: frozenset[str]) -> tuple[ListRow, list[Issue]]:
    values: dict[str, Value] = {}
    typed, issues = ListRow(row, values), []
    for item in table.fields:
        raw = typed.raw(item.name)
        try:
            values[item.name] = None if item.name in passed else parse(item, raw, _NOTHING)
        except CellFault as wrong:
            issues.append(typed.issue(item.name, wrong.code, wrong.message))
            continue
        empty = raw is None or not str(raw).strip() if item.name in passed else values[item.name] is None
        if item.required and empty:
            issues.append(typed.issue(item.name, "required", f"“{item.title}”没有填写。"))
    return typed, issues


class _Nothing:
    """A list refers to no ledger: a column that would is not read."""

    @property
    def day(self) -> date:
        raise LookupError("a list has no as-of day")

    def division(self, text: str) -> str:
        raise CellFault("division_unknown", f"这里不读行政区划“{text[:30]}”。")

    def entry_of(self, table: str, key: str) -> str | None:
        return None


_NOTHING = _Nothing()
