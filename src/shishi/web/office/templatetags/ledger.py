"""Words of the grid: addresses that ask something else, filters and sums as people
read them, columns for the script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from uuid import UUID

from django import template
from django.urls import reverse
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

_NOBODY = UUID(int=0)
"""Stands in an address for the entry of each row: working one out takes as long as writing ten cells."""
_FEW = 40
"""Of so many values of a column, or more, one is typed and not chosen."""
_ARROWS = {
    "ascending": '<span aria-hidden="true"> ↑</span>',
    "descending": '<span aria-hidden="true"> ↓</span>',
}
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
def ledger_heads(columns: Iterable[Column]) -> SafeString:
    """The heads of the grid's columns: each leads to the rows in its order."""
    return SafeString("".join(map(_column_head, columns)))


def _column_head(column: Column) -> str:
    item, title = column.field, escape(column.field.title)
    order = f' aria-sort="{column.sorted}"' if column.sorted else ""
    number = ' class="n"' if column.number else ""
    leading = f'<a href="{escape(column.address)}">{title}</a>' if column.address else title
    unit = f'<span class="unit">{escape(item.unit)}</span>' if item.unit else ""
    arrow = _ARROWS.get(column.sorted, "")
    return f'<th scope="col" data-f="{item.name}"{order}{number}>{leading}{unit}{arrow}</th>'


@register.simple_tag
def ledger_asks(columns: Iterable[Column]) -> SafeString:
    """What is typed or chosen above each column."""
    words = _Asking(gettext("按%(title)s筛选"), gettext("全部"), escape(gettext("筛选")))
    return SafeString("".join(f"<td>{_column_ask(column, words)}</td>" for column in columns))


@dataclass(frozen=True, slots=True)
class _Asking:
    """Words around every field of the row of filters, in the language of the page."""

    by: str
    every: str
    placeholder: str


def _column_ask(column: Column, words: _Asking) -> str:
    item = column.field
    named = f'name="f.{item.name}"'
    label = f'aria-label="{escape(words.by % {"title": item.title})}"'
    if not item.values or len(item.values) >= _FEW:
        typed = escape(column.typed)
        rest = f'maxlength="200" autocomplete="off" {label} placeholder="{words.placeholder}"'
        return f'<input {named} value="{typed}" {rest}>'
    told = [f'<option value="">{escape(words.every)}</option>']
    for choice in item.values:
        chosen = " selected" if choice.value == column.typed else ""
        told.append(f'<option value="{escape(choice.value)}"{chosen}>{escape(choice.title)}</option>')
    if odd := escape(column.odd):
        told.append(f'<option value="{odd}" selected>{odd}</option>')
    return f"<select {named} {label}>{''.join(told)}</select>"


@register.simple_tag
def ledger_body(rows: Sequence[Line], columns: Sequence[Column], table: Table, edits: bool) -> SafeString:
    """The rows of the grid. Written here and not in a template: a page has thousands of cells."""
    where = reverse("office:row", args=[_NOBODY])
    details, wide = gettext("%s 的详情"), len(columns) + 1
    parts: list[str] = []
    for line in rows:
        row = line.row
        if line.head:
            parts.append(_head(line.head, table, wide))
        opened = " data-editable" if edits and row.editable else ""
        address = where.replace(str(_NOBODY), str(row.entry))
        parts.append(
            f'<tr data-entry="{row.entry}" data-sequence="{row.sequence}"{opened}><td class="open">'
            f'<a href="{address}" aria-label="{escape(details % row.key)}">›</a></td>'
        )
        parts.extend(_cells(row.cells, columns))
        parts.append("</tr>")
    return SafeString("".join(parts))


def _cells(cells: Mapping[str, ShownValue], columns: Sequence[Column]) -> Iterator[str]:
    """The first one names its row."""
    for at, column in enumerate(columns):
        name = column.field.name
        cell = cells[name]
        text = escape(cell.text)
        if not at:
            yield f'<th scope="row" data-f="{name}">{text}</th>'
            continue
        raw = "" if cell.raw == cell.text else f' data-raw="{escape(cell.raw)}"'
        yield f'<td data-f="{name}"{raw}{" class=n" if column.number else ""}>{text}</td>'


def _head(group: ListedGroup, table: Table, wide: int) -> str:
    many = gettext("%s 行") % group.rows
    sums = (
        f"{table.by_name[name].title} {ledger_sum(total, name)}"
        for name, total in group.sums.items()
        if total is not None
    )
    told = "".join(f'　<span class="count">{escape(text)}</span>' for text in (many, *sums))
    return f'<tr class="group-head"><th scope="rowgroup" colspan="{wide}">{escape(group.text)}{told}</th></tr>'
