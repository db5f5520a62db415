"""A case in hand: locked for one transaction, changed there, written at its end once, with its lines and one event.

The order of locks is the same for everybody: cases (the smaller id first), then the ledger, then the chain of the
trail; so no two writers wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db import connection, transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of, one_look
from shishi.apps.audit.services import record
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.models import CaseDone, CaseRow, CaseStep, MaterialRow, PauseRow, TaskRow
from shishi.apps.cases.partners import speaks_across, tell_partner
from shishi.apps.cases.telling import tell_applicant
from shishi.apps.cases.thread import digest_of_step, kept_standing, standing_of
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import WorkingCalendar, day_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.cases import MOVES, Moved, Standing, move
from shishi.core.errors import Misuse
from shishi.core.processes import Process

MACHINE = "（系统）"
"""Who acted, in the thread and on the trail, where no person did."""
_OF_TASK = "SELECT held.* FROM cases_caserow held JOIN cases_taskrow task ON task.case_id = held.id WHERE task.id = %s"
CHANGING = [
    "state",
    "standing",
    "digest",
    "outcome",
    "facts",
    "marking",
    "ended",
    "bodies",
    "clock_from",
    "legal_due",
    "promised_due",
    "extended",
    "provisional",
    "watch_at",
    "watched",
    "steps_count",
    "last_digest",
    "last_at",
    "ended_at",
]
"""What of a case changes after it was opened."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the thread says. ``seen``: who may read it, where that is not the rule of its action. ``event``:
    what the trail calls it, where its action says too little."""

    action: CaseAction
    text: str = ""
    seen: SeenBy | None = None
    element: str = ""
    token: str = ""
    outcome: str = ""
    items: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    told: Mapping[str, object] = field(default_factory=dict)
    event: str = ""


@dataclass
class Later:
    """What of a case in a batch is written with that of the others at the end: tasks that were closed and opened."""

    closed: list[TaskRow] = field(default_factory=list)
    opened: list[TaskRow] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether something is put off."""
        return bool(self.closed or self.opened)


