"""``ledger template | export | no-change | batches | undo | changes | withdraw | rekey`` and ``assurance mark``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.commands.hand_ins import configure_hand_ins, with_changes
from shishi.commands.mappings import configure_mappings
from shishi.commands.proposals import configure_proposals
from shishi.commands.rows import configure_rows
from shishi.commands.usage import new_file, paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.ledger.handing_out import Wanted
    from shishi.apps.ledger.models import Batch
    from shishi.core.programmes import Programme
    from shishi.core.tables import Table


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the operations on rows."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    if verb == "assurance":
        marking = command(commands, "mark", "把若干行的一组字段标为有佐证或已核实", _mark, writes=True)
        _table_and_day(marking)
        marking.add_argument("--group", required=True)
        marking.add_argument("--state", choices=("evidenced", "verified", "reported"), required=True)
        marking.add_argument("--keys", type=Path, required=True, help="文本文件，每行一个主键")
        marking.add_argument("--note", required=True, help="凭什么")
        return
    template = command(commands, "template", "生成填报模板", _template)
    template.add_argument("table")
    template.add_argument("-o", dest="output", type=new_file, required=True)
    template.add_argument("--division")
    template.add_argument("--prefill", action="store_true", help="带上现有的行")
    template.add_argument("--as-of", type=day)
    template.add_argument("--reveal", default="", metavar="事由", help="不遮盖敏感字段，事由记入审计")
    configure_hand_ins(commands)
    export = command(commands, "export", "导出某日的台账", _export)
    export.add_argument("table")
    export.add_argument("-o", dest="output", type=new_file, required=True)
    export.add_argument("--as-of", type=day)
    export.add_argument("--division")
    export.add_argument("--reveal", default="", metavar="事由", help="不遮盖敏感字段，事由记入审计")
    configure_mappings(commands)
    configure_proposals(commands)
    configure_rows(commands)
    _configure_batches(commands)


def _configure_batches(commands: Commands) -> None:
    same = command(commands, "no-change", "报“无变化”", _no_change, writes=True)
    _table_and_day(same)
    same.add_argument("--division", required=True)
    listing = command(commands, "batches", "批次，新的在前", _batches)
    listing.add_argument("table")
    paged(listing)
    undoing = command(commands, "undo", "撤销一个批次（另立一个批次）", _undo, writes=True)
    undoing.add_argument("batch")
    undoing.add_argument("--reason", required=True)
    changing = command(commands, "changes", "一个批次改了哪些格", _changes)
    changing.add_argument("batch")
    for parser in (undoing, changing):
        parser.add_argument("-o", dest="output", type=new_file, help="把逐格的改动写成工作簿")
        paged(parser)
    withdrawing = command(commands, "withdraw", "从某日起撤下一行", _withdraw, writes=True)
    _table_and_day(withdrawing)
    withdrawing.add_argument("key", nargs="+", metavar="字段=值")
    withdrawing.add_argument("--reason", required=True)
    rekeying = command(commands, "rekey", "更正主键，行还是那一行", _rekey, writes=True)
    _table_and_day(rekeying)
    rekeying.add_argument("key", nargs="+", metavar="字段=值")
    rekeying.add_argument("--to", nargs="+", required=True, metavar="字段=值")
    rekeying.add_argument("--reason", required=True)


def _table_and_day(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table")
    parser.add_argument("--as-of", type=day, required=True)


def _named(context: Context) -> tuple[Programme, Table]:
    from shishi.apps.programmes.selectors import table_named

    return table_named(context.arguments.table, getattr(context.arguments, "as_of", None))


def _division(context: Context) -> str:
    from shishi.apps.divisions.selectors import find_division

    told = context.arguments.division
    return find_division(told).code if told else ""


def _template(context: Context) -> Outcome:
    from shishi.apps.ledger.templates import make_template
    from shishi.core.calendars import day_of

    given = context.arguments
    programme, table = _named(context)
    on = given.as_of or day_of(context.at)
    wanted = _wanted(context, programme, table, on, _division(context))
    made = make_template(wanted, given.output, prefill=given.prefill, to=context.reader, at=context.at)
    filled = f"，带有截至 {on} 的 {made.rows} 行" if given.prefill else ""
    return Outcome({"file": str(given.output), "table": table.name}, [f"模板已写到 {given.output}{filled}"])


def _demonstration() -> bool:
    from shishi.commands.context import store_facts

    return bool(store_facts()["demonstration"])


def _wanted(context: Context, programme: Programme, table: Table, on: date, division: str) -> Wanted:
    from shishi.apps.ledger.handing_out import Wanted
    from shishi.apps.programmes.selectors import tables

    return Wanted(programme, table, tables(), on, division, context.arguments.reveal)


def _export(context: Context) -> Outcome:
    from shishi.adapters.spreadsheets.export import write_export
    from shishi.apps.ledger.handing_out import hand_out
    from shishi.core.calendars import day_of

    given = context.arguments
    programme, table = _named(context)
    on = given.as_of or day_of(context.at)
    label = "演示数据　" if _demonstration() else ""
    many = write_export(
        table,
        hand_out(_wanted(context, programme, table, on, _division(context)), to=context.reader, at=context.at),
        given.output,
        title=table.title,
        note=f"{label}截至 {on}　导出人 {context.reader.name}",
        masked=False,  # hand_out has masked what must be; with --reveal nothing is
    )
    return Outcome(
        {"file": str(given.output), "rows": many}, [f"{table.title} 截至 {on} 的 {many} 行已写到 {given.output}"]
    )


def _no_change(context: Context) -> Outcome:
    from shishi.apps.ledger.dues import reporting_units
    from shishi.apps.ledger.services import report_no_change

    programme, table = _named(context)
    division = _division(context)
    on = context.arguments.as_of
    units = reporting_units(programme, division, on)
    batch = report_no_change(programme, table, division=division, as_of=on, units=units, by=context.by, at=context.at)
    return Outcome({"batch": str(batch.pk), "status": "unchanged"}, [f"已记下：截至 {on} 无变化。批次 {batch.pk}"])


def _batch_document(batch: Batch) -> dict[str, object]:
    return {
        "batch": str(batch.pk),
        "table": batch.table,
        "as_of": batch.as_of.isoformat(),
        "status": batch.status,
        "file": batch.file_name,
        "rows": batch.rows,
        "posted": batch.posted,
        "revised": batch.revised,
        "withdrawn": batch.withdrawn,
        "person": batch.person,
        "approved_by": batch.approved_by or None,
        "recorded_at": batch.recorded_at.isoformat(),
        "undoes": str(batch.undoes_id) if batch.undoes_id else None,
        "reason": batch.reason,
    }


def _batches(context: Context) -> Outcome:
    from shishi.apps.ledger.selectors import batches

    given = context.arguments
    listed = [
        _batch_document(batch)
        for batch in batches(context.reader, *_named(context), given.offset, given.limit, at=context.at)
    ]
    return Outcome(
        listed,
        [
            f"{item['batch']}　截至 {item['as_of']}　{item['status']}　{item['file']}　{item['person']}"
            for item in listed
        ],
    )


def _undo(context: Context) -> Outcome:
    from shishi.apps.ledger.selectors import batch_of
    from shishi.apps.ledger.services import undo_batch
    from shishi.apps.programmes.selectors import table_named

    batch = batch_of(context.arguments.batch)
    _, table = table_named(batch.table)
    undoing = undo_batch(batch, table, reason=context.arguments.reason, by=context.by, at=context.at)
    return _with_its_changes(context, undoing, [f"批次 {batch.pk} 已撤销，撤销批次 {undoing.pk}"], context.by)


def _changes(context: Context) -> Outcome:
    from shishi.apps.ledger.selectors import batch_of

    batch = batch_of(context.arguments.batch)
    approved = f"，审批人 {batch.approved_by}" if batch.approved_by else ""
    undoes = f"，撤销的是批次 {batch.undoes_id}（{batch.reason}）" if batch.undoes_id else ""
    lines = [f"批次 {batch.pk}　截至 {batch.as_of}　报送人 {batch.person}{approved}{undoes}"]
    return _with_its_changes(context, batch, lines, context.reader)


def _with_its_changes(context: Context, batch: Batch, lines: list[str], person: Person) -> Outcome:
    from shishi.apps.ledger.differences import difference_of_batch
    from shishi.apps.programmes.selectors import table_named, tables

    _, table = table_named(batch.table, batch.as_of)
    told = difference_of_batch(batch, table, tables(), to=person, at=context.at)
    return with_changes(context, _batch_document(batch), lines, told)


def _pairs(words: Sequence[str]) -> dict[str, str]:
    pairs = dict(word.split("=", 1) for word in words if "=" in word)
    if len(pairs) != len(words):
        raise Misuse("key_malformed", "主键要写成 字段=值，例如 unit_no=341802…。")
    return pairs


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.ledger.single_rows import withdraw_row

    given = context.arguments
    _, table = _named(context)
    batch = withdraw_row(table, _pairs(given.key), as_of=given.as_of, reason=given.reason, by=context.by, at=context.at)
    return Outcome(_batch_document(batch), [f"已从 {given.as_of} 起撤下。批次 {batch.pk}"])


def _rekey(context: Context) -> Outcome:
    from shishi.apps.ledger.single_rows import correct_key

    given = context.arguments
    _, table = _named(context)
    batch = correct_key(
        table,
        _pairs(given.key),
        _pairs(given.to),
        as_of=given.as_of,
        reason=given.reason,
        by=context.by,
        at=context.at,
    )
    return Outcome(_batch_document(batch), [f"主键已更正。批次 {batch.pk}"])


def _lines_of(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Misuse("file_not_text", f"{path} 不是 UTF-8 的文本文件。请另存为 UTF-8，每行一个主键。") from wrong
    return [line.strip() for line in text.splitlines() if line.strip()]


def _mark(context: Context) -> Outcome:
    from shishi.apps.assurance.services import mark_rows
    from shishi.core.assurance import Basis

    given = context.arguments
    _, table = _named(context)
    keys = _lines_of(given.keys)
    marked = mark_rows(
        table,
        given.group,
        Basis(given.state),
        keys,
        effective_on=given.as_of,
        note=given.note,
        by=context.by,
        at=context.at,
    )
    return Outcome({"marked": marked}, [f"已标记 {marked} 行"])
