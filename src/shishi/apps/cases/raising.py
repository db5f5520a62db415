"""Raising 报上级: what is overdue, or what a process says must be told above, reaches the body above and its leaders."""

from __future__ import annotations

from collections.abc import Collection

from shishi.apps.accounts.lanes import nearest_part, people_in, title_of_body
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import Person
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.models import CaseParty
from shishi.apps.cases.telling import tell
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.divisions import COUNTRY, parent_code
from shishi.core.programmes import Part

_MANAGING = tuple(role for role in Role if Action.MANAGE_CASES in MAY[role])


def raise_to_superior(case: InHand, why: str, *, element: str = "", body: str = "") -> str:
    """Tell the body above; returns its code, ``""`` where there is none: then the
    leaders of the own body hear of it."""
    row, on = case.row, day_of(case.at)
    own = {body, *row.bodies} - {""}
    above = nearest_part(Part.SUPERVISING, row.programme, row.division, on, sorted(own))
    if not above:
        higher = parent_code(row.division) or COUNTRY
        above = nearest_part(Part.LEAD, row.programme, higher, on, sorted(own))
    if above:
        defaults = {"added_by": case.actor, "at": case.at, "reason": why}
        CaseParty.objects.get_or_create(case=row, part="raised", body=above, defaults=defaults)
    told = {"to": above or body}
    step = case.say(
        Line(
            CaseAction.ESCALATE, f"{title_of_body(above or body) or '本单位负责人'}：{why}", element=element, told=told
        )
    )
    people = managers({above} if above else own, row.division, row.programme, case)
    key = f"raise:{step.position}"
    tell(people, row, key=key, subject="需要您督促", text=f"办件“{row.title}”（{row.number}）{why}", at=case.at)
    return above


def managers(bodies: Collection[str], division: str, programme: str, case: InHand) -> tuple[Person, ...]:
    """The people who look after cases in these bodies there; of any body where none is named."""
    return people_in(_MANAGING, bodies, division, day_of(case.at), programme)


def caretaker(case: InHand, bodies: Collection[str] = ()) -> Person | None:
    """Who looks after what went wrong with a case: a manager of the bodies that have it, else one within whose reach it
    lies; nobody's only where nobody may."""
    row = case.row
    asked = [code for code in (*bodies, *reversed(row.bodies)) if code]
    for code in asked:
        found = managers([code], row.division, row.programme, case)
        if found:
            return found[0]
    found = managers((), row.division, row.programme, case)
    return found[0] if found else None