@dataclass
class InHand:
    """One case while it is being changed. ``by`` ``None``: the clock or a machine acts."""

    row: CaseRow
    process: Process
    by: Person | None
    at: datetime
    standing: Standing
    batch: str = ""
    lines: list[CaseStep] = field(default_factory=list)
    corrected: frozenset[str] = frozenset()
    """Tokens at which a colleague still has something to correct, as far as that was looked up."""
    nobodys: bool = False
    """Whether it was looked up that the case concerns nobody but who applied."""
    ahead: dict[int, TaskRow] = field(default_factory=dict)
    """Tasks of the case that were looked up with those of others, under its lock."""
    papers: list[MaterialRow] | None = None
    """Its materials, where they were looked up with those of others."""
    later: Later | None = None
    """What is put off, in a batch; ``None``: everything is written at once."""
    event: str = ""
    """What the trail calls what was done last."""
    _pauses: list[PauseRow] | None = None

    @cached_property
    def days(self) -> WorkingCalendar:
        """The working days, looked up once."""
        return calendar(None, self.at)

    @property
    def pauses(self) -> list[PauseRow]:
        """Every span that did not or does not count, in order; looked up once."""
        if self._pauses is None:
            self._pauses = list(self.row.pauses.order_by("started_at", "pk"))
        return self._pauses

    def close_task(self, row: TaskRow) -> None:
        """Write that a task is over."""
        if self.later is None:
            row.save(update_fields=["state", "outcome", "text", "done_at", "done_by", "watch_at", "assignee"])
        else:
            self.later.closed.append(row)

    def add_tasks(self, rows: list[TaskRow]) -> None:
        """Write tasks that opened."""
        if self.later is not None:
            self.later.opened += rows
        elif len(rows) == 1:
            rows[0].save(force_insert=True)
        else:
            TaskRow.objects.bulk_create(rows)

    def write_put_off(self) -> None:
        """Write what was put off, and from now on at once: somebody is going to ask the store."""
        put_off, self.later = self.later, None
        if put_off is not None:
            for row in put_off.closed:
                self.close_task(row)
            if put_off.opened:
                self.add_tasks(put_off.opened)

    def know_pauses(self, rows: list[PauseRow]) -> None:
        """They were looked up with those of others."""
        self._pauses = rows

    def forget_pauses(self) -> None:
        """They were changed: look them up again."""
        self._pauses = None

    @property
    def actor(self) -> str:
        """Who acts, as histories name it."""
        return self.by.username if self.by else MACHINE

    @property
    def about(self) -> str:
        """The case as messages name it."""
        return f"case:{self.row.number}"

    def say(self, line: Line) -> CaseStep:
        """Take a step and write its line. ``Misuse`` when the state does not allow it. A clock that stepped back does
        not disorder the thread: the line stands at the moment of the one before it, and says what the clock told."""
        moment, told = self.at, dict(line.told)
        if moment < self.row.last_at:
            moment, told["clock"] = self.row.last_at, self.at.isoformat()
        moved = Moved(line.action, self.actor, moment, line.text, tuple(line.items))
        self.standing = move(self.standing, moved)
        row = self.row
        step = CaseStep(
            case=row,
            position=row.steps_count + 1,
            action=line.action,
            person=self.actor,
            at=moment,
            text=line.text,
            seen_by=line.seen or MOVES[line.action].seen,
            element=line.element,
            token=line.token,
            outcome=line.outcome,
            items=list(line.items),
            facts=dict(line.facts),
            told=told,
            batch=self.batch,
        )
        step.digest = digest_of_step(step, str(row.uuid), row.last_digest)
        row.steps_count, row.last_digest, row.last_at = step.position, step.digest, moment
        row.state, row.standing = self.standing.state, kept_standing(self.standing)
        row.facts = {**row.facts, **line.facts}
        self.lines.append(step)
        self.event = line.event or line.action
        return step

    def done_before(self, once: str) -> bool:
        """Whether what is asked for with this key was done already; from now on it is."""
        if not once:
            return False
        key = f"{self.actor}:{once}"[:200]
        defaults = {"case": self.row, "position": self.row.steps_count}
        _, made = CaseDone.objects.get_or_create(key=key, defaults=defaults)
        return not made

    def lay_down(self) -> None:
        """Write what was done: the row once, its lines, what the applicant hears, and, last, for the chain is
        everybody's, one event: the digest of the last line stands on all of them."""
        self.row.save(update_fields=CHANGING)
        if not self.lines:
            return
        if len(self.lines) == 1:
            self.lines[0].save(force_insert=True)
        else:
            CaseStep.objects.bulk_create(self.lines)
        for step in self.lines:
            tell_applicant(self.row, step)
        if speaks_across(self.process):
            tell_partner(self.row, self.lines, self.by, self.at)
        if not self.batch:
            self._record()

    def _record(self) -> None:
        last = self.lines[-1]
        detail = {
            "actions": [step.action for step in self.lines],
            "number": self.row.number,
            "state": self.row.state,
            **({"outcome": last.outcome} if last.outcome else {}),
        }
        record(
            at=self.at,
            person=self.actor,
            body=body_of(self.by, day_of(self.at)) if self.by else "",
            action=f"case.{self.event}",
            subject=f"case.step:{self.row.uuid}/{last.position}",
            digest=last.digest,
            detail=detail,
        )


@contextmanager
def in_hand(case: UUID | str | int, *, by: Person | None, at: datetime, batch: str = "") -> Iterator[InHand]:
    """Take one case in hand: by its lasting id, its number, or (``int``) a task of it. ``Misuse``: unknown_case,
    unknown_task."""
    with transaction.atomic(), one_look():
        held = taken(locked(case), by=by, at=at, batch=batch)
        yield held
        held.lay_down()


def locked(case: UUID | str | int) -> CaseRow:
    """The case, and nobody else's until the transaction ends. Named as for :func:`in_hand`."""
    if isinstance(case, int):
        alone = " FOR UPDATE OF held" if connection.features.has_select_for_update_of else ""
        row = next(iter(CaseRow.objects.raw(_OF_TASK + alone, [case])), None)
    else:
        by_id = isinstance(case, UUID) or _is_uuid(case)
        held = CaseRow.objects.select_for_update(of=("self",)).select_related("applicant")
        row = held.filter(**{"uuid" if by_id else "number": case}).first()
    if row is None:
        raise unknown_task(case) if isinstance(case, int) else unknown_case(str(case))
    return row


def taken(row: CaseRow, *, by: Person | None, at: datetime, batch: str = "") -> InHand:
    """A locked case in hand."""
    return InHand(row, process_of(row), by, at, standing_of(row), batch)


def unknown_case(case: str) -> Misuse:
    """One that is not there, or that the reader may not know of: the same words for both."""
    return Misuse("unknown_case", f"没有办件“{case[:60]}”，或它不在您的权限范围内。请核对受理号。")


def unknown_task(task: int) -> Misuse:
    """One that is not there, or that the reader may not know of: the same words for both."""
    return Misuse("unknown_task", f"没有第 {task} 号任务，或它不归您办。请从待办里找。")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
