"""An object of the little town for every route that is about one, so that the test of access can open it.

``SAMPLES["office:matter"] = lambda town: {"number": …}``: one line for a route with an object of its own. It lies in
宣城市 (3418); who reaches another city must not see it. Without a line the route is asked for a thing that isn't there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_body
from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
from shishi.apps.assurance.models import Verification
from shishi.apps.assurance.verification import NewVerification, draw_sample, plan_verification
from shishi.apps.assurance.verification_checks import Found, record_check
from shishi.apps.decisions.seen import decisions_for
from shishi.apps.decisions.services import NewDecision, draft_decision
from shishi.apps.documents.drafts import begin
from shishi.apps.documents.selectors import briefs_for
from shishi.apps.documents.services import Order
from shishi.apps.fieldwork.problems import NewProblem
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out, plan_visit
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.draft_history import drafts_for
from shishi.apps.programmes.drafts import begin_draft
from shishi.apps.supervision.circulars import draft_circular
from shishi.apps.supervision.findings_seen import look_seen
from shishi.apps.supervision.matters import NewMatter, open_matter
from shishi.apps.supervision.meetings import Minutes, record_meeting
from shishi.apps.supervision.selectors import notices_for
from shishi.core.calendars import day_of
from shishi.core.matters import MatterSource
from shishi.core.meetings import MeetingKind
from shishi.core.verification import Verdict
from shishi.core.visits import Seen, VisitKind
from tests.adapters.pictures import PAPER, photo
from tests.apps.town import DAY, HOMES, NAME, Town

BY_NAME: Mapping[str, object] = {
    "jurisdiction": "somewhere",
    "year": 2021,
    "code": "homes",
    "indicator": "issued",
    "table": "homes",
    "division": "341800",
    "day": "2021-09-30",
    "period": "2021-W38",
    "token": "not-a-token",
    "form": "pdf",
    "sha256": "0" * 64,
    **dict.fromkeys(("proposal", "batch", "job", "entry", "received", "photo"), "00000000-0000-0000-0000-000000000001"),
}
"""What a parameter is when its route has no line of its own."""


def draft(town: Town) -> int:
    """A draft of the day's brief."""
    order = Order(Asked(programme=NAME, as_of=DAY, known_at=town.now), "daily")
    return begin(order, by=town.operator, at=town.now).pk


def matter(town: Town) -> dict[str, object]:
    """A matter of the city's office for one of its counties."""
    told = (NAME, "事项", MatterSource.INSTRUCTION, "批示", "办结", "xuanzhou")
    return {"number": open_matter(NewMatter(*told, within=3), by=town.operator, at=town.now).id}


def verification(town: Town) -> Verification:
    """A plan of the city's office, drawn."""
    new = NewVerification(NAME, "issued", DAY)
    plan = plan_verification(new, by=town.operator, at=town.now)
    draw_sample(plan.pk, by=town.operator, at=town.now)
    return plan


def checked(town: Town) -> dict[str, object]:
    """A drawn row with a result, which the city sees."""
    plan = verification(town)
    row = plan.drawn.all()[0]
    told = {"ends": None, "by": town.operator, "at": town.now}
    add_body(code="elsewhere", title="第三方核实机构", division="341800", **told)
    verifiers = [town.person(f"verifier_{name}", "elsewhere", Role.SUPERVISOR, "3418") for name in "ab"]
    for person in verifiers:
        found = Found(Verdict.REFUTED, DAY, "not_there")
        record_check(row.pk, found, by=person, at=town.now)
    return {"number": row.pk}


def meeting(town: Town) -> dict[str, object]:
    """A meeting about the day's stocktake."""
    minutes = Minutes("碰头会", "张主任")
    return {"number": record_meeting(NAME, MeetingKind.DAILY, DAY, minutes, by=town.operator, at=town.now).id}


def circular(town: Town) -> dict[str, object]:
    """A circular on the day's stocktake."""
    return {"number": draft_circular(NAME, DAY, by=town.operator, at=town.now).id}


