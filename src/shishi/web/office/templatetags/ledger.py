"""Words of the grid: addresses that ask something else, filters and sums as people read them, columns for the script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django import template

from shishi.apps.ledger.showing import ShownValue
from shishi.core.listing import Filter
from shishi.core.tables import Field, FieldType, Table
from shishi.core.values import shown
from shishi.web.office.ledger import Column
from shishi.web.office.ledger_query import LedgerQuery

register = template.Library()

_WORDS = {"=": "是", "!=": "不是", ">=": "≥", "<=": "≤", "~": "含", "@": "尾号"}


@register.simple_tag
def ledger_address(query: LedgerQuery, fresh: object = None, **changes: object) -> str:
    """The query string with some answers changed; ``fresh``: a saved view and nothing else."""
    return f"?view={fresh}" if fresh is not None else query.address(**changes)


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
