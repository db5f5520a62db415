"""Replies that come with a workbook: the ordinary import, and in the same transaction the reply with its batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.jobs.kinds import Ending, Errand, Progress
from shishi.apps.ledger.hand_in_jobs import receive, sent_of
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.services import Received, receive_workbook
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.selectors import NoticeView, notice_of
from shishi.apps.supervision.services import reply
from shishi.core.errors import Misuse
from shishi.core.notices import NoticeAction
from shishi.core.tables import Table

KIND = "supervision.reply"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a recipient says beside its workbook: ``notice`` is an id, ``body`` a code (empty where there is one)."""

    notice: str
    body: str = ""
    text: str = ""

    def document(self) -> dict[str, str]:
        """As a hand-in carries it."""
        return {"notice": self.notice, "body": self.body, "text": self.text}


def reply_of(document: Mapping[str, str]) -> Reply:
    """What :meth:`Reply.document` wrote."""
    return Reply(document["notice"], document.get("body", ""), document.get("text", ""))


def reply_with_workbook(
    said: Reply, hand_in: HandIn, *, by: Person, at: datetime, progress: Progress | None = None
) -> Received:
    """Receive the workbook and reply with its batch, both or neither. What would be refused as a reply is refused
    before anything is read; a dry run replies nothing."""
    require_possible(said, hand_in.table, by=by, at=at)
    return receive_workbook(hand_in, by=by, at=at, progress=progress, along=lambda done: _take(said, done, by, at))


def require_possible(said: Reply, table: Table, *, by: Person, at: datetime) -> NoticeView:
    """The notice; ``Misuse`` (reply_not_possible, batch_unfit, approval_required) when it can't be replied to now, or
    not with a workbook of that table."""
    view = notice_of(by, said.notice, at=at)
    if NoticeAction.REPLY not in Rights(by, at).over(view):
        message = (
            f"这份{view.kind.label}现为“{view.state.label}”，或您的岗位不能反馈。须先签收；已反馈的，退回后才能再反馈。"
        )
        raise Misuse("reply_not_possible", message)
    if table.name.rpartition("/")[0] != view.programme:
        message = f"“{table.title}”不是这份{view.kind.label}所说的重点项目的台账。请选择该项目的台账。"
        raise Misuse("batch_unfit", message)
    if table.approval:
        message = f"“{table.title}”的改动要先经第二个人审批。请先在“导入”中提请审批，批准后在反馈里选择那个批次。"
        raise Misuse("approval_required", message)
    return view


def as_job(errand: Errand) -> Ending:
    """The hand-in of a page, written with the reply that it was handed in for."""
    sent = sent_of(errand.asked)
    said = reply_of(sent.errand)
    return receive(errand, along=lambda done: _take(said, done, errand.by, errand.at))


def _take(said: Reply, received: Received, by: Person, at: datetime) -> None:
    view = notice_of(by, said.notice, at=at)
    last = view.history[-1] if view.history else None
    if last and (last.action, last.person, last.batch) == (NoticeAction.REPLY, by.username, received.batch):
        return  # the job was ended between its writing and its end: the reply stands
    reply(said.notice, said.text, by=by, at=at, body=said.body, batch=received.batch)
