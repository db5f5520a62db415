"""Words of the grid: addresses that ask something else, filters and sums as people
read them, columns for the script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from shishi.apps.ledger.listing import ListedGroup
from shishi.apps.ledger.showing import ShownValue
from shishi.core.listing import Filter
from shishi.core.tables import Field, FieldType, Table
from shishi.core.values import shown
from shishi.web.office.ledger import Column, Line
from shishi.web.office.ledger_query import LedgerQuery

register = template.Library()

_WORDS = {"=": "是", "!=": "不是", ">=": "≥", "<=": "≤", "~": "含", "@": "尾号"}


@register.simple_tag
def ledger_address(query: LedgerQuery, fresh: object = None, **changes: object) -> str:
    """The query string with some answers changed; ``fresh``: a saved view and nothing else."""
    return f"?view={fresh}" if fresh is not None else query.address(**changes)


@register.simple_tag
def ledger_narrowed(query: LedgerQuery, name: str, value: str) -> str:
    """The query string of those rows that have one value of a field."""
    return query.narrowed(name, value)


@register.filter
def ledger_filter(item: Filter, table: Table) -> str:
    """A filter in words."""
    field = table.by_name[item.field]
    titles = {choice.value: choice.title for choice in field.values}
    told = "、".join(titles.get(text, text) for text in item.text.split("|"))
    if not told:
        return f"{field.title} {'为空' if item.sign == '=' else '不为空'}"
    return f"{field.title} {_WORDS[item.sign]} {told}"


@register.filter
def ledger_title(name: str, table: Table) -> str:
    """The title of a field."""
    return table.by_name[name].title


@register.filter
def ledger_sum(total: Decimal | str, name: str) -> str:
    """An exact sum with its thousands set apart."""
    return format(total, ",f") if isinstance(total, Decimal) else total


@register.filter
def ledger_total(sums: Mapping[str, Decimal | None], field: Field) -> str:
    """The sum of a column, if it has one."""
    total = sums.get(field.name)
    return "" if total is None else shown(Field(field.name, field.title, FieldType.MONEY), total)


@register.filter
def ledger_columns(columns: Iterable[Column]) -> list[dict[str, object]]:
    """What the script needs to know of each column."""
    return [
        {
            "name": column.field.name,
            "title": column.field.title,
            "type": column.field.type.value,
            "locked": column.locked,
            "sensitive": column.field.sensitive,
            "values": [[choice.value, choice.title] for choice in column.field.values],
        }
        for column in columns
    ]


@register.filter
def get_cell(cells: Mapping[str, ShownValue], name: str) -> ShownValue:
    """The cell of a field; an empty one where there is none."""
    return cells.get(name, ShownValue())


@register.simple_tag
def ledger_body(rows: Iterable[Line], table: Table, edits: bool) -> SafeString:
    """The rows of the grid. Written here and not in a template: a page has thousands of cells."""
    return SafeString("".join(part for line in rows for part in _line(line, table, edits=edits)))


def _line(line: Line, table: Table, *, edits: bool) -> Iterator[str]:
    if line.head:
        yield _head(line.head, table, len(line.cells) + 1)
    row = line.row
    told = escape(gettext("%s 的详情") % row.key)
    yield f'<tr data-entry="{row.entry}" data-sequence="{row.sequence}"'
    yield " data-editable>" if edits and row.editable else ">"
    yield f'<td class="open"><a href="{reverse("office:row", args=[row.entry])}" aria-label="{told}">›</a></td>'
    for at, cell in enumerate(line.cells):
        text, name = escape(cell.text), cell.column.field.name
        if not at:
            yield f'<th scope="row" data-f="{name}">{text}</th>'
            continue
        raw = f' data-raw="{escape(cell.raw)}"' if cell.raw != cell.text else ""
        yield f'<td data-f="{name}"{raw}{" class=n" if cell.column.number else ""}>{text}</td>'
    yield "</tr>"


def _head(group: ListedGroup, table: Table, wide: int) -> str:
    many = gettext("%s 行") % group.rows
    sums = (
        f"{table.by_name[name].title} {ledger_sum(total, name)}"
        for name, total in group.sums.items()
        if total is not None
    )
    told = "".join(f'　<span class="count">{escape(text)}</span>' for text in (many, *sums))
    return f'<tr class="group-head"><th scope="rowgroup" colspan="{wide}">{escape(group.text)}{told}</th></tr>'
