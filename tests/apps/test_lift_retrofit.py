"""A staircase gets its lift: from the intention over the owners' vote to the row that says it is in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_person, add_post, make_operator
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.ticking import tick
from shishi.apps.decisions import services as voting
from shishi.apps.decisions.seen import decision_of_case
from shishi.apps.decisions.services import Evidence, Home
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.core.joint_decisions import Stand
from shishi.core.tables import Value
from shishi.packs.loading import load_pack
from tests.standing import standing

pytestmark = pytest.mark.django_db

PACK = load_pack(Path(__file__).parents[2] / "packs/xuancheng/2021")
PROGRAMME = "xuancheng/2021/lift_retrofit"
BEGIN = datetime(2021, 5, 6, 1, tzinfo=UTC)
PAPER = Evidence("票.jpg", b"\xff\xd8 a signed ballot")


class Street:
    """Everybody who has a part in it."""

    def __init__(self, code_list: Path) -> None:
        self.now = BEGIN
        standing(Street, lambda: self._found(code_list))
        self.operator, self.community, self.owner = map(person_named, ("operator", "community", "owner"))
        self.housing, self.second, self.market = map(person_named, ("housing", "second", "market"))

    def _found(self, code_list: Path) -> None:
        self.operator = make_operator(BEGIN)
        load_snapshot(code_list, by="operator", at=BEGIN)
        install_pack(PACK, effective_on=None, holds_rows=holds_rows, by=self.operator, at=BEGIN)
        self.person("community", "xuanzhou", Role.CLERK, "341802")
        for reviewer in ("housing", "second"):
            self.person(reviewer, "housing", Role.REVIEWER, "3418")
        self.person("market", "market_regulation", Role.REVIEWER, "3418")
        self.plain("owner")

    def plain(self, name: str) -> Person:
        return add_person(
            username=name, name=f"{name}（演示）", mail="", demonstration=True, by=self.operator, at=BEGIN
        )

    def person(self, name: str, body: str, role: Role, division: str) -> Person:
        person = self.plain(name)
        reach = {"divisions": (division,), "programmes": (PROGRAMME,)}
        add_post(username=name, body=body, role=role, until=None, by=self.operator, at=BEGIN, **reach)
        return person

    def tick(self, **later: int) -> datetime:
        self.now += timedelta(**(later or {"minutes": 1}))
        return self.now

    def begun(self) -> CaseRow:
        answers: Mapping[str, Value] = {
            "unit_code": "JZ-2021-901", "address": "示例小区1号楼1单元", "division": "341802001001",
        }  # fmt: skip
        told: dict[str, Any] = {"answers": answers, "applicant": Applicant("业主代表", self.owner, "13800001234")}
        case = open_case("lift_retrofit", division="341802", by=self.owner, at=self.tick(), **told)
        add_material(case.uuid, "owners", name="证.pdf", content=b"%PDF-1.4 title", by=self.owner, at=self.tick())
        return case

    def do(self, case: CaseRow, element: str, by: Person, outcome: str = "", **answers: Value) -> None:
        task = TaskRow.objects.get(case=case, element=element, kind="work", state="open")
        complete_task(task.pk, outcome or "done", answers=answers, by=by, at=self.tick())

    def vote(self, case: CaseRow, agree: int) -> None:
        """Twelve homes of one owner each; so many agree, the others of nine are against."""
        held = decision_of_case(case.uuid, at=self.now)
        assert held is not None
        homes = [
            Home(f"{floor}0{at}", floor, Decimal("90.00"), {f"o{floor}{at}": f"业{floor}{at}"})
            for floor in range(1, 7) for at in (1, 2)
        ]  # fmt: skip
        by = self.community
        voting.set_register(held.uuid, homes, by=by, at=self.tick())
        voting.open_decision(held.uuid, date(2021, 5, 25), cipher=key_ring(), by=by, at=self.tick())
        for at, home in enumerate(homes[:9]):
            stand = Stand.AGREE if at < agree else Stand.AGAINST
            voting.cast(held.uuid, home.holding.voter, stand, by=by, at=self.tick(), evidence=PAPER)
        self.tick(days=20)

    def row(self) -> RevisionRow:
        return RevisionRow.objects.filter(table=f"{PROGRAMME}/buildings").latest("pk")


@pytest.fixture
def street(own_folder: Path, code_list: Path, db: None) -> Street:
    return Street(code_list)


def test_from_the_intention_to_the_row_that_says_in_use(street: Street) -> None:
    case = street.begun()
    street.do(case, "Task_accept", street.community, "accept")
    street.vote(case, 8)
    street.do(case, "Task_vote", street.community, "ended")
    assert street.row().cells["stage"] == "voted"
    cost, subsidy = Decimal("500000.00"), Decimal("100000.00")
    street.do(case, "Task_agreement", street.owner, signed_on=date(2021, 5, 28), cost=cost, subsidy=subsidy)
    street.do(case, "Task_publicise", street.community, publicised_on=date(2021, 5, 28), places="小区和各单元")
    assert not TaskRow.objects.filter(case=case, element="Task_objections").exists()
    tick(street.tick(days=17))
    street.do(case, "Task_objections", street.community, "objection", ended_on=date(2021, 6, 12), remark="挡光")
    street.do(
        case,
        "Task_mediate",
        street.community,
        raised_on=date(2021, 6, 1),
        settled_on=date(2021, 6, 13),
        result="改了廊桥",
    )
    street.do(case, "Task_objections", street.community, "none", ended_on=date(2021, 6, 12))
    assert street.row().cells["stage"] == "publicised"
    for element, by in (("Task_planning", street.housing), ("Task_drawings", street.housing)):
        street.do(case, element, by, received_on=date(2021, 6, 13), decided_on=date(2021, 6, 14), text="同意")
        assert not TaskRow.objects.filter(case=case, element="Task_permit").exists()
    street.do(case, "Task_notice", street.market, told_on=date(2021, 6, 16))
    street.do(case, "Task_permit", street.housing, "approve", text="同意")
    second = TaskRow.objects.get(case=case, kind="second", state="open")
    complete_task(second.pk, "agree", by=street.second, at=street.tick())
    assert street.row().cells["stage"] == "permitted"
    street.do(case, "Task_construction", street.owner, started_on=date(2021, 6, 14), due_on=date(2021, 12, 31))
    street.do(case, "Task_inspect", street.market, "again", inspected_on=date(2021, 6, 15), report="1")
    street.do(case, "Task_inspect", street.market, "passed", inspected_on=date(2021, 6, 15), report="2")
    street.do(case, "Task_registration", street.market, certificate="梯11", in_use_on=date(2021, 6, 16))
    cells = street.row().cells
    assert (cells["stage"], cells["agreeing_owners"], cells["voting_area"]) == ("in_use", 8, "810.00")
    street.do(case, "Task_subsidy", street.housing, paid_on=date(2021, 6, 16), amount=Decimal("100000.00"))
    assert RevisionRow.objects.filter(table=f"{PROGRAMME}/buildings").values("entry").distinct().count() == 1
    steps = [row.cells for row in RevisionRow.objects.filter(table=f"{PROGRAMME}/steps").order_by("pk")]
    kinds = ["objection", "notice", "planning", "drawings", "installation", "inspection", "registration"]
    assert [cells["kind"] for cells in steps] == kinds
    assert {cells["unit"] for cells in steps} == {str(street.row().entry)}
    assert not TaskRow.objects.filter(case=case, state="open").exists()


def test_a_vote_that_fails_on_one_measure_ends_the_matter_and_posts_nothing(street: Street) -> None:
    case = street.begun()
    street.do(case, "Task_accept", street.community, "accept")
    street.vote(case, 6)
    street.do(case, "Task_vote", street.community, "ended")
    assert not RevisionRow.objects.filter(table=f"{PROGRAMME}/buildings").exists()
    assert not TaskRow.objects.filter(case=case, state="open").exists()
    held = decision_of_case(case.uuid, at=street.now)
    assert held is not None
    assert held.row.protocol is not None
    assert held.row.protocol["outcome"] == "failed"
