"""Matters that go to another city and come from there: once each, with what is heard of them, and what fails three
times is somebody's."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from shishi.adapters.georeport.base import ServerFailed
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.incidents import drop_incident, incidents_for, retry_incident
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.apps.referrals.endpoints import NewEndpoint, add_endpoint, end_endpoint
from shishi.apps.referrals.models import Endpoint, Referral, TakenRequest
from shishi.apps.referrals.sending import refer, send_what_waits
from shishi.apps.referrals.taking import take_what_came
from shishi.apps.referrals.waiting import waiting_for
from shishi.core.errors import Misuse, Refused
from shishi.core.service_requests import Answered, Asking, Created, Request, RequestState, unreadable
from shishi.packs.loading import load_pack
from tests.apps.case_town import BEGIN, HOMES, XUANZHOU, CaseTown

LITTLE = Path(__file__).parents[1] / "little_pack"
OPEN = RequestState.OPEN


@dataclass
class City:
    """Another city's server. ``fails``: so many times it is not there."""

    fails: int = 0
    rubbish: bool = False
    held: dict[str, Request] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    told: list[Asking] = field(default_factory=list)
    asked_since: list[datetime] = field(default_factory=list)

    def _there(self) -> None:
        if self.fails:
            self.fails -= 1
            raise ServerFailed("open311_unreachable", "连不上 city.example。")
        if self.rubbish:
            raise unreadable("不是 JSON")

    def create(self, asking: Asking, key: str) -> Created:
        self._there()
        self.told.append(asking)
        number = self.keys.setdefault(key, f"SH-{len(self.keys) + 1}")
        self.held.setdefault(number, Request(number, OPEN, description=asking.description))
        return Created(number)

    def number_of(self, token: str) -> str:
        self._there()
        return ""

    def request(self, number: str) -> Answered:
        self._there()
        return Answered((self.held[number],) if number in self.held else ())

    def since(self, moment: datetime, services: Sequence[str]) -> Answered:
        self._there()
        self.asked_since.append(moment)
        return Answered(tuple(self.held.values()), 1)


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    made = CaseTown(own_folder, code_list)
    copy = own_folder / "pack"
    shutil.copytree(LITTLE, copy)
    listed = (copy / "pack.yaml").read_text(encoding="utf-8")
    (copy / "pack.yaml").write_text(f"{listed}\nprocesses: [complaint]\n", encoding="utf-8")
    told = {"by": made.operator, "at": made.tick()}
    install_pack(load_pack(copy), effective_on=BEGIN.date(), holds_rows=holds_rows, **told)
    return made


def registered(town: CaseTown, **told: object) -> Endpoint:
    new = NewEndpoint("city-310000", "上海市民热线", "https://city.example/open311/v2", api_key="s3cret-key")
    given = replace(new, **told)  # type: ignore[arg-type]  # each test names fields of their own kinds
    return add_endpoint(given, by=town.operator, at=town.tick())


def complained(town: CaseTown) -> CaseRow:
    answers = {"kind": "complaint", "title": "路灯不亮", "text": "过江隧道口的路灯不亮", "address": "示例路 1 号"}
    return open_case(
        "complaint",
        answers={**answers, "point": "121.470000,31.230000"},
        applicant=Applicant("张三", None, "13800001234"),
        division=XUANZHOU,
        programme=HOMES,
        by=town.window,
        at=town.tick(),
        channel="window",
    )


def referred(town: CaseTown) -> tuple[CaseRow, Referral]:
    case = complained(town)
    return case, refer(case.uuid, "city-310000", "001", "请修路灯", by=town.window, at=town.tick())


def texts(case: CaseRow) -> list[str]:
    return list(case.steps.order_by("position").values_list("text", flat=True))


def test_a_matter_goes_once_without_who_complained_and_its_end_comes_back(town: CaseTown) -> None:
    registered(town)
    city = City()
    case, made = referred(town)
    again = refer(case.uuid, "city-310000", "002", "又一次", by=town.window, at=town.tick())
    assert again.pk == made.pk
    assert send_what_waits(town.tick(), city) == 1
    assert send_what_waits(town.tick(), city) == 0
    (asked,) = city.told
    assert (asked.service, asked.description, asked.address) == ("001", "请修路灯", "示例路 1 号")
    assert asked.longitude.startswith("121.47")
    assert "张三" not in str(asked) + str(made.body)
    assert "13800001234" not in str(asked) + str(made.body)
    city.held["SH-1"] = replace(city.held["SH-1"], state=RequestState.CLOSED, notes="已修好", agency="路灯所")
    assert send_what_waits(town.tick(minutes=31), city) == 1
    assert send_what_waits(town.tick(days=1), city) == 0, "what is closed is asked no more"
    made.refresh_from_db()
    assert (made.theirs, made.status, made.notes) == ("SH-1", "closed", "已修好")
    said = texts(case)
    assert [one for one in said if "上海市民热线" in one] == [
        "转送上海市民热线办理：请修路灯",
        "上海市民热线已收到，编号 SH-1",
        "上海市民热线（路灯所）已办结：已修好",
    ]
    assert verify().broken is None


def test_what_does_not_change_there_is_not_said_again(town: CaseTown) -> None:
    registered(town)
    city = City()
    case, _ = referred(town)
    send_what_waits(town.tick(), city)
    for _ in range(3):
        send_what_waits(town.tick(minutes=31), city)
    assert len([one for one in texts(case) if "上海市民热线" in one]) == 2
    city.rubbish = True
    assert send_what_waits(town.tick(minutes=31), city) == 0
    assert "读不懂" in Referral.objects.get().told