def finding(town: Town) -> dict[str, object]:
    """The gravest finding of the day."""
    look = look_seen(town.operator, NAME, DAY, at=town.now)
    return {"number": look.findings[0].id if look else 0}


def notice(town: Town) -> dict[str, object]:
    """The newest notice."""
    return {"number": notices_for(town.operator, at=town.now)[0].id}


def plan(town: Town) -> dict[str, object]:
    """A visit that the city's office has planned."""
    new = NewVisit(NAME, VisitKind.PATROL, "走访", "341802", planned_on=day_of(town.now))
    return {"number": plan_visit(new, by=town.operator, at=town.now).id}


def found(town: Town) -> dict[str, object]:
    """A problem that a visit found in one of the counties."""
    problem = NewProblem(uuid4(), "缺口", "xuanzhou", 3)
    carried = Carried(Seen(day_of(town.now), "东门", "已看。"), (problem,))
    made = carry_out(int(str(plan(town)["number"])), carried, by=town.operator, at=town.now)
    return {"number": made.problems[0].id}


def row(_: Town) -> dict[str, object]:
    """The newest row of the ledger."""
    return {"entry": RevisionRow.objects.filter(table=f"{NAME}/homes").latest("sequence").entry}


def first_home(town: Town) -> dict[str, object]:
    """The first home of 宣州区."""
    return {"entry": live(HOMES.name, DAY).get(key="X1").entry}


def proof(town: Town, content: bytes) -> int:
    """A photo or a paper of that home."""
    new = NewEvidence(live(HOMES.name, DAY).get(key="X1").entry, file_name="佐证")
    return receive_evidence(new, content, by=town.clerk(), at=town.now).evidence_id


def draft_part(town: Town, *named: str) -> dict[str, object]:
    """A draft of the town's programme, and what of it is named besides."""
    files = {
        "programmes/homes.yaml": "title: 房屋\nindicators: {total: {title: 总数, measure: count, table: items, unit: 个}}\n",
        "tables/homes/items.yaml": "title: 房屋台账\nfields: {name: {title: 名称, type: text}}\n",
    }
    by, at = town.operator, town.now
    begun = drafts_for(by, at=at)
    made = (
        begun[0]
        if begun
        else begin_draft("somewhere/2021", "homes", files, title="房屋", division="341800", by=by, at=at)
    )
    parts = {"table": "items", "field": "name", "indicator": "total"}
    return {"number": made.number, **{name: parts[name] for name in named}}


def decision(town: Town) -> UUID:
    """What the owners of a staircase are asked."""
    by, at = town.operator, town.now
    begun = decisions_for(by, at=at)
    rule = {"take_part": "2/3", "agree": "3/4"}
    asked = NewDecision(NAME, "341800", "示例小区1号楼1单元", "加装一部电梯", rule)
    return begun[0].uuid if begun else draft_decision(asked, by=by, at=at).uuid


