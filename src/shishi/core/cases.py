"""Cases 办件: where a person's, a firm's or an office's matter stands (GB/T 39046), and the only steps that it may take.

What the diagram of its process draws decides which task comes next; what is here holds for every process: who may take
which step in which state, what the applicant may see of it, and that a standing is nothing but its history replayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shishi.core.case_states import CaseAction, CaseState, SeenBy, Taker
from shishi.core.errors import Misuse, Refused

S, A = CaseState, CaseAction
_BEFORE = frozenset({S.SUBMITTED, S.PRECHECKED})
_WORKING = _BEFORE | {S.ACCEPTED, S.HANDLING}
_STOPPED = frozenset({S.SUPPLEMENTING, S.PAUSED, S.SUSPENDED})
_OPEN = _WORKING | _STOPPED
_TOLD = frozenset({S.REFUSED, S.DECIDED, S.DELIVERED, S.RATED})
_KEPT = frozenset({S.ARCHIVED, S.DRAFT})
UNFINISHED = _OPEN | {S.DECIDED}
"""States in which somebody still has something to do."""
STOPPED = _STOPPED
"""States in which the clock of the case stands."""
_ALL = frozenset(S) - _KEPT
_HANDLER, _MANAGER, _APPLICANT, _MACHINE = (
    frozenset({Taker.HANDLER}),
    frozenset({Taker.MANAGER}),
    frozenset({Taker.APPLICANT}),
    frozenset({Taker.MACHINE}),
)
_OFFICE = _HANDLER | _MANAGER


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of steps. ``target`` ``None``: the state stays; ``back``: the state before the stop comes
    back. ``reasoned``: refused without a text. ``seen``: who reads it where nobody says otherwise."""

    sources: frozenset[CaseState]
    target: CaseState | None
    takers: frozenset[Taker]
    reasoned: bool = False
    back: bool = False
    seen: SeenBy = SeenBy.OFFICIALS