def test_what_fails_three_times_is_an_incident_with_an_owner_who_has_it_sent_again(town: CaseTown) -> None:
    registered(town)
    city = City(fails=3)
    _, made = referred(town)
    for later in (1, 2, 11):
        send_what_waits(town.tick(minutes=later), city)
    made.refresh_from_db()
    assert (made.state, made.tries) == ("failed", 3)
    (incident,) = incidents_for(town.chief, town.now)
    assert incident.owner is not None
    assert incident.title == "转送上海市民热线没有成功"
    assert send_what_waits(town.tick(days=1), city) == 0, "it waits for a person"
    retry_incident(incident.pk, "对方已恢复", by=incident.owner, at=town.tick())
    assert send_what_waits(town.tick(), city) == 1
    made.refresh_from_db()
    assert (made.state, made.theirs) == ("taken", "SH-1")
    assert not incidents_for(town.chief, town.now).exists()


def test_the_owner_may_let_it_go(town: CaseTown) -> None:
    registered(town)
    city = City(fails=9)
    _, made = referred(town)
    for later in (1, 2, 11):
        send_what_waits(town.tick(minutes=later), city)
    (incident,) = incidents_for(town.chief, town.now)
    drop_incident(incident.pk, "已电话转告", by=town.chief, at=town.tick())
    made.refresh_from_db()
    assert made.state == "dropped"
    assert send_what_waits(town.tick(days=1), city) == 0


def test_an_answer_that_got_lost_makes_no_second_request_there(town: CaseTown) -> None:
    registered(town)
    city = City()
    _, made = referred(town)
    send_what_waits(town.tick(), city)
    Referral.objects.filter(pk=made.pk).update(state="queued", theirs="", next_at=town.now)
    send_what_waits(town.tick(), city)
    made.refresh_from_db()
    assert (made.theirs, len(city.held)) == ("SH-1", 1)


def test_requests_of_another_city_become_matters_once(town: CaseTown) -> None:
    registered(town, programme=HOMES, division=XUANZHOU)
    city = City()
    for number in ("A-1", "A-2"):
        text = f"{number} 楼道灯坏了"
        city.held[number] = Request(number, OPEN, description=text, latitude="30.94", longitude="118.75")
    city.held["A-3"] = Request("A-3", RequestState.CLOSED, description="早就好了")
    assert take_what_came(town.tick(), city) == 2
    assert take_what_came(town.tick(), city) == 0, "its turn comes in ten minutes"
    assert take_what_came(town.tick(minutes=11), city) == 0
    cases = CaseRow.objects.filter(process__endswith="/complaint").order_by("pk")
    assert [case.channel for case in cases] == ["exchange", "exchange"]
    assert "来自上海市民热线，对方编号 A-1" in cases[0].facts["complaint.text"]
    assert TakenRequest.objects.count() == 2
    assert Endpoint.objects.get().unreadable == 1
    assert verify().broken is None


def test_what_went_there_from_here_does_not_come_back_as_new(town: CaseTown) -> None:
    registered(town, programme=HOMES, division=XUANZHOU)
    city = City()
    referred(town)
    send_what_waits(town.tick(), city)
    assert take_what_came(town.tick(), city) == 0
    assert CaseRow.objects.count() == 1


def test_what_cannot_be_taken_is_left_with_the_reason_and_not_tried_for_ever(
    town: CaseTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(town, programme=HOMES, division=XUANZHOU)
    city = City(held={"A-1": Request("A-1", OPEN, description="x", latitude="30.94", longitude="118.75")})

    def refused(*_: object, **__: object) -> None:
        raise Refused("answers_refused", "表单有内容没有填对，没有写入。")

    monkeypatch.setattr("shishi.apps.referrals.taking.open_case", refused)
    assert take_what_came(town.tick(), city) == 0
    (left,) = TakenRequest.objects.all()
    assert (left.case, left.refused) == (None, "表单有内容没有填对，没有写入。")
    monkeypatch.undo()
    assert take_what_came(town.tick(minutes=11), city) == 0


def test_an_endpoint_that_cannot_be_read_three_times_is_the_operators(town: CaseTown) -> None:
    registered(town, programme=HOMES, division=XUANZHOU)
    city = City(fails=3)
    for _ in range(3):
        take_what_came(town.tick(hours=2), city)
    (line,) = waiting_for(town.operator, town.now)
    assert (line.title, line.page) == ("读不到上海市民热线的请求", "referrals")
    assert waiting_for(town.window, town.now) == ()
    take_what_came(town.tick(hours=2), city)
    assert waiting_for(town.operator, town.now) == ()


def test_only_who_runs_the_system_says_which_addresses_are_asked(town: CaseTown) -> None:
    with pytest.raises(Misuse, match="权限"):
        add_endpoint(NewEndpoint("x", "x", "https://x.example/v2"), by=town.window, at=town.tick())
    made = registered(town)
    assert "s3cret" not in made.api_key
    with pytest.raises(Misuse) as there:
        registered(town)
    assert there.value.code == "endpoint_there"
    end_endpoint("city-310000", "换系统", by=town.operator, at=town.tick())
    case = complained(town)
    with pytest.raises(Misuse, match="已停用"):
        refer(case.uuid, "city-310000", "001", "请修", by=town.window, at=town.tick())
    assert verify().broken is None


def test_a_matter_out_of_reach_is_nobodys_to_send(town: CaseTown) -> None:
    registered(town)
    case = complained(town)
    with pytest.raises(Misuse) as unknown:
        refer(case.uuid, "city-310000", "001", "请修", by=town.far, at=town.tick())
    assert unknown.value.code == "unknown_case"
