"""Verification 核实: what two people found on the spot about a drawn row, and what follows from it.

Two people who are not of the reporting body look at every drawn row, each for themselves. Where they agree the row is
verified or refuted; where they do not, a third decides. Where an amount is verified they also say how much there is:
two who say the same settle it, else the middle of three amounts holds. A refuted row may be looked at again once it was
put right: a new round, which changes the row and never the estimate, because the estimate is of what had been reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from shishi.core.errors import Misuse
from shishi.core.labels import Labelled

NEEDED = 2
"""How many must agree."""


class Verdict(Labelled):
    """What one person found."""

    CONFIRMED = "confirmed", "属实"
    REFUTED = "refuted", "不属实"


class Outcome(Labelled):
    """What became of a drawn row in one round."""

    OPEN = "open", "待核"
    ONE = "one", "已有一人核"
    DISPUTED = "disputed", "两人不一致，待第三人核"
    VERIFIED = "verified", "核实"
    REFUTED = "refuted", "核实不符"

    @property
    def settled(self) -> bool:
        """Whether nobody has to look any more."""
        return self in (Outcome.VERIFIED, Outcome.REFUTED)


@dataclass(frozen=True, slots=True)
class CheckReason:
    """A reason code 原因 why a row was not found as reported."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class VerificationRules:
    """What a pack says about checking its rows. ``minimum``: rows of each stratum at least; ``verified`` false: these
    are the platform's proposal and no rule of anybody."""

    confidence: Decimal = Decimal("0.95")
    margin: Decimal = Decimal("0.05")
    minimum: int = 2
    reasons: tuple[CheckReason, ...] = (
        CheckReason("not_there", "现场没有这一项"),
        CheckReason("not_reached", "没有达到填报的阶段"),
        CheckReason("quantity_differs", "数量与填报不符"),
        CheckReason("date_differs", "日期与填报不符"),
        CheckReason("counted_twice", "与另一行重复"),
        CheckReason("unreachable", "按填报的位置找不到"),
    )
    verified: bool = False

    def reason(self, code: str) -> CheckReason:
        """The reason of that code; ``Misuse`` (unknown_reason) when the pack has none."""
        for item in self.reasons:
            if item.code == code:
                return item
        known = "、".join(f"{item.code}（{item.title}）" for item in self.reasons)
        raise Misuse("unknown_reason", f"没有原因代码“{code}”。可选：{known}。")


PROPOSED = VerificationRules()
"""What holds where a pack says nothing."""


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """What one person found on one visit. ``bodies``: the codes of those that the person belonged to; ``amount``: how
    much there is, where an amount is verified."""

    person: str
    bodies: frozenset[str]
    verdict: Verdict
    visited_on: date
    at: datetime
    reason: str = ""
    text: str = ""
    amount: Decimal | None = None


def outcome(checks: Sequence[FieldCheck]) -> Outcome:
    """Where a round stands: two who agree settle it, in the amount too where there is one."""
    votes = Counter(item.verdict for item in checks)
    if len(checks) > NEEDED or len({item.amount for item in checks}) == 1:
        if votes[Verdict.CONFIRMED] >= NEEDED:
            return Outcome.VERIFIED
        if votes[Verdict.REFUTED] >= NEEDED:
            return Outcome.REFUTED
    return (Outcome.OPEN, Outcome.ONE, Outcome.DISPUTED)[min(len(checks), 2)]


def settled_amount(checks: Sequence[FieldCheck]) -> Decimal | None:
    """How much there is of a settled row: what two say alike, else the middle of three; ``None`` where nothing is
    settled or no amount is verified."""
    amounts = sorted(item.amount for item in checks if item.amount is not None)
    if not outcome(checks).settled or not amounts:
        return None
    (usual, many), *_ = Counter(amounts).most_common(1)
    return usual if many >= NEEDED else amounts[len(amounts) // 2]


@dataclass(frozen=True, slots=True)
class Reporters:
    """Who answers for a reported row: the people who handed it in or approved it, and the bodies behind it, code →
    title."""

    people: Collection[str]
    bodies: Mapping[str, str] = field(default_factory=dict)


def require_apart(person: str, bodies: Collection[str], reporters: Reporters) -> None:
    """``Misuse`` (verifier_reported, verifier_of_reporting_body) when the person has a part in what was reported."""
    if person in reporters.people:
        message = f"{person} 报送或审批过这一行，不能核实自己的数。请由其他单位的人核实。"
        raise Misuse("verifier_reported", message)
    shared = sorted(set(bodies) & set(reporters.bodies))
    if shared:
        titles = "、".join(reporters.bodies[code] for code in shared)
        message = f"{person} 属于填报单位（{titles}），不能核实本单位报的数。请由其他单位的人核实。"
        raise Misuse("verifier_of_reporting_body", message)


def add_check(checks: Sequence[FieldCheck], new: FieldCheck, rules: VerificationRules) -> tuple[FieldCheck, ...]:
    """The round with one more check. ``Misuse`` (settled_already, checked_already, reason_missing, reason_not_needed,
    unknown_reason)."""
    if outcome(checks).settled:
        message = f"这一行已有结论（{outcome(checks).label}）。整改以后可以申请复核。"
        raise Misuse("settled_already", message)
    if any(item.person == new.person for item in checks):
        raise Misuse("checked_already", f"{new.person} 已经核过这一行，另一份结果要由另一个人填。")
    if new.verdict is Verdict.REFUTED:
        if not new.reason:
            raise Misuse("reason_missing", "填“不属实”要选一个原因。")
        rules.reason(new.reason)
    elif new.reason:
        raise Misuse("reason_not_needed", "填“属实”不用选原因，请去掉原因，或改为“不属实”。")
    return (*checks, new)
