"""Many at once 批量办理: the same outcome for any number of tasks, as a job: batch by batch, each batch one transaction
with one event of the trail, taken up where it was left; which were done and which not, and why, is said at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of, one_look
from shishi.apps.audit.chain import digest_of_all
from shishi.apps.audit.services import record
from shishi.apps.cases.completing import Work, complete_in
from shishi.apps.cases.in_hand import InHand, taken
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.todo import TaskQuery, ids_to_do
from shishi.apps.files.services import content_of, keep
from shishi.apps.jobs.kinds import Ending, Errand
from shishi.apps.jobs.models import Job
from shishi.apps.jobs.services import start
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, ShishiError
from shishi.core.tasks import Decision, TaskState

MOST = 200_000
AT_ONCE = 200
"""Cases of one transaction: few enough that nobody waits for long, many enough that the disk does not decide."""
_TOLD = 1000
_NAMES = UUID("0b9d3c5e-7a0f-5a9e-9c52-6f2f3f5f2021")


@dataclass
class Tally:
    """What came of it. ``left``: each task that was not done, with its number and why."""

    done: int = 0
    before: int = 0
    left: list[dict[str, object]] = field(default_factory=list)


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
    with one_look():
        for begin in range(0, len(ids), AT_ONCE):
            part = ids[begin : begin + AT_ONCE]
            name = str(uuid5(_NAMES, f"{asked['tasks']}:{asked['outcome']}:{begin}:{errand.by.pk}:{errand.at}"))
            _batch(part, work, name, errand.by, errand.at, tally)
            errand.told("办理", min(begin + AT_ONCE, len(ids)), len(ids))
    document = {
        "asked": len(ids),
        "done": tally.done,
        "done_before": tally.before,
        "not_done": len(tally.left),
        "left": tally.left[:_TOLD],
    }
    return Ending(document)


def _batch(ids: Sequence[int], work: Work, name: str, by: Person, at: datetime, tally: Tally) -> None:
    """One transaction: every case of the batch is locked before anything is done (see in_hand), each is done in a
    savepoint of its own, all that were done are written together."""
    with transaction.atomic():
        found = {row.pk: row for row in TaskRow.objects.filter(pk__in=ids)}
        cases = CaseRow.objects.select_for_update(of=("self",)).select_related("applicant")
        locked = {row.pk: row for row in cases.filter(pk__in={row.case_id for row in found.values()}).order_by("pk")}
        hands: dict[int, InHand] = {}
        for pk in ids:
            task = found.get(pk)
            if task is None:
                tally.left.append({"task": pk, "code": "unknown_task", "message": f"没有第 {pk} 号任务。"})
                continue
            _one(task, locked, hands, work, name, by, at, tally)
        _write(list(hands.values()), name, by, at)


def _one(
    task: TaskRow,
    locked: dict[int, CaseRow],
    hands: dict[int, InHand],
    work: Work,
    name: str,
    by: Person,
    at: datetime,
    tally: Tally,
) -> None:
    row = locked[task.case_id]
    if _was_done(task, work, by):
        tally.before += 1
        return
    held = hands.get(row.pk) or taken(row, by=by, at=at, batch=name)
    before = _state_of(held)
    try:
        with transaction.atomic():
            complete_in(held, task.pk, work)
    except ShishiError as refused:
        _restore(held, before)
        told = {"task": task.pk, "number": row.number, "code": refused.code, "message": refused.message}
        tally.left.append(told)
        return
    hands[row.pk] = held
    tally.done += 1


def _was_done(task: TaskRow, work: Work, by: Person) -> bool:
    over = task.state in (TaskState.DONE, TaskState.HELD)
    return over and task.done_by == by.username and task.outcome == work.decision.outcome


def _state_of(held: InHand) -> tuple[dict[str, object], object, int]:
    kept = {item.attname: getattr(held.row, item.attname) for item in CaseRow._meta.concrete_fields}
    return kept, held.standing, len(held.lines)


def _restore(held: InHand, before: tuple[dict[str, object], object, int]) -> None:
    """What a refused task did to the case in hand is as if it had not been."""
    kept, standing, lines = before
    for name, value in kept.items():
        setattr(held.row, name, value)
    held.standing = standing  # type: ignore[assignment]  # it was taken from there
    del held.lines[lines:]


def _write(hands: list[InHand], name: str, by: Person, at: datetime) -> None:
    """Everything of the batch, and one event over all its lines."""
    for held in hands:
        held.lay_down()
    lines = [step for held in sorted(hands, key=lambda item: item.row.pk) for step in held.lines]
    if not lines:
        return
    detail = {"cases": len(hands), "lines": len(lines)}
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="case.many",
        subject=f"case.batch:{name}",
        digest=digest_of_all(step.digest for step in lines),
        detail=detail,
    )
