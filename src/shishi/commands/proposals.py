"""``ledger proposals list | show | approve | return | withdraw``: a second person decides on exactly these cells."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command
from shishi.commands.hand_ins import STATES, proposal_document, with_changes
from shishi.commands.usage import new_file, paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.ledger.models import Proposal


def configure_proposals(commands: Commands) -> None:
    """The commands under ``proposals``."""
    title = "送审：查看、批准、退回、收回"
    under = commands.add_parser("proposals", help=title, description=title).add_subparsers(
        required=True, metavar="操作"
    )
    listing = command(under, "list", "一张台账的送审，新的在前", _list)
    listing.add_argument("table")
    listing.add_argument("--state", choices=list(STATES), default="")
    paged(listing)
    showing = _one(under, "show", "看一件送审的逐格改动", _show, writes=False)
    showing.add_argument("-o", dest="output", type=new_file, help="把逐格的改动写成工作簿")
    showing.add_argument("--marked", type=new_file, help="把标出退回原因的工作簿写到这里")
    paged(showing)
    approving = _one(under, "approve", "批准并写入：须是另一个有审批权限的人", _approve)
    approving.add_argument("--overwrite", action="store_true", help="发出之后被别人改过的单元格，仍按送来的写入")
    returning = _one(under, "return", "退回，逐格说明原因", _return)
    returning.add_argument("--reason", default="")
    returning.add_argument(
        "--cell", action="append", default=[], metavar="单元格=原因", help="如 台账!C7=与证书不符（可重复）"
    )
    returning.add_argument("--marked", type=new_file, help="把标出退回原因的工作簿写到这里")
    withdrawing = _one(under, "withdraw", "收回自己的送审", _withdraw)
    withdrawing.add_argument("--reason", default="")


def _one(under: Commands, name: str, title: str, run: object, writes: bool = True) -> argparse.ArgumentParser:
    parser = command(under, name, title, run, writes=writes)  # type: ignore[arg-type]  # one of the functions below
    parser.add_argument("proposal")
    return parser


def _proposal(context: Context, person: Person) -> Proposal:
    from shishi.apps.ledger.proposed import proposal_of

    return proposal_of(context.arguments.proposal, person, context.at)


def _list(context: Context) -> Outcome:
    from shishi.apps.ledger.proposed import proposals
    from shishi.apps.programmes.selectors import table_named

    given = context.arguments
    programme, table = table_named(given.table)
    found = proposals(
        context.reader,
        programme,
        table,
        state=given.state,
        offset=given.offset,
        limit=given.limit,
        at=context.at,
    )
    return Outcome([proposal_document(item) for item in found], [_line(item) for item in found] or ["没有送审。"])


def _line(proposal: Proposal) -> str:
    clash = f"（冲突 {proposal.conflicts}）" if proposal.conflicts else ""
    return (
        f"{proposal.pk}　{STATES[proposal.state]}　截至 {proposal.as_of}　{proposal.file_name}　{proposal.person}　"
        f"{proposal.cells} 格{clash}"
    )


def _show(context: Context) -> Outcome:
    from shishi.apps.ledger.proposed import difference_of

    found = _proposal(context, context.reader)
    lines = [_line(found), f"提请人 {found.person}　文件 {found.file_name}　指纹 {found.digest[:16]}"]
    if found.decided_by:
        lines.append(f"{STATES[found.state]}　{found.decided_by}　{found.reason}".rstrip())
        lines += [f"  {item['sheet']} {item['column']}{item['row']} {item['message']}" for item in found.faults]
    lines += _marked(context, found)
    return with_changes(context, proposal_document(found), lines, difference_of(found))


def _approve(context: Context) -> Outcome:
    from shishi.apps.ledger.proposals import approve

    found = _proposal(context, context.by)
    batch = approve(found, overwrite=context.arguments.overwrite, by=context.by, at=context.at)
    found.refresh_from_db()
    counts = f"新增 {batch.posted}，更新 {batch.revised}，撤下 {batch.withdrawn}"
    lines = [f"已批准并写入：{counts}。报送人 {batch.person}，审批人 {batch.approved_by}。", f"批次 {batch.pk}"]
    return Outcome(proposal_document(found), lines)


def _return(context: Context) -> Outcome:
    from shishi.apps.ledger.proposals import return_proposal

    given = context.arguments
    cells = dict(word.split("=", 1) for word in given.cell if "=" in word)
    if len(cells) != len(given.cell):
        raise Misuse("cell_malformed", "退回的原因要写成 --cell 单元格=原因，每格一次。")
    found = return_proposal(
        _proposal(context, context.by), reason=given.reason, cells=cells, by=context.by, at=context.at
    )
    return Outcome(proposal_document(found), [f"已退回给 {found.person}。", *_marked(context, found)])


def _marked(context: Context, proposal: Proposal) -> Sequence[str]:
    path = context.arguments.marked
    if path is None:
        return ()
    from shishi.adapters.spreadsheets.marking import mark_workbook
    from shishi.apps.ledger.proposals import returned_file

    with returned_file(proposal) as (source, issues):
        mark_workbook(source, issues, path)
    return [f"退回的原因已标在 {path}。"]


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.ledger.proposals import withdraw_proposal

    given = context.arguments
    found = _proposal(context, context.by)
    found = withdraw_proposal(found, reason=given.reason, by=context.by, at=context.at)
    return Outcome(proposal_document(found), [f"送审 {found.pk} 已收回。"])
