"""The whole course 经过 of a division's period: every version that was submitted, every step, every reopening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shishi.apps.assurance.models import MarkRow
from shishi.apps.ledger.periods import PeriodCalendar, proposals_of, reopenings_of
from shishi.apps.ledger.stated import posted_without_review
from shishi.core.assurance import Basis
from shishi.core.periods import Period
from shishi.core.statements import LEVEL_NAMES, StatementAction, acceptance

if TYPE_CHECKING:
    from shishi.apps.ledger.models import Proposal, RevisionRow

_DECIDED = {
    "approved": StatementAction.REVIEW,
    "returned": StatementAction.RETURN,
    "withdrawn": StatementAction.WITHDRAW,
}
REOPENED = "重新打开"


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the course; ``word`` says what was done."""

    at: datetime
    word: str
    person: str
    text: str = ""


def course(calendar: PeriodCalendar, period: Period, division: str, row: RevisionRow | None) -> tuple[Happened, ...]:
    """Everything that was done, in order; ``row`` is what stands in the ledger."""
    found = [line for proposal in _proposals(calendar, period, division) for line in _of_proposal(proposal)]
    if row is not None:
        found += _of_row(calendar, period, row)
    for item in reopenings_of(calendar, period, division):
        found.append(Happened(item.opened_at, REOPENED, item.person, item.reason))
    return tuple(sorted(found, key=lambda line: line.at))


def _proposals(calendar: PeriodCalendar, period: Period, division: str) -> Iterator[Proposal]:
    yield from proposals_of(calendar, period).filter(divisions__division=division).select_related("batch")


def _of_proposal(proposal: Proposal) -> Iterator[Happened]:
    yield Happened(proposal.proposed_at, StatementAction.SUBMIT.label, proposal.person)
    if proposal.decided_at is not None:
        told = [proposal.reason, *(str(fault["message"]) for fault in proposal.faults)]
        text = "；".join(item for item in told if item)
        yield Happened(proposal.decided_at, _DECIDED[proposal.state].label, proposal.decided_by, text)


def _of_row(calendar: PeriodCalendar, period: Period, row: RevisionRow) -> Iterator[Happened]:
    for revision in posted_without_review(row.entry):
        if calendar.plan.by or revision.effective_on in period:
            yield Happened(revision.recorded_at, StatementAction.POST.label, revision.batch.person)
    levels = {acceptance(level): LEVEL_NAMES[level] for level in calendar.plan.accepted_by}
    marks = MarkRow.objects.filter(entry=row.entry, group__in=levels).order_by("sequence")
    for mark in marks:
        if calendar.plan.by or mark.effective_on in period:
            action = StatementAction.ACCEPT if mark.state == Basis.VERIFIED else StatementAction.RETURN
            yield Happened(mark.recorded_at, levels[mark.group] + action.label, mark.person, mark.note)
