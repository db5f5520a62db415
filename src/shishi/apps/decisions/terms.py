"""Thresholds and cost terms as they are stored and as the core has them: shares as ``2/3``, amounts as texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from shishi.core.cost_sharing import BY_AREA, Coefficients
from shishi.core.errors import Misuse
from shishi.core.joint_decisions import Threshold

_SHARE = re.compile(r"([1-9]\d{0,2})/([1-9]\d{0,2})")


def threshold_of(rule: Mapping[str, Any]) -> Threshold:
    """The threshold that a rule says; ``Misuse`` (``threshold_malformed``)."""
    return Threshold(
        _share(rule.get("take_part")),
        _share(rule.get("agree")),
        more_than=str(rule.get("more_than", "")).lower() in ("true", "yes", "1"),
        basis=str(rule.get("basis", "")),
        verified=str(rule.get("verified", "")).lower() in ("true", "yes", "1"),
    )


def rule_from(parameters: Mapping[str, str]) -> dict[str, str]:
    """The rule of a pack's parameters (``joint_decision_take_part`` …); ``Misuse`` (``threshold_missing``)."""
    prefix = "joint_decision_"
    found = {name.removeprefix(prefix): text for name, text in parameters.items() if name.startswith(prefix)}
    if "take_part" not in found or "agree" not in found:
        message = (
            "清单没有写明表决比例（parameters 里的 joint_decision_take_part 和 joint_decision_agree），请先补上依据。"
        )
        raise Misuse("threshold_missing", message)
    threshold_of(found)
    return found


def _share(text: object) -> Fraction:
    match = _SHARE.fullmatch(str(text))
    if match is None or int(match[1]) > int(match[2]):
        raise Misuse("threshold_malformed", f"表决比例“{text}”看不懂，请写成分数，如 2/3。")
    return Fraction(int(match[1]), int(match[2]))


def coefficients_of(terms: Mapping[str, Any]) -> Coefficients:
    """The coefficients of the agreement; without one by area."""
    if not terms.get("by_floor"):
        return BY_AREA
    named = tuple((int(floor), Decimal(text)) for floor, text in (terms.get("named") or {}).items())
    first, base, step = int(terms["first"]), Decimal(terms["base"]), Decimal(terms["step"])
    return Coefficients(first, base, step, named, str(terms.get("basis", "")))


def amount(text: object) -> Decimal:
    """An amount in yuan as it is stored; ``Misuse`` (``amount_malformed``)."""
    try:
        return Decimal(str(text or "0"))
    except InvalidOperation as unread:
        raise Misuse("amount_malformed", f"金额“{text}”看不懂，请写成数字，如 500000.00。") from unread
