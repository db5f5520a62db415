"""Submissions that went to a second person: what was decided about them, and that their sender hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.fieldwork.models import SubmissionRow
from shishi.apps.fieldwork.submissions import PROPOSED, REFUSED, STATES, WRITTEN, note, prove
from shishi.apps.files.services import content_of
from shishi.apps.jobs.kinds import Ending, Errand
from shishi.apps.jobs.services import start
from shishi.apps.ledger.proposed import Proposal
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import tables

PROVE = "fieldwork.prove"
"""The kind of job that takes the files of an approved submission in as evidence: pictures are opened without holding
the ledger."""
_RETURNED = {"returned": "审批人退回了这份采集。", "withdrawn": "这份采集的送审已收回。"}


def proposal_decided(proposal: Proposal, by: Person, at: datetime) -> None:
    """What was decided of a submission's proposal holds for the submission: approved, it stands in the ledger and its
    files become evidence; returned or withdrawn, it waits for its sender with the reasons."""
    found = SubmissionRow.objects.select_related("device__post__person").filter(state=PROPOSED, batch=str(proposal.pk))
    for row in found.select_for_update(of=("self",)):
        if proposal.batch_id is not None:
            note(row, WRITTEN, str(proposal.batch_id), (), by=by, at=at)
            _take_files(row, at)
        else:
            note(row, REFUSED, "", _reasons(proposal), by=by, at=at)
        _tell(row, by, at)


def as_job(errand: Errand) -> Ending:
    """Take in the files of an approved submission; what is evidence already changes nothing."""
    row = SubmissionRow.objects.select_related("device__post__person").get(pk=int(str(errand.asked["submission"])))
    files = {item.name: content_of(item.sha256) for item in row.files.order_by("pk")}
    prove(row, files, errand.at)
    return Ending({"submission": row.pk, "files": len(files)})


def _reasons(proposal: Proposal) -> tuple[Mapping[str, str], ...]:
    whole = {"code": proposal.state, "message": proposal.reason or _RETURNED.get(proposal.state, ""), "field": ""}
    cells = [{"code": "returned", "message": str(item.get("message", "")), "field": ""} for item in proposal.faults]
    return (whole, *cells)


def _take_files(row: SubmissionRow, at: datetime) -> None:
    many = row.files.count()
    if many:
        title = f"把第{row.pk}号采集的 {many} 个文件收作佐证"
        programme = row.table.rpartition("/")[0]
        start(
            PROVE,
            title,
            {"submission": row.pk},
            programme=programme,
            key=f"{PROVE}:{row.pk}",
            by=row.device.post.person,
            at=at,
        )


def _tell(row: SubmissionRow, by: Person, at: datetime) -> None:
    """Whoever sent it hears what came of it, unless they took it back themselves."""
    sender = row.device.post.person
    if sender.pk == by.pk:
        return
    table = tables().get(row.table)
    lines = [f"您采集的“{table.title if table else row.table}”（第{row.pk}号）：{STATES[row.state]}。"]
    lines += [str(item["message"]) for item in row.faults]
    if row.state == REFUSED:
        lines.append("请在“收到的采集”里照原因改好，再试一次；或在手机上更正后重新发送。")
    key = f"submission:{row.pk}:{row.state}:{at.isoformat()}"
    subject = f"【采集】第{row.pk}号{'已审批入台账' if row.state == WRITTEN else '被退回'}"
    post_message(to=sender, key=key, subject=subject, text="\n".join(lines), about=f"submission:{row.pk}", at=at)
