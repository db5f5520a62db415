"""What an outside system does with the catalogue, materials and ratings over the interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shishi.adapters.webhooks.base import Call
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.hall import catalogue
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.machines.calling import call_what_waits
from shishi.apps.machines.clients import make_client
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import day_of
from shishi.web.api.entrance import PACE
from tests.apps.town import Town
from tests.web.api.interface_town import InterfaceTown, Program
from tests.web.api.test_creating import PERMIT, Scene, decided, file, opened, sent
from tests.web.catalogued import ITEMS, OPENED, TABLE, catalogue_of

ORIGIN = "https://hotline.example.gov.cn"


class Ear:
    """The other end of a webhook."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def call(self, call: Call) -> None:
        self.heard.append(json.loads(call.body))


@pytest.fixture
def outside(town: Town) -> Iterator[Program]:
    """A program before a town with a catalogue."""
    PACE.forget()
    catalogue_of(town)
    now = datetime.now(UTC)
    add_person(username="outside", name="外部系统", mail="", demonstration=True, by=town.operator, at=now)
    reach = {"divisions": ["3418"], "programmes": [TABLE], "until": None}
    add_post(username="outside", body="data_resources", role=Role.CLERK, by=town.operator, at=now, **reach)
    yield Program(make_client("outside", "外部系统", day_of(now) + timedelta(days=9), by=town.operator, at=now))
    PACE.forget()
    catalogue.forget()


class TestCatalogue:
    """The one catalogue, for programs as for people."""

    @pytest.fixture
    def town(self, db: None, own_folder: Any, code_list: Any) -> Town:
        return Town(own_folder, code_list)

    def test_items_are_found_by_their_words_and_say_where_each_is_done(self, outside: Program) -> None:
        every = outside.get("/items/?size=3").json()
        assert (len(every["items"]), every["count"], every["more"]) == (3, 6, True)
        rest = outside.get("/items/?size=3&page=2").json()
        assert rest["more"] is False
        codes = {item["item_code"]: item for item in (*every["items"], *rest["items"])}
        assert {code: item["way"] for code, item in codes.items()} == {
            "SX-0001": "here",
            "SX-0002": "counter",
            "SX-0003": "system",
            "SX-0004": "system",
            "SX-0005": "system",
            "SX-0006": "counter",
        }
        (found,) = outside.get("/items/?text=社会保险").json()["items"]
        assert (found["basic_code"], found["promised"], found["legal"]) == ("YS00000001", "5 个工作日", "20 个工作日")
        assert outside.get("/items/?text=" + "长" * 61).status_code == 422

    def test_a_guide_has_the_standards_elements_with_their_codes_and_materials(self, outside: Program) -> None:
        told = outside.get("/items/SX-0001/").json()
        elements = {item["name"]: item for item in told["elements"]}
        assert (elements["kind"]["text"], elements["kind"]["code"]) == ("公共服务", "20")
        assert [(one["name"], one["shared"]) for one in told["materials"]] == [
            ("变更申请表", False),
            ("居民身份证", True),
        ]
        assert told["flow"] == ["申请", "审核", "办结"]

    def test_a_guide_is_read_as_it_stood_on_any_day(self, town: Town, outside: Program) -> None:
        _, items = table_named(f"{TABLE}/items")
        changed = {**ITEMS[0], "promised_days": 3}
        later = OPENED + timedelta(days=30)
        hold_row(items, changed, as_of=later, by=town.operator, at=datetime.now(UTC))
        assert outside.get("/items/SX-0001/").json()["promised"] == "3 个工作日"
        assert outside.get(f"/items/SX-0001/?on={OPENED}").json()["promised"] == "5 个工作日"
        assert outside.get("/items/SX-0001/?on=2000-01-01").json()["code"] == "unknown_item"
        versions = outside.get("/items/SX-0001/versions/").json()
        assert [(one["number"], one["effective_on"]) for one in versions] == [(1, str(OPENED)), (2, str(later))]
        assert not any(one["voided"] or one["withdrawn"] for one in versions)

    def test_a_program_hears_that_the_catalogue_changed_and_of_no_other_table(
        self, town: Town, outside: Program, settings: Any
    ) -> None:
        settings.WEBHOOKS = frozenset({ORIGIN})
        told = {"url": f"{ORIGIN}/told", "topics": ["ledger."]}
        assert outside.post("/hooks/", told, "hear-the-catalogue").status_code == 201
        _, items = table_named(f"{TABLE}/items")
        now = datetime.now(UTC)
        hold_row(items, {**ITEMS[0], "promised_days": 2}, as_of=date(2021, 12, 1), by=town.operator, at=now)
        ear = Ear()
        call_what_waits(now + timedelta(seconds=1), ear)
        (event,) = ear.heard
        assert (event["type"], event["data"]["table"], event["data"]["revised"]) == (
            "ledger.accepted",
            items.name,
            1,
        )


