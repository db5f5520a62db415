"""Statements 填报 as they stand: what each division stated for a period, and how far up it has been accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.assurance.models import MarkRow
from shishi.apps.ledger.periods import PeriodCalendar, proposals_of
from shishi.apps.ledger.stated import batches_of, received_at, stated_rows
from shishi.core.assurance import Basis
from shishi.core.divisions import Level, level_of
from shishi.core.periods import Period, closes_at
from shishi.core.statements import (
    StatementAction,
    StatementStanding,
    StatementState,
    StatementTaken,
    acceptance,
    replay_statement,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from shishi.apps.ledger.models import Batch, Proposal, RevisionRow

_PRE = {"open": StatementState.SUBMITTED, "returned": StatementState.RETURNED, "withdrawn": StatementState.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Statement:
    """What one division stated for a period. ``row`` is what stands in the ledger, ``standing`` how far it went;
    ``waiting``: newer figures before their review; ``last``: what became of the last that did not get there.
    ``received_at``: when figures of the period (or "no change") first came in; ``late``: that was after the cut-off."""

    division: str
    period: Period
    row: RevisionRow | None
    standing: StatementStanding
    waiting: Proposal | None = None
    last: Proposal | None = None
    received_at: datetime | None = None
    late: bool = False

    @property
    def state(self) -> StatementState:
        """The one state that is told."""
        if self.waiting is not None:
            return StatementState.SUBMITTED
        if self.row is not None:
            return self.standing.state
        return _PRE[self.last.state] if self.last is not None else StatementState.MISSING

    @property
    def told(self) -> str:
        """The state in words."""
        if self.row is None:
            return self.state.label
        waiting = f"；更正{StatementState.SUBMITTED.label}" if self.waiting is not None else ""
        return self.standing.told + waiting

    @property
    def reason(self) -> str:
        """Why it was returned, if it stands returned."""
        if self.state is not StatementState.RETURNED:
            return ""
        if self.row is not None:
            return self.standing.history[-1].text
        faults = [str(fault["message"]) for fault in self.last.faults] if self.last else []
        return "；".join([*([self.last.reason] if self.last and self.last.reason else []), *faults])

    def accepted_at(self, node: Level, calendar: PeriodCalendar) -> bool:
        """Whether it stands as accepted for a node of that level."""
        needed = calendar.plan.needed(node, level_of(self.division))
        return self.row is not None and (needed is None or needed in self.standing.accepted)


def statements_of(
    calendar: PeriodCalendar, period: Period, divisions: Collection[str] | None = None, known_at: datetime | None = None
) -> dict[str, Statement]:
    """Of each division (significant code) that stated or submitted anything for the period, its statement."""
    rows = stated_rows(calendar, period, known_at)
    received = received_at(calendar, period, known_at)
    if not calendar.plan.by:  # "no change" says that the row of an earlier period stands
        rows = {code: row for code, row in rows.items() if row.effective_on >= period.start or code in received}
    submitted = _submitted(calendar, period, known_at)
    codes = rows.keys() | received.keys() | submitted.keys()
    wanted = codes if divisions is None else codes & set(divisions)
    marks = _marks(calendar, period, [rows[code].entry for code in wanted if code in rows], known_at)
    batches = batches_of({_settled(calendar, rows[code]) for code in wanted if code in rows})
    cut_off = closes_at(calendar.cadence, period)
    found = {}
    for code in sorted(wanted):
        row, at = rows.get(code), received.get(code)
        standing = StatementStanding(calendar.plan.above(level_of(code)))
        if row is not None:
            history = _history(row, batches[_settled(calendar, row)], marks[row.entry], calendar)
            standing = replay_statement(standing.levels, history)
        open_one, last = submitted.get(code, (None, None))
        found[code] = Statement(code, period, row, standing, open_one, last, at, at is not None and at > cut_off)
    return found


def statement_of(calendar: PeriodCalendar, period: Period, division: str) -> Statement:
    """The statement of one division, missing or not."""
    found = statements_of(calendar, period, {division}).get(division)
    return found or Statement(division, period, None, StatementStanding(calendar.plan.above(level_of(division))))


def _submitted(
    calendar: PeriodCalendar, period: Period, known_at: datetime | None
) -> dict[str, tuple[Proposal | None, Proposal | None]]:
    """Of each division what waits for review, and the last that was returned or withdrawn."""
    found: dict[str, tuple[Proposal | None, Proposal | None]] = {}
    asked: QuerySet[Proposal] = proposals_of(calendar, period).prefetch_related("divisions")
    for proposal in asked.filter(proposed_at__lte=known_at) if known_at else asked:
        waiting = proposal.state == "open" or bool(known_at and proposal.decided_at and proposal.decided_at > known_at)
        for item in proposal.divisions.all():
            if waiting:
                found[item.division] = (proposal, None)
            elif proposal.state != "approved":
                found[item.division] = (None, proposal)
    return found


def _settled(calendar: PeriodCalendar, row: RevisionRow) -> int:
    """The sequence at which the figures last changed."""
    groups = [acceptance(level) for level in calendar.plan.accepted_by]
    return max((row.settled[group] for group in groups if group in row.settled), default=row.sequence)


def _marks(
    calendar: PeriodCalendar, period: Period, entries: Collection[UUID], known_at: datetime | None
) -> Mapping[UUID, list[MarkRow]]:
    groups = [acceptance(level) for level in calendar.plan.accepted_by]
    marks = MarkRow.objects.filter(table=calendar.table.name, group__in=groups, entry__in=list(entries))
    if not calendar.plan.by:  # one row for all periods: what was accepted later is a later period's
        marks = marks.filter(effective_on__lte=period.end)
    found: dict[UUID, list[MarkRow]] = defaultdict(list)
    for mark in (marks.filter(recorded_at__lte=known_at) if known_at else marks).order_by("sequence"):
        found[mark.entry].append(mark)
    return found


def _history(
    row: RevisionRow, batch: Batch, marks: Collection[MarkRow], calendar: PeriodCalendar
) -> Iterator[StatementTaken]:
    """How the figures came to stand, from what is stored of it."""
    proposal = getattr(batch, "proposal", None)
    if batch.approved_by:
        sent = proposal.proposed_at if proposal else batch.recorded_at
        yield StatementTaken(StatementAction.SUBMIT, batch.person, sent)
        yield StatementTaken(StatementAction.REVIEW, batch.approved_by, batch.recorded_at)
    else:
        yield StatementTaken(StatementAction.POST, batch.person, batch.recorded_at)
    levels = {acceptance(level): level for level in calendar.plan.accepted_by}
    settled = _settled(calendar, row)
    for mark in marks:
        if mark.sequence > settled:
            accepted = mark.state == Basis.VERIFIED
            action = StatementAction.ACCEPT if accepted else StatementAction.RETURN
            yield StatementTaken(action, mark.person, mark.recorded_at, mark.note, levels[mark.group])
