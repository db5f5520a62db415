"""Verbs ``decisions.open`` and ``decisions.close``: a case that asks the owners, and goes on from what they said."""

from __future__ import annotations

from shishi.apps.accounts.selectors import person_named
from shishi.apps.cases.verbs import Errand, Said, VerbError
from shishi.apps.decisions.seen import decision_of_case
from shishi.apps.decisions.services import CLOSED, NewDecision, close_decision, draft_decision
from shishi.apps.decisions.terms import rule_from
from shishi.apps.programmes.selectors import programme_named
from shishi.core.joint_decisions import Outcome
from shishi.core.tables import Value


def begin_decision(errand: Errand) -> Said:
    """``decisions.open``: the question of the case is put down; who handles it writes the register and opens the vote.
    ``measure`` is the question, ``relation`` whose staircase it is, ``days`` the least notice."""
    pack, programme = programme_named(errand.programme)
    days = errand.arguments.get("days")
    view = draft_decision(
        NewDecision(
            programme=programme.name,
            division=errand.division,
            title=str(errand.arguments.get("relation") or errand.title),
            question=str(errand.arguments["measure"]),
            rule=rule_from(pack.parameters),
            notice_days=int(str(days)) if days is not None else 15,
            case=errand.case,
        ),
        by=errand.by or person_named(errand.opened_by),
        at=errand.at,
    )
    return Said(f"已建立表决“{view.row.title}”，请登记业主名册后开始", {"decision": str(view.uuid)})


def end_decision(errand: Errand) -> Said:
    """``decisions.close``: the vote of the case is counted and its protocol frozen. The error ``vote_running`` while it
    runs, so that the process can wait."""
    held = decision_of_case(errand.case, at=errand.at)
    if held is None:
        raise VerbError("vote_missing", "这件还没有建立表决。")
    view = close_decision(held.uuid, by=errand.by or person_named(errand.opened_by), at=errand.at)
    counted = view.tally
    if view.row.state != CLOSED or counted is None:
        raise VerbError("vote_missing", "业主名册还有要改正的地方，不能结束表决。")
    costs = view.costs
    facts: dict[str, Value] = {
        "passed": counted.outcome is Outcome.PASSED,
        "area": counted.area.whole,
        "owners": int(counted.persons.whole),
        "homes": len(view.holdings),
        "floors": max(item.floor for item in view.holdings),
        "voting_area": counted.area.part,
        "voting_owners": int(counted.persons.part),
        "agreeing_area": counted.area.agreed,
        "agreeing_owners": int(counted.persons.agreed),
        "cost": costs.cost if costs else None,
        "subsidy": costs.subsidy if costs else None,
    }
    told = f"参与 {counted.area.part}/{counted.area.whole} 平方米、{counted.persons.part}/{counted.persons.whole} 人"
    return Said(f"表决{counted.outcome.label}：{told}；记录指纹 {view.row.protocol_digest[:16]}", facts)
