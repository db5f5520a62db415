"""Stopping and ending: suspended and resumed, prolonged once, withdrawn by who applied, begun again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.cases.advancing import begin, close_all
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.clocks import begin_pause, end_pause, reckon_tasks, set_case_clock
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.partners import FROM_THERE, ask_withdrawal
from shishi.apps.cases.reach import EARLIER
from shishi.apps.cases.taking import may_manage, require_manager, require_worker
from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.errors import Misuse, Refused
from shishi.core.limits import PauseKind


def suspend(case: UUID | str, reason: str, *, by: Person, at: datetime, once: str = "") -> CaseRow:
    """Stop it 中止, for a reason: nothing can be done and no time counts until it is resumed. Suspended already: nothing
    happens."""
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        if held.done_before(once) or held.standing.state is CaseState.SUSPENDED:
            return held.row
        held.say(Line(CaseAction.SUSPEND, reason.strip()))
        begin_pause(held, PauseKind.SUSPENDED)
    return held.row


def resume(case: UUID | str, reason: str, *, by: Person, at: datetime) -> CaseRow:
    """Go on with it; deadlines are later by the time that did not count."""
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        if held.standing.state is not CaseState.SUSPENDED and held.row.pauses.filter(kind=PauseKind.SUSPENDED).exists():
            return held.row
        held.say(Line(CaseAction.RESUME, reason.strip()))
        end_pause(held, PauseKind.SUSPENDED)
    return held.row


def extend(case: UUID | str, reason: str, *, by: Person, at: datetime) -> CaseRow:
    """Prolong the case's limits by what its process allows, once, by who looks after cases (行政许可法 42: approved by the
    head of the agency). ``Misuse`` (extension_none, clock_not_begun); ``Refused`` (extended_before)."""
    with in_hand(case, by=by, at=at) as held:
        require_manager(held)
        extension = held.process.clocks.extension
        if extension is None:
            raise Misuse("extension_none", f"“{held.process.title}”没有规定可以延长时限。")
        if held.row.clock_from is None:
            raise Misuse("clock_not_begun", "这件办件还没有起算时限，不需要延长。")
        if held.row.extended:
            raise Refused("extended_before", "时限只能延长一次，这件办件已经延长过。")
        held.row.extended = 1
        held.row.watched = ""
        clock = clock_of(held.row, held.process, held.days)
        sentence = clock.legal.sentence if clock.legal else ""
        held.say(Line(CaseAction.EXTEND, f"{reason.strip()}（{sentence}）" if reason.strip() else ""))
        set_case_clock(held)
    return held.row


def withdraw(case: UUID | str, reason: str, *, by: Person, at: datetime, once: str = "") -> CaseRow:
    """The applicant takes it back, or an official who looks after it does on their word. What was forwarded to
    another body is withdrawn once that body says so. Withdrawn already: nothing happens. ``Misuse``
    (not_your_case, case_step_not_allowed)."""
    with in_hand(case, by=by, at=at) as held:
        _require_applicant(held)
        if held.done_before(once) or held.standing.state is CaseState.WITHDRAWN:
            return held.row
        if ask_withdrawal(held.row, reason.strip(), by, at):
            told = {FROM_THERE: True}
            held.say(Line(CaseAction.COMMENT, f"请办理地撤回：{reason.strip()}", SeenBy.APPLICANT, told=told))
        else:
            held.say(Line(CaseAction.WITHDRAW, reason.strip()))
            close_all(held)
    return held.row


def reopen(case: UUID | str, reason: str, *, by: Person, at: datetime, once: str = "") -> CaseRow:
    """Begin it again under its number and in its thread, with what is known of it: by the applicant who is not content,
    or by who looks after cases. The clock begins anew. It runs under the definition that it had."""
    with in_hand(case, by=by, at=at) as held:
        _require_applicant(held)
        if held.done_before(once):
            return held.row
        held.say(Line(CaseAction.REOPEN, reason.strip()))
        row = held.row
        row.ended, row.ended_at, row.outcome, row.watched, row.extended = False, None, "", "", 0
        row.clock_from = None if held.process.clocks.starts else at
        row.facts = {key: cell for key, cell in row.facts.items() if not key.endswith(".outcome")}
        row.marking = b""
        _forget_round(held)
        begin(held)
        reckon_tasks(held)
    return held.row


def archive(case: UUID | str, *, by: Person, at: datetime) -> CaseRow:
    """Put it away 归档: nothing is done with it any more. ``Misuse`` (not_your_case)."""
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        if held.standing.state is CaseState.ARCHIVED:
            return held.row
        held.say(Line(CaseAction.ARCHIVE))
    return held.row


def _forget_round(case: InHand) -> None:
    """Tokens have their names anew in each round: what an earlier one left keeps its rows under names of that round."""
    number = case.standing.rounds
    for rows in (case.row.tasks, case.row.waits, case.row.calls, case.row.incidents, case.row.pauses):
        for item in rows.exclude(EARLIER).exclude(token=""):
            item.token = f"@{number}:{item.token}"[:400]
            item.save(update_fields=["token"])


def _require_applicant(case: InHand) -> None:
    """Who applied, who wrote it down for them, or who looks after cases there."""
    person, row = case.by, case.row
    own = person is not None and (person.pk == row.applicant_id or person.username == row.opened_by)
    if not own and not may_manage(case):
        require_manager(case)
