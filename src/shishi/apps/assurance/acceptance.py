"""The steps of a statement 填报: reviewed and returned by its own division, accepted and returned by the levels above."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, reaches, require
from shishi.apps.assurance.models import MarkRow
from shishi.apps.assurance.selectors import digest_of
from shishi.apps.assurance.statements import Statement, statement_of, statements_of
from shishi.apps.audit.services import record
from shishi.apps.ledger.models import Proposal
from shishi.apps.ledger.periods import PeriodCalendar, node_above
from shishi.apps.ledger.proposals import approve, return_proposal, withdraw_proposal
from shishi.apps.ledger.writing import claim, lock
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import Level, official
from shishi.core.errors import Misuse
from shishi.core.periods import Period
from shishi.core.statements import StatementAction, StatementState, StatementTaken, acceptance, take_statement


@dataclass(frozen=True, slots=True)
class Step:
    """One step about to be written."""

    statement: Statement
    taken: StatementTaken


def review(calendar: PeriodCalendar, period: Period, divisions: Collection[str], *, by: Person, at: datetime) -> int:
    """Approve what these divisions (significant codes) submitted; all of them or none. Returns how many."""
    with transaction.atomic():
        waiting = [_waiting(calendar, period, code) for code in sorted(divisions)]
        for proposal in dict.fromkeys(waiting):
            approve(proposal, by=by, at=at)
    return len(waiting)


def withdraw(calendar: PeriodCalendar, period: Period, division: str, *, by: Person, at: datetime) -> None:
    """Take one's own statement back before it is reviewed."""
    withdraw_proposal(_waiting(calendar, period, division), reason="", by=by, at=at)


def _waiting(calendar: PeriodCalendar, period: Period, division: str) -> Proposal:
    """What waits for review; ``Misuse`` (statement_step_not_allowed, nothing_submitted)."""
    found = statement_of(calendar, period, division)
    if found.waiting is None:
        message = f"{official(division)} {period.label} 没有待审核的填报（现为“{found.told}”）。"
        raise Misuse("nothing_submitted", message + "用 shishi report status 查看。")
    return found.waiting


def acceptable(calendar: PeriodCalendar, period: Period, *, by: Person, at: datetime) -> tuple[str, ...]:
    """The divisions whose statement waits for a division that the person's post names, and in which they had no hand.
    Who reaches further down may step in for a lower level, but one by one, never for all at once."""
    found, own = [], _own(Action.ACCEPT_REPORTS, calendar, by, at)
    for code, statement in statements_of(calendar, period).items():
        level = statement.standing.next_level
        mine = any(item.person == by.username for item in statement.standing.history)
        if level is None or mine or statement.waiting is not None:
            continue
        if node_above(calendar, code, level, period.end) in own:
            found.append(code)
    return tuple(found)


def _own(action: Action, calendar: PeriodCalendar, by: Person, at: datetime) -> frozenset[str]:
    """The divisions that the person's posts name for the action."""
    found = reaches(by, action, day_of(at))
    return frozenset(code for reach in found for code in reach.divisions if reach.holds(code, calendar.programme.name))


def reviewable(calendar: PeriodCalendar, period: Period, *, by: Person, at: datetime) -> tuple[str, ...]:
    """The divisions whose submitted figures the person may review, of those that the person's post names."""
    own = _own(Action.APPROVE_ROWS, calendar, by, at)
    return tuple(
        code
        for code, statement in statements_of(calendar, period).items()
        if statement.waiting is not None and statement.waiting.person != by.username and code in own
    )


@transaction.atomic
def accept(
    calendar: PeriodCalendar, period: Period, divisions: Collection[str], *, by: Person, at: datetime
) -> Sequence[Level]:
    """Accept at the level whose turn it is, for each of the divisions; all of them or none. Returns the levels."""
    lock()
    steps = [_step(calendar, period, code, StatementAction.ACCEPT, "", by, at) for code in sorted(divisions)]
    _write(calendar, steps, Basis.VERIFIED, by, at)
    return [level for item in steps if (level := item.taken.level) is not None]


@transaction.atomic
def return_statement(
    calendar: PeriodCalendar, period: Period, division: str, *, reason: str, by: Person, at: datetime
) -> None:
    """Send a statement back with a reason: before its review by a second person of the division, after it by the level
    whose turn it is. What was returned stays in the ledger, unaccepted, until new figures come."""
    found = statement_of(calendar, period, division)
    if found.waiting is not None:
        return_proposal(found.waiting, reason=reason, cells={}, by=by, at=at)
        return
    lock()
    step = _step(calendar, period, division, StatementAction.RETURN, reason, by, at)
    _write(calendar, [step], Basis.REPORTED, by, at)


def _step(
    calendar: PeriodCalendar,
    period: Period,
    division: str,
    action: StatementAction,
    text: str,
    by: Person,
    at: datetime,
) -> Step:
    """The step, if it may be taken by this person now; ``Misuse`` otherwise."""
    found = statement_of(calendar, period, division)
    level = found.standing.next_level
    told = f"{official(division)} {period.label}："
    if found.state is StatementState.SUBMITTED and found.row is not None:
        raise Misuse("correction_waiting", f"{told}有更正正待审核，请等审核后再办。")
    if level is not None:
        node = node_above(calendar, division, level, period.end)
        require(by, Action.ACCEPT_REPORTS, node, calendar.programme.name, day_of(at))
    taken = StatementTaken(action, by.username, at, text, level)
    try:
        take_statement(found.standing, taken)
    except Misuse as wrong:
        raise Misuse(wrong.code, told + wrong.message) from wrong
    return Step(found, taken)


def _write(calendar: PeriodCalendar, steps: Sequence[Step], state: Basis, by: Person, at: datetime) -> None:
    """The marks, and one event over them."""
    if not steps:
        return
    claimed = claim(len(steps), at)
    marks = [
        MarkRow(
            sequence=sequence,
            table=calendar.table.name,
            entry=step.statement.row.entry,
            group=acceptance(step.taken.level),
            state=state,
            effective_on=step.statement.row.effective_on,
            recorded_at=claimed.recorded_at,
            person=by.username,
            note=step.taken.text[:300],
        )
        for sequence, step in zip(count(claimed.first), steps, strict=False)
        if step.statement.row is not None and step.taken.level is not None
    ]
    MarkRow.objects.bulk_create(marks, batch_size=500)
    action = "accepted" if state is Basis.VERIFIED else "returned"
    divisions = [official(step.statement.division) for step in steps]
    record(
        at=claimed.recorded_at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action=f"assurance.{action}",
        subject=f"marks:{calendar.table.name}:{marks[0].sequence}-{marks[-1].sequence}",
        digest=digest_of(marks),
        detail={"period": steps[0].statement.period.label, "divisions": divisions, "reason": steps[0].taken.text},
    )
