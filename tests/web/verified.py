"""What verification adds to a town: a sample that is settled, one under way, a plan without one, and two verifiers."""

from __future__ import annotations

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_body
from shishi.apps.assurance.drawn_rows import drawn_rows
from shishi.apps.assurance.verification import NewVerification, draw_sample, plan_verification
from shishi.apps.assurance.verification_checks import Found, record_check
from shishi.core.verification import Verdict
from tests.apps.town import DAY, NAME, Town


def verify(town: Town) -> dict[str, object]:
    """Add them; the ids of the plans, of a row that waits for ``verifier_a`` and of one that was refuted."""
    told = {"ends": None, "by": town.operator, "at": town.tick()}
    add_body(code="elsewhere", title="第三方核实机构", division="341800", **told)
    first, second = (town.person(f"verifier_{name}", "elsewhere", Role.SUPERVISOR, "3418") for name in "ab")
    plans = []
    for title in ("已完成的核实", "正在核实", "待抽取的核实"):
        plans.append(plan_verification(NewVerification(NAME, "issued", DAY, title=title), by=first, at=town.tick()).pk)
    for plan in plans[:2]:
        draw_sample(plan, by=first, at=town.tick())
    rows = drawn_rows(first, plans[0], at=town.tick())[1]
    for place, row in enumerate(rows):
        found = Found(Verdict.CONFIRMED, DAY) if place else Found(Verdict.REFUTED, DAY, "not_reached", "还没有发证")
        for person in (first, second):
            record_check(row.id, found, by=person, at=town.tick())
    return {
        "verification": plans[0],
        "verification_going": plans[1],
        "verification_planned": plans[2],
        "drawn_open": drawn_rows(first, plans[1], at=town.tick())[1][0].id,
        "drawn_refuted": rows[0].id,
    }