_SEEN = SeenBy.APPLICANT
MOVES: dict[CaseAction, Move] = {
    A.SUBMIT: Move(frozenset({S.DRAFT}), S.SUBMITTED, _APPLICANT | _OFFICE, seen=_SEEN),
    A.PRECHECK: Move(frozenset({S.SUBMITTED}), S.PRECHECKED, _HANDLER, seen=_SEEN),
    A.ACCEPT: Move(_BEFORE, S.ACCEPTED, _HANDLER, seen=_SEEN),
    A.ASK_SUPPLEMENT: Move(_WORKING, S.SUPPLEMENTING, _HANDLER, reasoned=True, seen=_SEEN),
    A.SUPPLEMENT: Move(frozenset({S.SUPPLEMENTING}), None, _APPLICANT | _OFFICE, back=True, seen=_SEEN),
    A.REFUSE: Move(_BEFORE, S.REFUSED, _HANDLER, reasoned=True, seen=_SEEN),
    A.HANDLE: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER | _APPLICANT | _MACHINE),
    A.PAUSE: Move(_WORKING, S.PAUSED, _MACHINE | _OFFICE, seen=_SEEN),
    A.CONTINUE: Move(frozenset({S.PAUSED}), None, _MACHINE | _OFFICE, back=True, seen=_SEEN),
    A.SUSPEND: Move(_OPEN - {S.SUSPENDED}, S.SUSPENDED, _OFFICE, reasoned=True, seen=_SEEN),
    A.RESUME: Move(frozenset({S.SUSPENDED}), None, _OFFICE, reasoned=True, back=True, seen=_SEEN),
    A.EXTEND: Move(_OPEN, None, _MANAGER, reasoned=True, seen=_SEEN),
    A.DECIDE: Move(_WORKING | {S.PAUSED}, S.DECIDED, _HANDLER | _MACHINE, seen=_SEEN),
    A.DELIVER: Move(_WORKING | {S.DECIDED}, S.DELIVERED, _HANDLER | _MACHINE, seen=_SEEN),
    A.RATE: Move(_TOLD, S.RATED, _APPLICANT, seen=_SEEN),
    A.ARCHIVE: Move(_TOLD | {S.WITHDRAWN}, S.ARCHIVED, _OFFICE | _MACHINE),
    A.WITHDRAW: Move(_OPEN, S.WITHDRAWN, _APPLICANT | _MANAGER, reasoned=True, seen=_SEEN),
    A.REOPEN: Move(_TOLD - {S.DECIDED}, S.SUBMITTED, _APPLICANT | _MANAGER, reasoned=True, seen=_SEEN),
    A.CLAIM: Move(_OPEN | {S.DECIDED}, None, _HANDLER),
    A.RELEASE: Move(_OPEN | {S.DECIDED}, None, _OFFICE, reasoned=True),
    A.HAND_OVER: Move(_OPEN | {S.DECIDED}, None, _OFFICE, reasoned=True),
    A.DELEGATE: Move(_OPEN | {S.DECIDED}, None, _HANDLER, reasoned=True),
    A.RETURN: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER, reasoned=True),
    A.CORRECT: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER),
    A.AGREE: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER),
    A.DISAGREE: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER, reasoned=True),
    A.VOTE: Move(_WORKING | {S.PAUSED, S.DECIDED}, None, _HANDLER | _APPLICANT),
    A.MATERIAL: Move(_OPEN, None, _APPLICANT | _OFFICE, seen=_SEEN),
    A.CHECK_MATERIAL: Move(_OPEN, None, _OFFICE, seen=_SEEN),
    A.COMMENT: Move(_ALL, None, frozenset(Taker), reasoned=True, seen=_SEEN),
    A.COPY: Move(_ALL, None, _OFFICE),
    A.INTEREST: Move(_ALL, None, _OFFICE, reasoned=True),
    A.WARN: Move(_ALL, None, _MACHINE),
    A.OVERDUE: Move(_ALL, None, _MACHINE),
    A.ESCALATE: Move(_ALL, None, _MACHINE),
    A.RECKON: Move(_ALL, None, _MACHINE | _MANAGER, seen=_SEEN),
    A.TIMER: Move(_OPEN | {S.DECIDED}, None, _MACHINE, seen=_SEEN),
    A.MESSAGE: Move(_OPEN | {S.DECIDED}, None, _MACHINE),
    A.CALL: Move(_ALL, None, _MACHINE),
    A.INCIDENT: Move(_ALL, None, _MACHINE),
    A.MEND: Move(_ALL, None, _MANAGER, reasoned=True),
}
"""The whole of what a case may go through."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the thread as the core reads it. ``items``: what a supplement was asked for, by name."""

    action: CaseAction
    person: str
    at: datetime
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. ``stopped``: the states to come back to, the innermost last; ``asked``: everything that the
    applicant was once told to supply; ``accepted``: whether the clock of the law has begun."""

    state: CaseState = CaseState.DRAFT
    stopped: tuple[CaseState, ...] = ()
    asked: frozenset[str] = field(default_factory=frozenset)
    accepted: bool = False
    rounds: int = 0

    @property
    def open(self) -> bool:
        """Whether somebody still has something to do."""
        return self.state in UNFINISHED

    @property
    def clock_stands(self) -> bool:
        """Whether time does not count now."""
        return self.state in _STOPPED


def move(standing: Standing, moved: Moved) -> Standing:
    """The case after one step; ``Misuse`` when the step may not be taken now, with what the state is."""
    row = MOVES[moved.action]
    if row.reasoned and not moved.text.strip():
        raise Misuse("case_reason_missing", f"“{moved.action.label}”须写明理由或内容，它会留在办件记录里。")
    if standing.state not in row.sources:
        told = f"这件办件现为“{standing.state.label}”，不能“{moved.action.label}”。请刷新后看现在能做什么。"
        raise Misuse("case_step_not_allowed", told)
    after = _SPECIAL.get(moved.action, _plain)(standing, moved)
    if row.back:
        return replace(after, state=after.stopped[-1], stopped=after.stopped[:-1])
    if row.target is None or row.target is after.state:
        return after
    stopped = (*after.stopped, after.state) if row.target in _STOPPED else ()
    return replace(after, state=row.target, stopped=stopped)


def retrace(history: Iterable[Moved]) -> Standing:
    """The standing that a history leads to, from the draft on."""
    standing = Standing()
    for moved in history:
        standing = move(standing, moved)
    return standing


def ways_on(standing: Standing, taker: Taker) -> tuple[CaseAction, ...]:
    """The steps that this kind of person may take now."""
    return tuple(action for action, row in MOVES.items() if standing.state in row.sources and taker in row.takers)


_LEADS_TO = {
    S.PRECHECKED: A.PRECHECK,
    S.ACCEPTED: A.ACCEPT,
    S.REFUSED: A.REFUSE,
    S.DECIDED: A.DECIDE,
    S.DELIVERED: A.DELIVER,
}


def action_to(target: str, standing: Standing, refused: bool = False) -> CaseAction:
    """What a completed task means for the case: the step to the state that its outcome names (``""``: none), or mere
    work where that state was passed already. A refusal that names no state refuses the case; what is refused after it
    was accepted is decided, as anything else."""
    wanted = target or (S.REFUSED if refused else "")
    action = _LEADS_TO.get(S(wanted), A.HANDLE) if wanted else A.HANDLE
    if action is A.REFUSE and standing.accepted:
        action = A.DECIDE
    return action if standing.state in MOVES[action].sources else A.HANDLE


def check_supplement(standing: Standing, items: Iterable[str]) -> None:
    """What lacks is told once and whole (行政许可法 32, 不动产登记暂行条例 17): a second time only for things that were on
    the first list. ``Misuse`` (supplement_empty), ``Refused`` (supplement_asked_before)."""
    wanted = tuple(items)
    if not wanted:
        raise Misuse("supplement_empty", "还没有写要补什么。请把要补的材料和内容一次列全。")
    later = [item for item in wanted if standing.asked and item not in standing.asked]
    if later:
        first = "、".join(sorted(standing.asked))
        told = f"补正只能一次性告知。已经告知过：{first}；不能再加：{'、'.join(later)}。"
        raise Refused("supplement_asked_before", f"{told}请按现有材料办理，确不符合条件的写明依据不予办理。")


def _plain(standing: Standing, moved: Moved) -> Standing:
    return standing


def _asked(standing: Standing, moved: Moved) -> Standing:
    check_supplement(standing, moved.items)
    return replace(standing, asked=standing.asked | frozenset(moved.items))


def _accepted(standing: Standing, moved: Moved) -> Standing:
    return replace(standing, accepted=True)


def _handled(standing: Standing, moved: Moved) -> Standing:
    """Work before acceptance leaves the state; the first work after it says that the case is in hand."""
    return replace(standing, state=S.HANDLING) if standing.state is S.ACCEPTED else standing


def _reopened(standing: Standing, moved: Moved) -> Standing:
    return replace(standing, stopped=(), asked=frozenset(), accepted=False, rounds=standing.rounds + 1)


_SPECIAL = {
    A.ASK_SUPPLEMENT: _asked,
    A.ACCEPT: _accepted,
    A.HANDLE: _handled,
    A.REOPEN: _reopened,
}
