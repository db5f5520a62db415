"""Checks 审核 of typed rows: what is required, the table's own rules, and two rows of one key.

An *error* refuses the file. A *query* 核实性 passes once an explanation stands beside the row. A rule whose answer is *not
known* says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shishi.core.criteria import All, Answer, AnyOf, Compare, Criterion, Not, Through
from shishi.core.errors import Issue
from shishi.core.evaluation import LoneRow, Moments, Neighbours, evaluate, failing
from shishi.core.tables import Check, CheckKind, Table, Values
from shishi.core.values import key_text, shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in a file: ``row`` is 1-based, ``columns`` gives the letter of each field."""

    sheet: str = ""
    row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def issue(self, code: str, message: str, name: str = "") -> Issue:
        """A fault of the field ``name`` of this row."""
        return Issue(code, message, self.sheet, self.row, self.columns.get(name, ""), name)


@dataclass(frozen=True, slots=True)
class RowContext:
    """What a row is checked against. ``explanation`` is the clerk's 核实说明 beside it."""

    moments: Moments
    place: Place = Place()
    explanation: str = ""
    neighbours: Neighbours | None = None


def check_row(table: Table, values: Values, context: RowContext) -> tuple[Issue, ...]:
    """Faults of one typed row: ``required``, each error under its own code, ``query_unexplained`` for a query without
    an explanation. The key's fields are required too."""
    issues = [
        context.place.issue("required", f"“{item.title}”必填，请补上。", item.name)
        for item in table.fields
        if (item.required or item.name in table.key) and values.get(item.name) in (None, "", ())
    ]
    row = LoneRow(table, values, context.neighbours)
    for check in unmet_checks(table, row, context.moments):
        name = _first_field(failing(check.criterion, row, context.moments), table)
        if check.kind is CheckKind.ERROR:
            issues.append(context.place.issue(check.code, check.message, name))
        elif not context.explanation.strip():
            message = f"{check.message}（如情况属实，请在“核实说明”一列写明原因后重新报送。）"
            issues.append(context.place.issue("query_unexplained", message, name))
    return tuple(issues)


def unmet_checks(table: Table, row: LoneRow, moments: Moments) -> tuple[Check, ...]:
    """The checks, errors and queries alike, that the row does not meet."""
    return tuple(item for item in table.checks if evaluate(item.criterion, row, moments) is Answer.NOT_MET)


def _first_field(criteria: Iterable[Criterion], table: Table) -> str:
    """The field to mark: the first of this table that the failed criteria name."""
    for criterion in criteria:
        match criterion:
            case Compare(name, _, _) | Through(name, _, _):
                return name
            case Not(part):
                name = _first_field([part], table)
            case All(parts) | AnyOf(parts):
                name = _first_field(parts, table)
            case _:
                name = ""
        if name:
            return name
    return table.key[0] if table.key else ""


def check_sheet(table: Table, rows: Iterable[tuple[Values, Place]]) -> tuple[Issue, ...]:
    """``duplicate_key`` on the second and every later row of one key, naming the first. Rows whose key is
    incomplete are left to ``check_row``."""
    first: dict[str, Place] = {}
    issues: list[Issue] = []
    for values, place in rows:
        if any(values.get(name) in (None, "", ()) for name in table.key):
            continue
        earlier = first.setdefault(key_text(table, values), place)
        if earlier is not place:
            issues.append(duplicate(table, values, place, earlier))
    return tuple(issues)


def duplicate(table: Table, values: Values, place: Place, earlier: Place) -> Issue:
    """``duplicate_key`` at a row whose key stands at ``earlier`` already."""
    parts = (table.by_name[name] for name in table.key)
    key = "、".join(f"{item.title} {shown(item, values.get(item.name))}" for item in parts)
    sheet = f"工作表“{earlier.sheet}”" if earlier.sheet and earlier.sheet != place.sheet else ""
    message = f"与{sheet}第 {earlier.row} 行是同一条（{key}），请合并或删去一行。"
    return place.issue("duplicate_key", message, table.key[0])
