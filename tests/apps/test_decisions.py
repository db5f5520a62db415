"""A staircase decides: its register, ballots on paper and online, sales meanwhile, objections, the frozen protocol."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_person, add_post, make_operator
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.decisions import services
from shishi.apps.decisions.models import DecisionLine, DecisionRow, HoldingRow
from shishi.apps.decisions.seen import DecisionView, decision_by_code, decision_for, decisions_for
from shishi.apps.decisions.services import Evidence, Home, NewDecision
from shishi.apps.decisions.waiting import started_by, waiting_for
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.core.errors import Misuse, Refused
from shishi.core.joint_decisions import HoldingKind, Outcome, Stand
from shishi.packs.loading import load_pack
from tests.standing import standing

pytestmark = pytest.mark.django_db

LITTLE = Path(__file__).parents[1] / "little_pack"
BEGIN = datetime(2021, 9, 1, 1, tzinfo=UTC)
RULE = {"take_part": "2/3", "agree": "3/4", "basis": "《民法典》第二百七十八条", "verified": "false"}
NEW = NewDecision("somewhere/2021/homes", "341802", "示例小区1号楼1单元", "加装一部电梯", RULE)
PAPER = Evidence("票.jpg", b"\xff\xd8 a signed ballot")


class Staircase:
    """Six floors, two homes each: 101 and 102 belong to one buyer, 601 to two people, 602 to nobody known."""

    def __init__(self, code_list: Path) -> None:
        self.now = BEGIN
        standing(Staircase, lambda: self._found(code_list))
        self.operator, self.clerk, self.far = map(person_named, ("operator", "clerk", "far"))

    def _found(self, code_list: Path) -> None:
        self.operator = make_operator(BEGIN)
        load_snapshot(code_list, by="operator", at=BEGIN)
        install_pack(load_pack(LITTLE), effective_on=None, holds_rows=holds_rows, by=self.operator, at=BEGIN)
        self.person("clerk", "xuanzhou", "341802")
        self.person("far", "langxi", "341821")

    def person(self, name: str, body: str, division: str) -> Person:
        add_person(username=name, name=f"{name}（演示）", mail="", demonstration=True, by=self.operator, at=BEGIN)
        reach = {"divisions": (division,), "programmes": ("*",)}
        add_post(username=name, body=body, role=Role.CLERK, until=None, by=self.operator, at=BEGIN, **reach)
        return Person.objects.get(username=name)

    def tick(self, **later: int) -> datetime:
        self.now += timedelta(**(later or {"minutes": 1}))
        return self.now

    def homes(self) -> list[Home]:
        found = []
        for floor in range(1, 7):
            for at in (1, 2):
                unit = f"{floor}0{at}"
                owner = {"buyer": "钱多"} if floor == 1 else {f"o{unit}": f"业{unit}"}
                found.append(Home(unit, floor, Decimal("90.00"), owner))
        found[10] = Home("601", 6, Decimal("90.00"), {"a": "甲某", "b": "乙某"})
        found[11] = Home("602", 6, Decimal("90.00"), {}, HoldingKind.UNKNOWN)
        return found

    def drafted(self) -> DecisionView:
        view = services.draft_decision(NEW, by=self.clerk, at=self.tick())
        return services.set_register(view.uuid, self.homes(), by=self.clerk, at=self.tick())

    def opened(self) -> tuple[DecisionView, dict[str, str]]:
        view = self.drafted()
        return services.open_decision(view.uuid, date(2021, 9, 20), cipher=key_ring(), by=self.clerk, at=self.tick())

    def vote(self, view: DecisionView, voter: str, stand: Stand = Stand.AGREE) -> DecisionView:
        return services.cast(view.uuid, voter, stand, by=self.clerk, at=self.tick(), evidence=PAPER)


@pytest.fixture
def stairs(own_folder: Path, code_list: Path, db: None) -> Staircase:
    return Staircase(code_list)


def test_a_vote_on_paper_and_online_is_counted_on_both_measures(stairs: Staircase) -> None:
    view, codes = stairs.opened()
    assert len(codes) == 11
    for voter in ("o201", "o202", "o301", "o302", "o401"):
        stairs.vote(view, voter)
    services.cast_by_code(codes["buyer"].lower(), Stand.AGREE, cipher=key_ring(), at=stairs.tick())
    services.cast_by_code(codes["o402"], Stand.ABSTAIN, cipher=key_ring(), at=stairs.tick())
    found = decision_for(stairs.clerk, view.uuid, at=stairs.now)
    counted = found.tally
    assert counted is not None
    assert (counted.area.part, counted.area.agreed) == (Decimal("720.00"), Decimal("630.00"))
    assert [int(counted.persons.part), int(counted.persons.agreed), int(counted.persons.whole)] == [7, 6, 11]
    assert counted.outcome is Outcome.NO_QUORUM
    stairs.vote(view, "o501", Stand.AGAINST)
    after = decision_for(stairs.clerk, view.uuid, at=stairs.now).tally
    assert after is not None
    assert after.outcome is Outcome.PASSED


def test_a_changed_vote_is_a_new_line_and_the_last_counts(stairs: Staircase) -> None:
    view, codes = stairs.opened()
    stairs.vote(view, "o201")
    services.cast_by_code(codes["o201"], Stand.AGAINST, cipher=key_ring(), at=stairs.tick())
    same = services.cast_by_code(codes["o201"], Stand.AGAINST, cipher=key_ring(), at=stairs.tick())
    ballots = [line for line in same.lines if line.kind == "ballot"]
    assert [(line.stand, line.way) for line in ballots] == [(Stand.AGREE, "paper"), (Stand.AGAINST, "online")]
    assert same.said["o201"].stand is Stand.AGAINST


def test_who_cannot_speak_yet_gets_a_representative_first(stairs: Staircase) -> None:
    view, codes = stairs.opened()
    with pytest.raises(Refused) as refused:
        services.cast_by_code(codes["a+b"], Stand.AGREE, cipher=key_ring(), at=stairs.tick())
    assert refused.value.code == "voter_silent"
    named = Home("601", 6, Decimal("90.00"), {"a": "甲某", "b": "乙某"}, representative="a")
    services.transfer(view.uuid, named, date(2021, 9, 1), "共有人推选书", by=stairs.clerk, at=stairs.tick())
    found = services.cast_by_code(codes["a+b"], Stand.AGREE, cipher=key_ring(), at=stairs.tick())
    assert found.said["a+b"].stand is Stand.AGREE


def test_a_home_that_is_sold_takes_its_vote_away_with_the_seller(stairs: Staircase) -> None:
    view, codes = stairs.opened()
    stairs.vote(view, "o201")
    sold = Home("201", 2, Decimal("90.00"), {"new": "新业主"})
    found = services.transfer(view.uuid, sold, date(2021, 9, 1), "不动产转移登记", by=stairs.clerk, at=stairs.tick())
    assert "o201" not in found.said
    with pytest.raises(Misuse, match="没有这项表决"):
        decision_by_code(codes["o201"], key_ring(), at=stairs.tick())
    assert HoldingRow.objects.filter(unit="201").count() == 2


def test_a_vote_needs_its_notice_its_proof_and_its_time(stairs: Staircase) -> None:
    view = stairs.drafted()
    with pytest.raises(Misuse, match="不少于 15 天"):
        services.open_decision(view.uuid, date(2021, 9, 10), cipher=key_ring(), by=stairs.clerk, at=stairs.tick())
    services.open_decision(view.uuid, date(2021, 9, 20), cipher=key_ring(), by=stairs.clerk, at=stairs.tick())
    with pytest.raises(Misuse, match="签名的表决票"):
        services.cast(view.uuid, "o201", Stand.AGREE, by=stairs.clerk, at=stairs.tick())
    with pytest.raises(Misuse, match="没有投票"):
        services.close_decision(view.uuid, by=stairs.clerk, at=stairs.tick())
    with pytest.raises(Misuse, match="已在"):
        services.cast(view.uuid, "o201", Stand.AGREE, by=stairs.clerk, at=stairs.tick(days=30), evidence=PAPER)


def test_the_closing_freezes_a_protocol_that_the_trail_answers_for(stairs: Staircase) -> None:
    view, _codes = stairs.opened()
    for voter in ("o201", "o202", "o301", "o302", "o401", "o402", "buyer", "o501"):
        stairs.vote(view, voter)
    closed = services.close_decision(view.uuid, by=stairs.clerk, at=stairs.tick(days=30))
    again = services.close_decision(view.uuid, by=stairs.clerk, at=stairs.tick())
    protocol = closed.row.protocol
    assert protocol is not None
    assert again.row.protocol_digest == closed.row.protocol_digest
    assert (protocol["outcome"], protocol["signed_by"]) == ("passed", "clerk（演示）")
    assert protocol["voters"][0]["name"] == "钱＊"
    assert verify().broken is None
    DecisionRow.objects.update(protocol={**protocol, "outcome": "failed"})
    assert verify().broken is not None


def test_objections_are_heard_and_settled_and_nothing_is_erased(stairs: Staircase) -> None:
    view, codes = stairs.opened()
    found = services.object_by_code(codes["buyer"], "挡住一楼采光。", cipher=key_ring(), at=stairs.tick())
    number = found.objections[0][0].position
    services.mediate(view.uuid, number, "实地看了，改为贴廊桥。", by=stairs.clerk, at=stairs.tick())
    done = services.mediate(view.uuid, number, "业主同意新方案。", by=stairs.clerk, at=stairs.tick(), settled=True)
    assert (done.open_objections, len(done.objections[0][1])) == (0, 2)
    with pytest.raises(Misuse, match="已经调解完"):
        services.mediate(view.uuid, number, "再说一次。", by=stairs.clerk, at=stairs.tick())
    line = DecisionLine.objects.get(decision__uuid=view.uuid, position=number)
    with pytest.raises(Exception, match="append-only"):
        line.save()


def test_what_a_vote_needs_next_waits_for_who_handles_it_there(stairs: Staircase) -> None:
    def waits(person: Person) -> list[str]:
        return [line.verb for line in waiting_for(person, stairs.now)]

    view = services.draft_decision(NEW, by=stairs.clerk, at=stairs.tick())
    assert waits(stairs.clerk) == ["登记业主名册"]
    services.set_register(view.uuid, stairs.homes(), by=stairs.clerk, at=stairs.tick())
    assert waits(stairs.clerk) == ["开始表决"]
    cipher = key_ring()
    _, codes = services.open_decision(view.uuid, date(2021, 9, 20), cipher=cipher, by=stairs.clerk, at=stairs.tick())
    assert waits(stairs.clerk) == [], "while it runs it waits for the owners"
    found = services.object_by_code(codes["buyer"], "挡光", cipher=cipher, at=stairs.tick())
    assert waits(stairs.clerk) == ["调解异议"]
    services.mediate(
        view.uuid, found.objections[0][0].position, "同意", by=stairs.clerk, at=stairs.tick(), settled=True
    )
    assert waits(stairs.clerk) == []
    stairs.tick(days=25)
    assert waits(stairs.clerk) == ["结束表决"]
    assert waits(stairs.far) == []
    assert [line.verb for line in started_by(stairs.clerk, stairs.now)] == ["表决中"]
    services.close_decision(view.uuid, by=stairs.clerk, at=stairs.tick())
    assert waits(stairs.clerk) == []
    assert started_by(stairs.clerk, stairs.now) == ()


def test_everybody_sees_what_everybody_pays(stairs: Staircase) -> None:
    view = stairs.drafted()
    terms = {"cost": "500000.00", "subsidy": "100000.00", "by_floor": True, "first": 3, "base": "0.7", "step": "0.1"}
    told = services.set_terms(view.uuid, terms, by=stairs.clerk, at=stairs.tick()).costs
    assert told is not None
    assert sum(share.amount for share in told.shares) == Decimal("400000.00")
    assert {share.amount for share in told.shares if share.floor < 3} == {Decimal("0.00")}


def test_only_who_reaches_the_place_sees_and_writes(stairs: Staircase) -> None:
    view, _codes = stairs.opened()
    assert [row.uuid for row in decisions_for(stairs.clerk, at=stairs.now)] == [view.uuid]
    assert decisions_for(stairs.far, at=stairs.now) == []
    with pytest.raises(Misuse, match="没有这项表决"):
        decision_for(stairs.far, view.uuid, at=stairs.now)
    with pytest.raises(Misuse):
        services.draft_decision(NEW, by=stairs.far, at=stairs.tick())
    assert AuditEvent.objects.filter(action="decision.opened").count() == 1


@pytest.mark.parametrize("rule", [{}, {"take_part": "0.67", "agree": "3/4"}, {"take_part": "5/3", "agree": "3/4"}])
def test_a_threshold_is_a_fraction_of_the_pack(stairs: Staircase, rule: dict[str, str]) -> None:
    asked = NewDecision(NEW.programme, NEW.division, NEW.title, NEW.question, rule)
    with pytest.raises(Misuse) as wrong:
        services.draft_decision(asked, by=stairs.clerk, at=stairs.tick())
    assert wrong.value.code == "threshold_malformed"
