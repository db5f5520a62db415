"""``ledger import | propose``: a workbook comes in, with its cell changes shown where they matter."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day, issue_lines
from shishi.commands.mappings import configure_map, pairs
from shishi.commands.pacing import stages
from shishi.commands.usage import new_file, paged
from shishi.core.errors import Misuse, Refused
from shishi.core.ledger import Mode

if TYPE_CHECKING:
    from shishi.apps.ledger.differences import Difference
    from shishi.apps.ledger.intake import HandIn
    from shishi.apps.ledger.models import Proposal
    from shishi.apps.ledger.services import Received

_KINDS = {"posted": "新增", "revised": "更新", "withdrawn": "撤下"}
STATES = {"open": "待审批", "approved": "已批准", "returned": "已退回", "withdrawn": "已收回"}


def configure_hand_ins(commands: Commands) -> None:
    """The two commands."""
    importing = command(commands, "import", "报送工作簿", _import, writes=True)
    _configure(importing)
    importing.add_argument("--dry-run", action="store_true", help="只看读懂了什么、会改哪些格，不写入")
    importing.add_argument("--propose", action="store_true", help="不直接写入，提请第二个人审批")
    importing.add_argument("--overwrite", action="store_true", help="发出之后被别人改过的单元格，仍按送来的写入")
    proposing = command(commands, "propose", "提请审批：先存下工作簿和逐格的改动，批准后才写入", _propose, writes=True)
    _configure(proposing)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table")
    parser.add_argument("file", type=Path)
    parser.add_argument("--as-of", type=day, required=True)
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default="merge")
    parser.add_argument("--division")
    configure_map(parser)
    parser.add_argument("--marked", type=new_file, help="退回时把标出问题的工作簿写到这里")
    parser.add_argument("-o", dest="output", type=new_file, help="把逐格的改动写成工作簿")
    paged(parser)


def _hand_in(context: Context) -> HandIn:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.ledger.intake import HandIn
    from shishi.apps.programmes.selectors import table_named

    given = context.arguments
    if not given.file.is_file():
        raise Misuse("file_missing", f"找不到文件 {given.file}。")
    programme, table = table_named(given.table, given.as_of)
    division = find_division(given.division).code if given.division else ""
    dry_run, overwrite = getattr(given, "dry_run", False), getattr(given, "overwrite", False)
    said = pairs(given.map)
    return HandIn(programme, table, given.file, given.as_of, Mode(given.mode), division, dry_run, said, overwrite)


def _import(context: Context) -> Outcome:
    from shishi.apps.ledger.services import receive_workbook

    given = context.arguments
    if given.propose:
        if given.dry_run:
            raise Misuse("usage", "--propose 不能与 --dry-run 同用：先用 --dry-run 看，再提请。")
        return _propose(context)
    hand_in = _hand_in(context)
    try:
        with stages() as told:
            received = receive_workbook(hand_in, by=context.by, at=context.at, progress=told)
    except Refused as refused:
        return refused_outcome(hand_in, refused, given.marked)
    return _received(context, hand_in, received)


def refused_outcome(hand_in: HandIn, refused: Refused, marked: Path | None) -> Outcome:
    """What is said of a workbook that is sent back; ``marked``: where its faults are marked in their cells."""
    from shishi.adapters.spreadsheets.understanding import NotUnderstood
    from shishi.apps.ledger.intake import WorkbookRefused

    understood = refused.understood if isinstance(refused, WorkbookRefused | NotUnderstood) else None
    lines = [*(understood.lines() if understood and hand_in.dry_run else ()), *issue_lines(refused)]
    if marked:
        from shishi.adapters.spreadsheets.marking import mark_workbook

        try:
            mark_workbook(hand_in.path, refused.issues, marked)
            lines.append(f"问题已标在 {marked}：红底单元格、批注和“错误清单”。改好后重新报送即可。")
        except Refused as unreadable:
            lines.append(f"不能标记这个文件：{unreadable.message}")
    document = {
        "batch": None,
        "status": "refused",
        "code": refused.code,
        "message": refused.message,
        "rows": 0,
        "posted": 0,
        "revised": 0,
        "withdrawn": 0,
        "understood": understood.document() if understood else None,
        "issues": [issue.document() for issue in refused.issues],
    }
    return Outcome(document, lines, 1)


def list_refused(file: Path, refused: Refused, marked: Path | None) -> Outcome:
    """The same of a list (people, matters)."""
    lines = list(issue_lines(refused))
    if marked:
        from shishi.adapters.spreadsheets.marking import mark_workbook

        try:
            mark_workbook(file, refused.issues, marked)
            lines.append(f"问题已标在 {marked}。改好后整份再导入。")
        except Refused as unreadable:
            lines.append(f"不能标记这个文件：{unreadable.message}")
    document = {
        "status": "refused",
        "code": refused.code,
        "message": refused.message,
        "issues": [issue.document() for issue in refused.issues],
    }
    return Outcome(document, lines, 1)


def _received(context: Context, hand_in: HandIn, received: Received) -> Outcome:
    given = context.arguments
    told = _difference(hand_in, received) if hand_in.dry_run or given.output else None
    apart = received.weighed.disagreements if received.weighed and hand_in.dry_run and not hand_in.overwrite else ()
    document: dict[str, object] = {
        "batch": received.batch or None,
        "status": "refused" if apart else received.status,
        "dry_run": hand_in.dry_run,
        "rows": received.rows,
        "posted": received.posted,
        "revised": received.revised,
        "withdrawn": received.withdrawn,
        "notes": list(received.notes),
        "understood": received.understood.document() if received.understood else None,
        "issues": [issue.document() for issue in apart],
    }
    lines = list(_received_lines(hand_in, received, many=len(apart)))
    if told is not None:
        handed = {"person": context.by.username, "file": given.file.name}
        document["changes"] = {**handed, **told.document(given.offset, given.limit)}
        lines += changed_lines(told, given.offset, given.limit)
        lines += _to_workbook(context, told, hand_in.table.title, handed)
    return Outcome(document, lines, 1 if apart else 0)


def _difference(hand_in: HandIn, received: Received) -> Difference | None:
    from shishi.apps.ledger.differences import difference
    from shishi.apps.programmes.selectors import tables

    if received.weighed is None:
        return None
    return difference(received.weighed, hand_in.table, tables(), hand_in.as_of)


def _received_lines(hand_in: HandIn, received: Received, many: int) -> Iterator[str]:
    if received.understood and hand_in.dry_run:
        yield from received.understood.lines()
    words = {"accepted": "已接收", "unchanged": "没有变化"}[received.status]
    if hand_in.dry_run:
        words = f"预检：{many} 处会被退回，未写入" if many else "预检通过，未写入"
    counts = f"新增 {received.posted}，更新 {received.revised}，撤下 {received.withdrawn}"
    yield f"{hand_in.path.name} {words}：{received.rows} 行，{counts}。"
    if received.batch:
        yield f"批次 {received.batch}"
    yield from (f"  {note}" for note in received.notes)


def changed_lines(told: Difference, offset: int = 0, limit: int = 50) -> list[str]:
    """Cell changes for people: a line for each row with its place, one for each of its cells."""
    if not told.rows:
        return ["逐格对照：没有改动。"]
    clash = f"，其中 {told.conflicts} 格在工作簿发出之后被别人改过" if told.conflicts else ""
    lines = [f"逐格对照：{len(told.rows)} 行 {told.cells} 格{clash}。"]
    for row in told.rows[offset : offset + limit]:
        place = f"　{row.sheet} 第 {row.row} 行" if row.row else ""
        lines.append(f"  {_KINDS[row.kind]}　{row.key}{place}")
        for cell in row.cells if row.kind != "withdrawn" else ():
            letter = f"{cell.column} 列 " if cell.column else ""
            given = f"　（冲突：发出时是“{cell.made}”，此后被别人改过）" if cell.conflict else ""
            lines.append(f"    {letter}{cell.title}：“{cell.old}” → “{cell.new}”{given}")
    left = len(told.rows) - offset - limit
    if left > 0:
        lines.append(f"  …… 另有 {left} 行，用 --offset {offset + limit} 接着看，或用 -o 写成工作簿。")
    if told.kept:
        many = f" 等 {len(told.kept)} 行" if len(told.kept) > limit else f" 共 {len(told.kept)} 行"
        lines.append(f"  不在表里、保留不变：{'；'.join(told.kept[:limit])}{many}。")
    return lines


def _to_workbook(context: Context, told: Difference, title: str, handed: Mapping[str, object]) -> Sequence[str]:
    path = context.arguments.output
    if path is None:
        return ()
    from shishi.adapters.spreadsheets.differences import write_differences
    from shishi.commands.context import store_facts

    counts = f"{len(told.rows)} 行 {told.cells} 格，冲突 {told.conflicts} 格"
    note = f"报送人 {handed['person']}　文件 {handed['file'] or '无'}　{counts}"
    demonstration = bool(store_facts()["demonstration"])
    write_differences(told.rows, path, title=f"{title}　变更对照", note=note, demonstration=demonstration)
    return [f"逐格对照已写到 {path}"]


def with_changes(context: Context, document: dict[str, object], lines: list[str], told: Difference) -> Outcome:
    """An outcome with the page of cell changes that was asked for, and ``-o`` done. ``document`` names the table, the
    person and the file."""
    from shishi.apps.programmes.selectors import table_named

    given = context.arguments
    _, table = table_named(str(document["table"]))
    more = [*changed_lines(told, given.offset, given.limit), *_to_workbook(context, told, table.title, document)]
    handed = {"person": document["person"], "file": document["file"]}
    document = {**document, "changes": {**handed, **told.document(given.offset, given.limit)}}
    return Outcome(document, [*lines, *more])


def _propose(context: Context) -> Outcome:
    from shishi.apps.ledger.proposals import propose_workbook
    from shishi.apps.ledger.proposed import difference_of
    from shishi.apps.ledger.services import Received

    hand_in = _hand_in(context)
    try:
        done = propose_workbook(hand_in, by=context.by, at=context.at)
    except Refused as refused:
        return refused_outcome(hand_in, refused, context.arguments.marked)
    if isinstance(done, Received):
        return _received(context, hand_in, done)
    lines = [
        f"{done.file_name} 已提请审批，还没有写入：{done.rows} 行，新增 {done.posted}，更新 {done.revised}，撤下 {done.withdrawn}。",
        f"送审 {done.pk}",
    ]
    return with_changes(context, {**proposal_document(done), "issues": []}, lines, difference_of(done))


def proposal_document(proposal: Proposal) -> dict[str, object]:
    """A proposal as ``--json`` prints it."""
    return {
        "proposal": str(proposal.pk),
        "table": proposal.table,
        "status": "proposed" if proposal.state == "open" else proposal.state,
        "as_of": proposal.as_of.isoformat(),
        "mode": proposal.mode,
        "division": proposal.division,
        "file": proposal.file_name,
        "sha256": proposal.sha256,
        "rows": proposal.rows,
        "posted": proposal.posted,
        "revised": proposal.revised,
        "withdrawn": proposal.withdrawn,
        "cells": proposal.cells,
        "conflicts": proposal.conflicts,
        "digest": proposal.digest,
        "person": proposal.person,
        "proposed_at": proposal.proposed_at.isoformat(),
        "decided_by": proposal.decided_by or None,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
        "reason": proposal.reason,
        "faults": proposal.faults,
        "batch": str(proposal.batch_id) if proposal.batch_id else None,
    }
