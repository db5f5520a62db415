"""Problems 现场问题 that a visit found, and the only steps to their closing: rectification 整改, reply, recheck 复查.

Whoever rechecks is another person than the one who found it and the one who replied. A standing is nothing but its
history replayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shishi.core.errors import Misuse


class ProblemState(StrEnum):
    """Where a problem stands."""

    RECTIFYING = "rectifying"
    REPLIED = "replied"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The Chinese name as it is shown."""
        return ("整改中", "待复查", "复查未过", "已销号", "已撤销")[list(ProblemState).index(self)]


class ProblemAction(StrEnum):
    """What a person may do with a problem."""

    RAISE = "raise"
    REPLY = "reply"
    RETURN = "return"
    CLOSE = "close"
    EXTEND = "extend"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        """The Chinese name as it is shown."""
        return ("交办整改", "报整改结果", "复查不通过", "复查通过，销号", "改时限", "撤销")[
            list(ProblemAction).index(self)
        ]


S, A = ProblemState, ProblemAction
OWED = frozenset({S.RECTIFYING, S.RETURNED})
"""States in which the responsible body still has to act."""
UNDONE = OWED | {S.REPLIED}
"""States of a problem that somebody still has to do something about."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table of steps. ``target`` ``None``: the state stays. ``answers``: taken for the responsible body;
    the others are taken from where the visit was made. ``rechecks``: only by another person."""

    sources: frozenset[ProblemState]
    target: ProblemState | None
    answers: bool = False
    rechecks: bool = False


STEPS: dict[ProblemAction, Step] = {
    A.REPLY: Step(OWED, S.REPLIED, answers=True),
    A.RETURN: Step(frozenset({S.REPLIED}), S.RETURNED, rechecks=True),
    A.CLOSE: Step(frozenset({S.REPLIED}), S.CLOSED, rechecks=True),
    A.EXTEND: Step(OWED, None),
    A.WITHDRAW: Step(UNDONE, S.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class Did:
    """One line of the history. ``deadline``: the new one, where the step sets one."""

    action: ProblemAction
    person: str
    at: datetime
    text: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Where a problem stands. ``involved``: who found it and who replied; none of them rechecks it."""

    state: ProblemState
    deadline: datetime
    first_deadline: datetime
    involved: frozenset[str] = field(default_factory=frozenset)

    @property
    def owed(self) -> bool:
        """Whether the responsible body still has to rectify it."""
        return self.state in OWED

    def overdue(self, at: datetime) -> bool:
        """Whether it is still owed after its deadline."""
        return self.owed and at > self.deadline


def raised(did: Did) -> Problem:
    """A new problem; ``Misuse`` without a text or a deadline."""
    if not did.text.strip():
        raise Misuse("problem_untold", "请写明发现了什么问题。")
    if did.deadline is None:
        raise Misuse("problem_deadline_missing", "请写明几个工作日内整改完。")
    return Problem(S.RECTIFYING, did.deadline, did.deadline, frozenset({did.person}))


def take(problem: Problem, did: Did) -> Problem:
    """The problem after one step; ``Misuse`` when the step may not be taken now, or not by this person."""
    step = STEPS.get(did.action)
    if step is None or problem.state not in step.sources:
        ways = "、".join(action.label for action in ways_on(problem)) or "无（已办结）"
        told = f"这个问题现为“{problem.state.label}”，不能办理“{did.action.label}”。现在可以办理：{ways}。"
        raise Misuse("problem_step_not_allowed", told)
    if not did.text.strip():
        raise Misuse("problem_reason_missing", f"办理“{did.action.label}”须写明情况或理由。")
    if step.rechecks and did.person in problem.involved:
        told = "复查要由另一个人来做：发现问题的人和报整改结果的人都不能复查。请换一位同志复查。"
        raise Misuse("recheck_by_another", told)
    if did.action is A.EXTEND and (did.deadline is None or did.deadline <= problem.deadline):
        raise Misuse("extension_not_later", "新的时限须晚于现有时限。")
    involved = problem.involved | {did.person} if step.answers else problem.involved
    return replace(
        problem, state=step.target or problem.state, deadline=did.deadline or problem.deadline, involved=involved
    )


def replay(history: Iterable[Did]) -> Problem:
    """The problem that a history leads to; its first line raised it."""
    first, *rest = history
    problem = raised(first)
    for did in rest:
        problem = take(problem, did)
    return problem


def ways_on(problem: Problem, person: str = "") -> tuple[ProblemAction, ...]:
    """The steps that may be taken now; with ``person``, without those that this one must leave to another."""
    return tuple(
        action
        for action, step in STEPS.items()
        if problem.state in step.sources and not (step.rechecks and person in problem.involved)
    )