class TestMaterialsAndRatings:
    """What is handed in and how it was, over the same services as on the pages."""

    def test_a_material_is_handed_in_checked_and_sent_back_with_its_reason(
        self, town: InterfaceTown, program: Program
    ) -> None:
        number = opened(program, PERMIT)
        before = {item["code"]: item["state"] for item in program.get(f"/cases/{number}/materials/").json()}
        assert before == {"title": "lacking", "plan": "lacking", "pledge": "lacking"}
        path = f"/cases/{number}/materials"
        given = sent(program, Scene(f"{path}/title/file/", file()), "hand-in-title").json()
        assert (given["state"], given["file_name"]) == ("given", "证明.pdf")
        assert given["receipt"].startswith(number)
        back = program.post(f"{path}/title/check/", {"fits": False}, "back-without-reason")
        assert back.json()["code"] == "material_reason_missing"
        back = program.post(f"{path}/title/check/", {"fits": False, "remark": "看不清"}, "back-with-reason")
        assert (back.status_code, back.json()["state"], back.json()["remark"]) == (201, "returned", "看不清")
        assert program.post(f"{path}/title/later/", {}, "not-deferrable").json()["code"] == "material_not_deferrable"
        assert program.post(f"{path}/plan/later/", {}, "plan-later").json()["due_at"]
        assert program.get(f"{path}/nothing/").status_code == 404

    def test_a_rating_is_given_looked_into_put_right_and_told_back(self, town: InterfaceTown, program: Program) -> None:
        number = decided(town, program)
        assert program.get(f"/cases/{number}/rating/").json()["code"] == "no_such_rating"
        given = program.post(f"/cases/{number}/rating/", {"score": 4, "text": "等太久"}, "rate-it-badly").json()
        assert (given["label"], given["bad"], given["closed"]) == ("不满意", True, False)
        assert given["verify_due"]
        (waiting,) = program.get("/ratings/?open=true").json()["items"]
        assert waiting["number"] == number
        early = program.post(f"/cases/{number}/rating/correct/", {"text": "已改"}, "too-early-to-mend")
        assert (early.status_code, early.json()["code"]) == (409, "rating_order")
        for step, key in (("verify", "look-into"), ("correct", "put-right"), ("feed-back", "tell-back")):
            told = {"text": "已办", **({"way": "phone"} if step == "feed-back" else {})}
            assert program.post(f"/cases/{number}/rating/{step}/", told, f"{key}-key").status_code == 201
        assert program.get(f"/cases/{number}/rating/").json()["closed"] is True
        assert program.get("/ratings/?open=true").json()["count"] == 0
        assert program.get("/ratings/?bad=true").json()["count"] == 1
        assert program.post(f"/cases/{number}/rating/", {"score": 9}, "no-such-score").status_code == 422

    def test_what_happens_to_materials_and_ratings_is_told(
        self, town: InterfaceTown, program: Program, settings: Any
    ) -> None:
        settings.WEBHOOKS = frozenset({ORIGIN})
        told = {"url": f"{ORIGIN}/told", "topics": ["case.material", "case.check_material", "case.rating"]}
        assert program.post("/hooks/", told, "hear-of-papers").status_code == 201
        number = opened(program, PERMIT)
        sent(program, Scene(f"/cases/{number}/materials/title/file/", file()), "hand-in-title")
        program.post(f"/cases/{number}/materials/title/check/", {"fits": True}, "check-the-title")
        rated = decided(town, program)
        program.post(f"/cases/{rated}/rating/", {"score": 5}, "rate-it-badly")
        for step in ("verify", "correct", "feed-back"):
            answer = {"text": "已办", **({"way": "phone"} if step == "feed-back" else {})}
            program.post(f"/cases/{rated}/rating/{step}/", answer, f"{step}-the-rating")
        ear = Ear()
        call_what_waits(datetime.now(UTC) + timedelta(seconds=1), ear)
        assert [event["type"] for event in ear.heard] == [
            "case.material",
            "case.check_material",
            "case.rating_given",
            "case.rating_verified",
            "case.rating_corrected",
            "case.rating_told",
        ]
        assert {event["data"]["number"] for event in ear.heard} == {number, rated}
