"""Batches that a reply may come with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shishi.apps.accounts.models import Person
from shishi.apps.ledger.selectors import batch_for, batches_since
from shishi.apps.supervision.models import Notice
from shishi.core.errors import Misuse
from shishi.core.notices import NoticeAction

if TYPE_CHECKING:
    from shishi.apps.ledger.models import Batch
    from shishi.apps.supervision.selectors import NoticeView


def require_answer(held: Notice, batch: str, by: Person, at: datetime) -> None:
    """``Misuse`` (unknown_batch, batch_unfit, batch_undone) unless the batch is the person's to see, counts, and lies
    under the programme that the notice is about."""
    found = batch_for(by, batch, at)
    if found.table.rpartition("/")[0] != held.programme:
        raise Misuse("batch_unfit", "这个批次不是这份文件所说的重点项目的台账。请选择该项目的批次，或直接附上工作簿。")
    if found.undoes_id or hasattr(found, "undone_by"):
        raise Misuse("batch_undone", "这个批次是撤销，或已经撤销，不能作为反馈。请重新报送后再反馈。")


def batches_to_answer(person: Person, notice: NoticeView) -> tuple[Batch, ...]:
    """What the person has handed in since the notice was issued, newest first."""
    issued = next((step.at for step in notice.history if step.action is NoticeAction.ISSUE), None)
    return batches_since(person, notice.programme, issued) if issued else ()


def batches_answered(person: Person, notice: NoticeView, at: datetime) -> dict[str, Batch]:
    """The batches that its replies came with, by id, as far as the person may see them."""
    found = {}
    for step in notice.history:
        if step.batch:
            try:
                found[step.batch] = batch_for(person, step.batch, at)
            except Misuse:
                continue  # the step tells that there is one, the batch is not theirs to read
    return found
