"""Rules of a body 办事规则: what a body set for itself (how soon it promises to be done, what it asks for, how much it
allows) as a case of it was opened under. The law is the process's; these are each body's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shishi.core.criteria import Answer
from shishi.core.errors import Issue
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.limits import Limit
from shishi.core.processes import Process, RuleSet, Step
from shishi.core.provenance import Trust
from shishi.core.tables import Values

BASIS, TRUST, VERIFIED = "basis", "trust", "verified"
"""Columns by which every table of rules says how far each row may be trusted; what says nothing is not verified."""
WHOLE = "case"
"""In place of an element: the case itself."""


def promised_limit(rules: RuleSet, facts: Values, element: str = WHOLE) -> Limit | None:
    """What the body promises for an element or for the whole case; ``None`` where its row says nothing of it."""
    days = facts.get(rules.promised.get(element, ""))
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        return None
    basis = str(facts.get(f"{rules.form}.{BASIS}") or "")
    verified = is_verified(rules, facts)
    told = f"本中心的办事规则{f'（{basis}）' if basis else ''}{'' if verified else '，未核实'}"
    return Limit(days, basis=told, trust=trust_of(rules, facts), verified=verified)


def promised_step(rules: RuleSet, facts: Values, step: Step) -> Step:
    """The step with what the body promises for it."""
    found = promised_limit(rules, facts, step.element)
    return step if found is None else replace(step, promised=found)


def trust_of(rules: RuleSet, facts: Values) -> Trust:
    """How far the row may be trusted: a design where it says nothing."""
    told = facts.get(f"{rules.form}.{TRUST}")
    return Trust(told) if isinstance(told, str) and told in set(Trust) else Trust.DESIGN


def is_verified(rules: RuleSet, facts: Values) -> bool:
    """Whether somebody read what the row rests on."""
    return facts.get(f"{rules.form}.{VERIFIED}") is True


def broken_rules(process: Process, element: str, facts: Values, moments: Moments) -> Iterator[Issue]:
    """Rules of the body that completing the element with these facts would break. What its row leaves open is no
    rule."""
    if process.rules is None:
        return
    seen = LoneRow(process.facts, facts)
    for check in process.rules.checks:
        if element in check.at and evaluate(check.criterion, seen, moments) is Answer.NOT_MET:
            yield Issue(f"rule_{check.code}", check.message)
