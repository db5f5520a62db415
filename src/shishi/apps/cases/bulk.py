"""Many at once 批量办理: the same outcome for any number of tasks, as a job: batch by batch, each batch one transaction
with one event of the trail, taken up where it was left; which were done and which not, and why, is said at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypedDict
from uuid import UUID, uuid5

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.cases.batches import batch_in_hand
from shishi.apps.cases.completing import Work, complete_in
from shishi.apps.cases.models import TaskRow
from shishi.apps.cases.todo import TaskQuery, ids_to_do
from shishi.apps.files.services import content_of, keep
from shishi.apps.jobs.kinds import Ending, Errand
from shishi.apps.jobs.models import Job
from shishi.apps.jobs.services import start
from shishi.core.errors import Misuse
from shishi.core.tasks import Decision, TaskState

MOST = 200_000
AT_ONCE = 200
"""Cases of one transaction: few enough that nobody waits for long, many enough that the disk does not decide."""
_TOLD = 1000
_NAMES = UUID("0b9d3c5e-7a0f-5a9e-9c52-6f2f3f5f2021")


class Reason(TypedDict):
    """Why how many were not done."""

    code: str
    message: str
    many: int


@dataclass
class Tally:
    """What came of it. ``left``: the first tasks that were not done, each with its number and why; ``reasons``: of all
    of them, how many by the code of the reason, with the words of the first."""

    done: int = 0
    before: int = 0
    not_done: int = 0
    left: list[dict[str, object]] = field(default_factory=list)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def leave(self, task: int, number: str, code: str, message: str) -> None:
        """One was not done."""
        self.not_done += 1
        self.reasons.setdefault(code, {"code": code, "message": message, "many": 0})["many"] += 1
        if len(self.left) < _TOLD:
            self.left.append({"task": task, "number": number, "code": code, "message": message})


def approve_many(
    tasks: Sequence[int] | TaskQuery, outcome: str, *, by: Person, at: datetime, text: str = "", once: str = ""
) -> Job:
    """Ask for the same outcome for all these tasks, or for everything of one's to-do list that a query finds. The
    same ``once`` is the same job. ``Misuse``: nothing_to_do, too_many. A refusal is never done in bulk: each
    applicant is owed a reason of their own."""
    wanted = ids_to_do(by, at, tasks, MOST + 1) if isinstance(tasks, TaskQuery) else list(dict.fromkeys(tasks))
    if not wanted:
        raise Misuse("nothing_to_do", "没有选中要办的任务。")
    if len(wanted) > MOST:
        raise Misuse("too_many", f"一次最多办 {MOST:,} 件，选中了更多。请用流程或项目缩小范围，分几次办。")
    with transaction.atomic():
        held = keep(json.dumps(wanted).encode(), at)
        asked = {"tasks": held.sha256, "many": len(wanted), "outcome": outcome, "text": text.strip()}
        return start("cases.approve", f"批量办理 {len(wanted):,} 件", asked, key=once, by=by, at=at)


def as_job(errand: Errand) -> Ending:
    """Do it. Done once or after a fall half-way, the outcome is the same: a task that is done is not done again, and
    counts as done when this very person did it so."""
    asked = errand.asked
    ids: list[int] = json.loads(content_of(str(asked["tasks"])))
    work = Work(Decision(str(asked["outcome"]), str(asked["text"])), {})
    tally = Tally()
    for begin in range(0, len(ids), AT_ONCE):
        part = ids[begin : begin + AT_ONCE]
        name = str(uuid5(_NAMES, f"{asked['tasks']}:{asked['outcome']}:{begin}:{errand.by.pk}:{errand.at}"))
        _batch(part, work, name, errand.by, errand.at, tally)
        errand.told("办理", min(begin + AT_ONCE, len(ids)), len(ids))
    document = {
        "asked": len(ids),
        "done": tally.done,
        "done_before": tally.before,
        "not_done": tally.not_done,
        "reasons": sorted(tally.reasons.values(), key=lambda item: -item["many"]),
        "left": tally.left,
    }
    return Ending(document)


def _batch(ids: Sequence[int], work: Work, name: str, by: Person, at: datetime, tally: Tally) -> None:
    """One transaction; what is refused leaves no trace in it."""
    with batch_in_hand(ids, by=by, at=at, name=name) as batch:
        for pk in ids:
            task = batch.tasks.get(pk)
            if task is None:
                tally.leave(pk, "", "unknown_task", f"没有第 {pk} 号任务。")
            elif _was_done(task, work, by):
                tally.before += 1
            elif refused := batch.try_one(task, partial(complete_in, task=pk, work=work)):
                tally.leave(pk, task.case.number, refused.code, refused.message)
            else:
                tally.done += 1


def _was_done(task: TaskRow, work: Work, by: Person) -> bool:
    over = task.state in (TaskState.DONE, TaskState.HELD)
    return over and task.done_by == by.username and task.outcome == work.decision.outcome
