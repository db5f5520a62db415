"""Programme drafts 项目草案: what becomes of a draft, and who may take which step.

begin → save … → submit → approve, or back to its writers. Who wrote a word of it does not approve it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shishi.core.errors import Misuse


class DraftState(StrEnum):
    """Where a draft stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    INSTALLED = "installed"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        """What people call it."""
        return _STATES[self]


_STATES = {
    DraftState.OPEN: "拟定中",
    DraftState.SUBMITTED: "待审批",
    DraftState.INSTALLED: "已安装",
    DraftState.DROPPED: "已撤销",
}


class DraftStepKind(StrEnum):
    """What is done to a draft."""

    BEGIN = "begin"
    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    APPROVE = "approve"
    DROP = "drop"

    @property
    def label(self) -> str:
        """What people call it."""
        return _KINDS[self]


_KINDS = {
    DraftStepKind.BEGIN: "起草",
    DraftStepKind.SAVE: "修改",
    DraftStepKind.SUBMIT: "送审",
    DraftStepKind.WITHDRAW: "撤回",
    DraftStepKind.RETURN: "退回",
    DraftStepKind.APPROVE: "批准并安装",
    DraftStepKind.DROP: "撤销",
}
_COURSE: Mapping[tuple[DraftState, DraftStepKind], DraftState] = {
    (DraftState.OPEN, DraftStepKind.SAVE): DraftState.OPEN,
    (DraftState.OPEN, DraftStepKind.SUBMIT): DraftState.SUBMITTED,
    (DraftState.OPEN, DraftStepKind.DROP): DraftState.DROPPED,
    (DraftState.SUBMITTED, DraftStepKind.WITHDRAW): DraftState.OPEN,
    (DraftState.SUBMITTED, DraftStepKind.RETURN): DraftState.OPEN,
    (DraftState.SUBMITTED, DraftStepKind.APPROVE): DraftState.INSTALLED,
}
DECIDING = frozenset({DraftStepKind.RETURN, DraftStepKind.APPROVE})
"""The steps of the second person; the others are the writers'."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft as it stands: ``writers`` are all who wrote some of it."""

    state: DraftState
    writers: frozenset[str]

    def possible(self) -> frozenset[DraftStepKind]:
        """The steps that its state allows."""
        return frozenset(kind for state, kind in _COURSE if state is self.state)


def after_step(standing: Standing, kind: DraftStepKind, by: str) -> DraftState:
    """Where the step leads; ``Misuse`` (``draft_step_impossible``, ``draft_second_person``)."""
    if (standing.state, kind) not in _COURSE:
        message = f"草案现在{standing.state.label}，不能{kind.label}。请刷新页面，看看现在能做什么。"
        raise Misuse("draft_step_impossible", message)
    if kind is DraftStepKind.APPROVE and by in standing.writers:
        message = "批准的人不能是写过这份草案的人。请由另一位有审批权的同志来批。"
        raise Misuse("draft_second_person", message)
    return _COURSE[standing.state, kind]


def standing_of(steps: Collection[tuple[DraftStepKind, str]]) -> Standing:
    """The standing after these steps (kind, person), from the first on."""
    state, writers = DraftState.OPEN, set[str]()
    for kind, person in steps:
        if kind in (DraftStepKind.BEGIN, DraftStepKind.SAVE):
            writers.add(person)
        if kind is not DraftStepKind.BEGIN:
            state = _COURSE[state, kind]
    return Standing(state, frozenset(writers))
