"""The stamp in a template's hidden sheet: which table it was made for, and as that table was then."""

from __future__ import annotations

import json
from collections.abc import Sequence

from shishi.adapters.spreadsheets.base import StampField, TemplateStamp
from shishi.core.errors import Refused
from shishi.core.tables import Table

_PIECE = 30_000
_HEAD = "shishi-template"


def stamp_of(table: Table) -> TemplateStamp:
    """The stamp of a table as it is now."""
    fields = tuple(
        StampField(item.name, item.title, item.type.value, item.required or item.name in table.key)
        for item in table.fields
    )
    return TemplateStamp(table.name, table.title, table.version, table.key, fields)


def stamp_cells(stamp: TemplateStamp) -> list[str]:
    """The stamp as cells of one column; JSON in pieces that a cell can hold."""
    document = {
        "table": stamp.table,
        "title": stamp.title,
        "version": stamp.version,
        "key": list(stamp.key),
        "fields": [[item.name, item.title, item.type, item.required] for item in stamp.fields],
    }
    text = json.dumps(document, ensure_ascii=False)
    return [_HEAD, *(text[at : at + _PIECE] for at in range(0, len(text), _PIECE))]


def read_stamp(cells: Sequence[object]) -> TemplateStamp | None:
    """The stamp in those cells, or ``None`` when they hold none."""
    if not cells or cells[0] != _HEAD:
        return None
    try:
        document = json.loads("".join(str(cell) for cell in cells[1:]))
        fields = tuple(
            StampField(str(name), str(title), str(kind), bool(required))
            for name, title, kind, required in document["fields"]
        )
        key = tuple(map(str, document["key"]))
        return TemplateStamp(str(document["table"]), str(document["title"]), int(document["version"]), key, fields)
    except (KeyError, TypeError, ValueError):
        return None


def compare(stamp: TemplateStamp, table: Table) -> tuple[str, ...]:
    """Notes about an older template; ``Refused`` other_table or template_outdated when it must not be read."""
    if stamp.table not in (table.name, table.continues):
        message = f"这是“{stamp.title}”（{stamp.table}）的工作簿，而要报送的是“{table.title}”（{table.name}）。请选对台账后重新报送。"
        raise Refused("other_table", message)
    changes = _changes(stamp, table)
    if changes:
        message = f"模板是第 {stamp.version} 版，台账已是第 {table.version} 版：{'；'.join(changes)}。请下载新模板后重新填报。"
        raise Refused("template_outdated", message)
    if stamp.version != table.version or stamp.table != table.name:
        return (f"模板是第 {stamp.version} 版，台账已是第 {table.version} 版；关键栏目没有变化，已照常读取。",)
    return ()


def _changes(stamp: TemplateStamp, table: Table) -> list[str]:
    """What has changed so that the template no longer fits: the key, a type, what is required."""
    now, then = stamp_of(table), {item.name: item for item in stamp.fields}
    titles = {item.name: item.title for item in (*stamp.fields, *now.fields)}
    changes = []
    if stamp.key != now.key:
        old, new = ("、".join(titles.get(name, name) for name in key) for key in (stamp.key, now.key))
        changes.append(f"唯一标识由“{old}”改为“{new}”")
    for item in now.fields:
        before = then.pop(item.name, None)
        if before is None and item.required:
            changes.append(f"新增必填栏目“{item.title}”")
        elif before is not None and before.type != item.type:
            changes.append(f"“{item.title}”的类型已改变")
        elif before is not None and item.required and not before.required:
            changes.append(f"“{item.title}”改为必填")
    changes += [f"必填栏目“{item.title}”已取消" for item in then.values() if item.required]
    return changes