SAMPLES: Mapping[str, Callable[[Town], Mapping[str, object]]] = {
    "office:brief-page": lambda town: {"number": briefs_for(town.operator, at=town.now)[0].pk},
    "office:brief-draft": lambda town: {"number": draft(town)},
    "office:brief-pick": lambda town: {"number": draft(town)},
    "office:brief-preview": lambda town: {"number": draft(town), "form": "pdf"},
    "office:brief-step": lambda town: {"number": draft(town), "step": "sign"},
    "office:notice": notice,
    "office:notice-wording": notice,
    "office:notice-step": lambda town: {**notice(town), "step": "withdraw"},
    "office:finding-draft": finding,
    "office:finding-dismiss": finding,
    "office:meeting": meeting,
    "office:meeting-correction": meeting,
    "office:matter": matter,
    "office:matter-step": lambda town: {**matter(town), "step": "withdraw"},
    "office:fieldwork-visit": plan,
    "office:fieldwork-result": plan,
    "office:fieldwork-cancel": plan,
    "office:fieldwork-problem": found,
    "office:fieldwork-step": lambda town: {**found(town), "step": "withdraw"},
    "office:circular": circular,
    "office:circular-wording": circular,
    "office:circular-step": lambda town: {**circular(town), "step": "withdraw"},
    "office:brief": lambda town: {"number": briefs_for(town.operator, at=town.now)[0].pk, "form": "pdf"},
    "office:publishing-programme": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes"},
    "office:programme": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes"},
    "office:why": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes", "indicator": "issued"},
    "office:verification": lambda town: {"number": verification(town).pk},
    "office:verification-rows": lambda town: {"number": verification(town).pk},
    "office:verification-draw": lambda town: {"number": verification(town).pk},
    "office:verification-sheet": lambda town: {"number": verification(town).pk},
    "office:verification-results": lambda town: {"number": verification(town).pk},
    "office:verification-population": lambda town: {"number": verification(town).pk},
    "office:verification-row": checked,
    "office:verification-recheck": checked,
    "office:row-rekey": row,
    "office:editor-draft": lambda town: draft_part(town),
    "office:editor-frame": lambda town: draft_part(town),
    "office:editor-rhythm": lambda town: draft_part(town),
    "office:editor-files": lambda town: draft_part(town),
    "office:editor-review": lambda town: draft_part(town),
    "office:editor-columns": lambda town: draft_part(town, "table"),
    "office:editor-evidence": lambda town: draft_part(town, "table"),
    "office:editor-preview": lambda town: draft_part(town, "table"),
    "office:editor-field": lambda town: draft_part(town, "table", "field"),
    "office:editor-indicator": lambda town: draft_part(town, "indicator"),
    "office:editor-target": lambda town: draft_part(town, "indicator"),
    "office:editor-step": lambda town: {**draft_part(town), "step": "drop"},
    "office:editor-table-new": lambda town: draft_part(town),
    "office:editor-table-drop": lambda town: draft_part(town, "table"),
    "office:editor-check": lambda town: {**draft_part(town, "table"), "check": "new"},
    "office:editor-rule": lambda town: {**draft_part(town), "rule": "new"},
    "office:editor-brief": lambda town: {**draft_part(town), "kind": "weekly"},
    "office:editor-publishing": lambda town: draft_part(town),
    "office:editor-words": lambda town: draft_part(town),
    "office:editor-group": lambda town: {**draft_part(town, "table"), "group": "new"},
    "office:editor-table": lambda town: draft_part(town, "table"),
    "office:editor-examples": lambda town: draft_part(town, "table"),
    "office:editor-example": lambda town: {**draft_part(town, "table"), "example": "new"},
    "office:editor-sources": lambda town: draft_part(town),
    "office:editor-duties": lambda town: draft_part(town),
    "office:editor-record": lambda town: draft_part(town),
    "office:editor-sampling": lambda town: draft_part(town),
    "office:editor-gaming": lambda town: draft_part(town),
    "office:decision": lambda town: {"uuid": decision(town)},
    "office:decision-step": lambda town: {"uuid": decision(town), "step": "cancel"},
    "office:evidence": first_home,
    "office:evidence-ticket": first_home,
    "office:evidence-archive": first_home,
    "office:evidence-archive-file": first_home,
    "office:evidence-picture": lambda town: {"number": proof(town, photo()), "size": "thumb"},
    "office:evidence-paper": lambda town: {"number": proof(town, PAPER)},
    "office:evidence-original": lambda town: {"number": proof(town, photo())},
    "office:evidence-step": lambda town: {"number": proof(town, photo()), "step": "reaffirm"},
    "office:evidence-coverage": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes"},
    "office:person": lambda _: {"username": "clerk_guangde"},
    "office:person-change": lambda _: {"username": "clerk_guangde", "step": "invite"},
    "office:post-add": lambda _: {"username": "clerk_guangde"},
    "office:body": lambda _: {"code": "guangde"},
    "office:body-end": lambda _: {"code": "guangde"},
}
