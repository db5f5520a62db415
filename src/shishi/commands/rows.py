"""``ledger rows | row | edit | restore | reveal | comment | search | views``: what the pages of the ledger do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.ledger.listing import Rows
    from shishi.apps.ledger.one_row import RowPage
    from shishi.core.listing import RowsAsked
    from shishi.core.programmes import Programme
    from shishi.core.tables import Table

Places: TypeAlias = "tuple[Programme, Table, RowsAsked]"
SIZE_AT_MOST = 500


def configure_rows(commands: Commands) -> None:
    """Arguments of the operations on what a page shows."""
    rows = command(commands, "rows", "一个台账的行：筛选、排序、分组、翻页", _rows)
    _asking(rows)
    rows.add_argument("--page", type=int, default=1)
    rows.add_argument("--size", type=int, default=50, help=f"每页几行，至多 {SIZE_AT_MOST}")
    editing = command(commands, "edit", "把符合条件的行的若干栏改成所写的内容", _edit, writes=True)
    _asking(editing)
    editing.add_argument("--set", nargs="+", required=True, metavar="字段=内容", dest="cells")
    editing.add_argument("--explanation", default="", help="核实说明")
    editing.add_argument("--skip", action="store_true", help="通不过审核的行跳过，不全部退回")
    editing.add_argument("--dry-run", action="store_true", help="只看会改什么")
    one = command(commands, "row", "一行的全部：内容、每个版本、关联、评论", _row)
    one.add_argument("entry")
    restoring = command(commands, "restore", "把一行恢复成某个版本（另立一个版本）", _restore, writes=True)
    restoring.add_argument("entry")
    restoring.add_argument("--to", type=int, required=True, metavar="版本序号")
    restoring.add_argument("--reason", required=True)
    revealing = command(commands, "reveal", "显示一个遮盖的格，事由记入审计", _reveal)
    revealing.add_argument("entry")
    revealing.add_argument("field")
    revealing.add_argument("--reason", required=True)
    saying = command(commands, "comment", "对一行说一句，@用户名 会通知到人", _comment, writes=True)
    saying.add_argument("entry")
    saying.add_argument("text")
    finding = command(commands, "search", "按名称、拼音、首字母、编号或证件电话末四位找行", _search)
    finding.add_argument("text")
    viewing = command(commands, "views", "一个台账存下的视图", _views)
    viewing.add_argument("table")


def _asking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table")
    parser.add_argument(
        "--where", action="append", default=[], metavar="条件", help="如 stage=issued、amount>=5、name~小区"
    )
    parser.add_argument("--text", default="", help="名称、拼音、首字母或编号里的字")
    parser.add_argument("--sort", action="append", default=[], metavar="字段", help="前面加 - 为倒序")
    parser.add_argument("--group", default="")
    parser.add_argument("--division")
    parser.add_argument("--as-of", type=day)
    parser.add_argument("--indicator", default="", help="只要构成这个数字的行")
    parser.add_argument("--basis", choices=("reported", "evidenced", "verified"), default="reported")
    parser.add_argument("--part", choices=("numerator", "denominator"), default="numerator", help="比率的哪一部分")


def _asked(context: Context) -> Places:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import table_named
    from shishi.core.calendars import day_of
    from shishi.core.listing import RowsAsked, filter_of, group_of, sort_of

    given = context.arguments
    programme, table = table_named(given.table)
    size = getattr(given, "size", 50)
    if not 0 < size <= SIZE_AT_MOST:
        raise Misuse("size_malformed", f"--size 要写 1 到 {SIZE_AT_MOST}。")
    asked = RowsAsked(
        given.as_of or day_of(context.at),
        division=find_division(given.division).code if given.division else "",
        filters=tuple(filter_of(table, text) for text in given.where),
        sort=tuple(sort_of(table, text) for text in given.sort),
        group=group_of(table, given.group) if given.group else "",
        text=given.text,
        page=getattr(given, "page", 1),
        size=size,
    )
    return programme, table, _of_figure(context, programme, table, asked) if given.indicator else asked


def _of_figure(context: Context, programme: Programme, table: Table, asked: RowsAsked) -> RowsAsked:
    from shishi.apps.indicators.selectors import Asked
    from shishi.apps.indicators.why import entries_behind
    from shishi.core.assurance import Basis

    given = context.arguments
    wanted = Asked(programme.name, asked.as_of, division=asked.division, basis=Basis(given.basis))
    behind = entries_behind(context.reader, wanted, given.indicator, given.part, at=context.at)
    if behind.part.table != table.name:
        raise Misuse("figure_elsewhere", f"“{behind.part.title}”数的不是“{table.title}”的行。")
    if behind.total > len(behind.entries):
        message = f"这个数字有 {behind.total} 行，一次最多列 {len(behind.entries)} 行。请用 --division 选较小的地方。"
        raise Misuse("too_many_rows", message)
    return replace(asked, entries=behind.entries)


def _rows(context: Context) -> Outcome:
    from shishi.apps.ledger.listing import rows_of

    programme, table, asked = _asked(context)
    found = rows_of(context.reader, programme, table, asked, at=context.at)
    lines = [f"{row.key}　{'　'.join(cell.text for cell in row.cells.values() if cell.text)}" for row in found.rows]
    return Outcome(_document(found), [*lines, f"共 {found.total} 行，第 {asked.page} / {found.pages} 页"])


def _document(found: Rows) -> dict[str, object]:
    return {
        "table": found.table.name,
        "total": found.total,
        "page": found.asked.page,
        "pages": found.pages,
        "rows": [
            {
                "entry": str(row.entry),
                "sequence": row.sequence,
                "key": row.key,
                "effective_on": row.effective_on.isoformat(),
                "cells": {name: cell.text or None for name, cell in row.cells.items()},
            }
            for row in found.rows
        ],
        "groups": [
            {
                "value": group.raw or None,
                "title": group.text,
                "rows": group.rows,
                "sums": {name: None if total is None else str(total) for name, total in group.sums.items()},
            }
            for group in found.groups
        ],
    }


def _edit(context: Context) -> Outcome:
    from shishi.apps.ledger.editing import AT_MOST, Edit, Editing, edit_rows
    from shishi.apps.ledger.listing import found_states
    from shishi.core.listing import field_named

    given = context.arguments
    programme, table, asked = _asked(context)
    cells = {field_named(table, name).name: text for name, text in _pairs(given.cells)}
    states = found_states(context.by, programme, table, asked, limit=AT_MOST + 1, at=context.at)
    edits = [Edit(entry, sequence, cells, given.explanation) for entry, sequence in states]
    editing = Editing(programme, table, asked.as_of, edits, skip=given.skip)
    told = edit_rows(editing, by=context.by, at=context.at, preview=given.dry_run)
    document = {
        "status": told.status,
        "rows": told.rows,
        "cells": told.difference.cells,
        "batch": told.batch or None,
        "proposal": told.proposal or None,
        "skipped": [{"key": item.key, "reasons": list(item.reasons)} for item in told.skipped],
    }
    words = {"written": "已改", "proposed": "已提请审批", "unchanged": "没有要改的", "preview": "将改"}
    skipped = [f"跳过 {item.key}：{'；'.join(item.reasons)}" for item in told.skipped]
    return Outcome(document, [f"{words[told.status]} {told.rows} 行、{told.difference.cells} 个格", *skipped])


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [(name, text) for name, sign, text in (word.partition("=") for word in words) if sign]
    if len(pairs) != len(words):
        raise Misuse("edit_malformed", "--set 要写成 字段=内容，例如 area=66.6；等号后留空就是清空。")
    return pairs


def _entry(context: Context) -> UUID:
    try:
        return UUID(context.arguments.entry)
    except ValueError as wrong:
        raise Misuse("unknown_row", "行要写它的标识（UUID），用 shishi ledger rows 或 search 查看。") from wrong


def _row(context: Context) -> Outcome:
    from shishi.apps.ledger.comments import comments_on
    from shishi.apps.ledger.one_row import row_of

    found = row_of(context.reader, _entry(context), at=context.at)
    said = comments_on(context.reader, found.entry, at=context.at)
    told = _row_document(found)
    told["comments"] = [{"person": item.person, "at": item.at.isoformat(), "text": item.text} for item, _ in said]
    lines = [f"{item.title}　{cell.text}" for item, cell in found.rows if cell.text]
    states = [
        f"版本 {item.sequence}　{item.effective_on}　{item.kind}　{item.person}　{item.file}" for item in found.versions
    ]
    return Outcome(told, [found.key, *lines, *states, *(f"{item.person}：{item.text}" for item, _ in said)])


def _row_document(found: RowPage) -> dict[str, object]:
    return {
        "entry": str(found.entry),
        "table": found.table.name,
        "key": found.key,
        "live": found.live,
        "cells": {name: cell.text or None for name, cell in found.cells.items()},
        "versions": [
            {
                "sequence": item.sequence,
                "kind": item.kind.value,
                "effective_on": item.effective_on.isoformat(),
                "recorded_at": item.recorded_at.isoformat(),
                "person": item.person,
                "file": item.file,
                "sheet": item.sheet,
                "row": item.row,
                "changed": sorted(item.changed),
                "voided": item.voided,
                "explanation": item.explanation,
            }
            for item in found.versions
        ],
        "refers": [str(item.entry) for item in found.refers],
        "referred": [str(item.entry) for item in found.referred],
    }


def _restore(context: Context) -> Outcome:
    from shishi.apps.ledger.one_row import row_of
    from shishi.apps.ledger.single_rows import restore_row
    from shishi.core.calendars import day_of

    given = context.arguments
    found = row_of(context.by, _entry(context), at=context.at)
    batch = restore_row(
        found.table,
        found.entry,
        found.sequence,
        given.to,
        as_of=day_of(context.at),
        reason=given.reason,
        by=context.by,
        at=context.at,
    )
    return Outcome({"batch": str(batch.pk)}, [f"已恢复。批次 {batch.pk}"])


def _reveal(context: Context) -> Outcome:
    from shishi.apps.ledger.one_row import row_of
    from shishi.apps.ledger.single_rows import reveal_cell
    from shishi.core.listing import field_named

    given = context.arguments
    found = row_of(context.reader, _entry(context), at=context.at)
    item = field_named(found.table, given.field)
    text = reveal_cell(found.table, found.entry, item.name, reason=given.reason, to=context.reader, at=context.at)
    return Outcome({"field": item.name, "text": text}, [text])


def _comment(context: Context) -> Outcome:
    from shishi.apps.ledger.comments import comment_on

    made = comment_on(_entry(context), context.arguments.text, by=context.by, at=context.at)
    return Outcome({"comment": made.pk, "mentioned": list(made.mentioned)}, ["已发表"])


def _search(context: Context) -> Outcome:
    from shishi.apps.ledger.searching import search_rows

    found = search_rows(context.reader, context.arguments.text, at=context.at, limit=50)
    document = [
        {"entry": str(hit.entry), "table": hit.table.name, "key": hit.key, "facts": list(hit.facts)} for hit in found
    ]
    return Outcome(document, [f"{hit.table.title}　{hit.key}　{'　'.join(hit.facts)}　{hit.entry}" for hit in found])


def _views(context: Context) -> Outcome:
    from shishi.apps.accounts.saved_views import saved_views
    from shishi.apps.programmes.selectors import table_named

    _, table = table_named(context.arguments.table)
    found = saved_views(context.reader, table.name)
    document = [
        {
            "view": item.pk,
            "title": item.title,
            "query": item.query,
            "shared": item.shared,
            "person": item.person.username,
        }
        for item in found
    ]
    return Outcome(document, [f"{item.title}　{item.person}　{item.query}" for item in found])
