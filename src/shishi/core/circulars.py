"""Circulars 通报: draft → sign → issue, and the only steps that they may take. What was issued stays; it can only be
withdrawn, with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from shishi.core.errors import Misuse
from shishi.core.labels import Labelled
from shishi.core.notices import Right


class CircularState(Labelled):
    """Where a circular stands."""

    DRAFT = "draft", "拟稿"
    SIGNED = "signed", "已签批"
    ISSUED = "issued", "已印发"
    WITHDRAWN = "withdrawn", "已撤回"


class CircularAction(Labelled):
    """What a person may do with a circular."""

    DRAFT = "draft", "拟稿"
    REWORD = "reword", "修改文字"
    SIGN = "sign", "签批"
    ISSUE = "issue", "印发"
    WITHDRAW = "withdraw", "撤回"


@dataclass(frozen=True, slots=True)
class Turn:
    """One row of the table of steps."""

    sources: frozenset[CircularState]
    target: CircularState
    right: Right


S, A = CircularState, CircularAction
TURNS: dict[CircularAction, Turn] = {
    A.REWORD: Turn(frozenset({S.DRAFT, S.SIGNED}), S.DRAFT, Right.DRAFT),
    A.SIGN: Turn(frozenset({S.DRAFT}), S.SIGNED, Right.APPROVE),
    A.ISSUE: Turn(frozenset({S.SIGNED}), S.ISSUED, Right.ISSUE),
    A.WITHDRAW: Turn(frozenset(CircularState) - {S.WITHDRAWN}, S.WITHDRAWN, Right.CLOSE),
}
"""A circular that is reworded after it was signed has to be signed again."""


def turn(state: CircularState, action: CircularAction, text: str = "") -> CircularState:
    """The state after one step; ``Misuse`` when the step may not be taken now, with what may."""
    row = TURNS.get(action)
    if row is None or state not in row.sources:
        ways = "、".join(item.label for item in turns(state)) or "无"
        message = f"这份通报现为“{state.label}”，不能办理“{action.label}”。现在可以办理：{ways}。"
        raise Misuse("circular_step_not_allowed", message)
    if action is A.WITHDRAW and not text.strip():
        raise Misuse("circular_reason_missing", "撤回通报须写明理由。")
    return row.target


def turns(state: CircularState) -> tuple[CircularAction, ...]:
    """The steps that may be taken now, whoever may take them."""
    return tuple(action for action, row in TURNS.items() if state in row.sources)
