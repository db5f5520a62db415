"""Statements 填报: a division's own figures for one period, and the only steps that they may take up the levels.

Its clerk submits, a second person of it reviews, then each level above that the pack names accepts, nearest first. Any
of them may return it with reasons; until it is reviewed the sender may withdraw it. A standing is nothing but its
history replayed. New figures for the same period are a new statement, which begins again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shishi.core.divisions import Level
from shishi.core.errors import Misuse
from shishi.core.labels import Labelled


@dataclass(frozen=True, slots=True)
class Gap:
    """``field`` states what came within the period: ``total`` at its end less ``total`` one period earlier."""

    field: str
    total: str


@dataclass(frozen=True, slots=True)
class StatementPlan:
    """How the figures of a table go up. ``by``: the date field of the key that holds the period's last day, ``""`` for
    figures since the beginning 自开展以来, one row for each division. ``accepted_by``: levels above, nearest first.
    ``only_accepted``: above its own division a statement counts only as far as it has been accepted; else it counts
    once reviewed and is told as 未审. ``grace_hours`` after the cut-off a period closes, ``None``: it never does.
    ``never_fall`` and ``gaps`` hold against the period before; of ``queried`` fields a breach needs an explanation."""

    by: str = ""
    reviewed: bool = True
    accepted_by: tuple[Level, ...] = ()
    only_accepted: bool = False
    grace_hours: int | None = None
    never_fall: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    queried: tuple[str, ...] = ()

    def above(self, level: Level) -> tuple[Level, ...]:
        """The levels that accept what a division of ``level`` states, nearest first."""
        return tuple(sorted((item for item in self.accepted_by if item < level), reverse=True))

    def needed(self, node: Level, level: Level) -> Level | None:
        """Which acceptance a statement of ``level`` needs to be told as accepted at a node of the level ``node``: the
        widest that is not wider than the node; ``None``: none."""
        return min((item for item in self.above(level) if item >= node), default=None)


def acceptance(level: Level) -> str:
    """The name of the assured group whose mark says that this level has accepted."""
    return f"accepted_{level.name.lower()}"


LEVEL_NAMES = {
    Level.COUNTRY: "国家",
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.COUNTY: "县级",
    Level.STREET: "乡级",
    Level.VILLAGE: "村级",
}


class StatementState(Labelled):
    """Where a statement stands."""

    MISSING = "missing", "未报"
    SUBMITTED = "submitted", "待审核"
    REVIEWED = "reviewed", "已审核"
    ACCEPTED = "accepted", "已接收"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已收回"


class StatementAction(Labelled):
    """What a person may do with a statement. ``post``: handed in where no second person is asked for."""

    SUBMIT = "submit", "提交"
    POST = "post", "报送"
    REVIEW = "review", "审核"
    ACCEPT = "accept", "接收"
    RETURN = "return", "退回"
    WITHDRAW = "withdraw", "收回"


S, A = StatementState, StatementAction


@dataclass(frozen=True, slots=True)
class StatementStep:
    """One row of the transition table. ``target`` ``None``: accepted at the last level, reviewed before it.
    ``apart``: only by somebody who has not yet had a hand in it; ``own``: only by its sender; ``reasoned``: refused
    without a text."""

    sources: frozenset[StatementState]
    target: StatementState | None
    apart: bool = False
    own: bool = False
    reasoned: bool = False


STATEMENT_STEPS: dict[StatementAction, StatementStep] = {
    A.SUBMIT: StatementStep(frozenset({S.MISSING}), S.SUBMITTED),
    A.POST: StatementStep(frozenset({S.MISSING}), S.REVIEWED),
    A.REVIEW: StatementStep(frozenset({S.SUBMITTED}), S.REVIEWED, apart=True),
    A.ACCEPT: StatementStep(frozenset({S.REVIEWED}), None, apart=True),
    A.RETURN: StatementStep(frozenset({S.SUBMITTED, S.REVIEWED}), S.RETURNED, apart=True, reasoned=True),
    A.WITHDRAW: StatementStep(frozenset({S.SUBMITTED}), S.WITHDRAWN, own=True),
}


@dataclass(frozen=True, slots=True)
class StatementTaken:
    """One line of the history. ``level``: the level above that accepts or returns."""

    action: StatementAction
    person: str
    at: datetime
    text: str = ""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class StatementStanding:
    """Where a statement stands. ``levels``: those that must accept it, nearest first; ``accepted``: those that have."""

    levels: tuple[Level, ...]
    state: StatementState = StatementState.MISSING
    accepted: tuple[Level, ...] = ()
    history: tuple[StatementTaken, ...] = ()

    @property
    def next_level(self) -> Level | None:
        """The level whose turn it is; ``None`` before the review, and when none is left."""
        waiting = self.levels[len(self.accepted) :] if self.state is S.REVIEWED else ()
        return waiting[0] if waiting else None

    @property
    def told(self) -> str:
        """The state in words: who has accepted, and whose turn it is."""
        if self.state is not S.REVIEWED:
            return self.state.label
        done = f"{LEVEL_NAMES[self.accepted[-1]]}已接收" if self.accepted else self.state.label
        return f"{done}，{LEVEL_NAMES[self.next_level]}未审" if self.next_level is not None else done


def take_statement(standing: StatementStanding, taken: StatementTaken) -> StatementStanding:
    """The standing after one step; ``Misuse`` when the step may not be taken now or by this person, with what may."""
    step = STATEMENT_STEPS[taken.action]
    if standing.state not in step.sources:
        raise _not_now(standing, taken)
    if step.reasoned and not taken.text.strip():
        raise Misuse("reason_missing", f"“{taken.action.label}”要写明原因：加 --reason。")
    sender = standing.history[0].person if standing.history else ""
    if step.own and taken.person != sender:
        raise Misuse("not_the_sender", f"只能由提交人 {sender} 自己收回。审核人可以退回。")
    if step.apart and any(item.person == taken.person for item in standing.history):
        message = f"{taken.person} 已经办过这份填报的前一步，不能再{taken.action.label}。请由另一个有权限的人办理。"
        raise Misuse("same_person", message)
    _require_level(standing, taken)
    accepted = standing.accepted
    if taken.action is A.ACCEPT and taken.level is not None:
        accepted = (*accepted, taken.level)
    state = step.target or (S.ACCEPTED if len(accepted) == len(standing.levels) else S.REVIEWED)
    return replace(standing, state=state, accepted=accepted, history=(*standing.history, taken))


def replay_statement(levels: Sequence[Level], history: Iterable[StatementTaken]) -> StatementStanding:
    """The standing that a history leads to."""
    standing = StatementStanding(tuple(levels))
    for taken in history:
        standing = take_statement(standing, taken)
    return standing


def possible_steps(standing: StatementStanding) -> tuple[StatementAction, ...]:
    """The actions that the table allows now."""
    found = (action for action, step in STATEMENT_STEPS.items() if standing.state in step.sources)
    if standing.state is S.REVIEWED and standing.next_level is None:
        return ()
    return tuple(found)


def _require_level(standing: StatementStanding, taken: StatementTaken) -> None:
    """No level is skipped: it is the turn of the nearest that has not accepted."""
    turn = standing.next_level
    from_above = taken.action is A.ACCEPT or (taken.action is A.RETURN and standing.state is S.REVIEWED)
    if not from_above:
        return
    if turn is None:
        raise _not_now(standing, taken)
    if taken.level is not turn:
        message = f"这份填报{standing.told}，要由{LEVEL_NAMES[turn]}先办，不能越级{taken.action.label}。"
        raise Misuse("level_skipped", message)


def _not_now(standing: StatementStanding, taken: StatementTaken) -> Misuse:
    ways = "、".join(action.label for action in possible_steps(standing)) or "无（要改数请重新填报）"
    message = f"这份填报现为“{standing.told}”，不能办理“{taken.action.label}”。现在可以办理：{ways}。"
    return Misuse("statement_step_not_allowed", message)
