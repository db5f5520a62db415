"""The interface: a program reaches as far as its person, what it does twice under one key is done once."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from shishi.apps.accounts.models import Person
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.models import CaseRow
from shishi.apps.machines.clients import end_client, make_client
from shishi.apps.machines.models import KeptAnswer
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from tests.apps.case_town import HOMES, LANGXI, XUANZHOU
from tests.web.api.interface_town import InterfaceTown, Program

COMPLAINT = {
    "process": "complaint",
    "programme": HOMES,
    "division": XUANZHOU,
    "applicant": {"name": "王五", "phone": "13800001234"},
    "answers": {"类型": "投诉", "标题": "办证太慢", "内容": "等了三个月。"},
}
KEY = "5f2c1f9e-0001"


def opened(program: Program, key: str = KEY, **changed: Any) -> dict[str, Any]:
    answer = program.post("/cases/", {**COMPLAINT, **changed}, key)
    assert answer.status_code == 201, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def test_nobody_asks_without_a_token_over_https(town: InterfaceTown, program: Program) -> None:
    stranger = Client(SERVER_NAME="localhost")
    refused = stranger.get("/api/v1/me/")
    assert (refused.status_code, refused.json()["code"]) == (401, "client_unknown")
    assert refused["WWW-Authenticate"] == "Bearer"
    wrong = stranger.get("/api/v1/me/", headers={"authorization": "Bearer shishi_nothing"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "client_unknown")
    plain = Client(SERVER_NAME="shishi.example.gov.cn")
    told = {"authorization": f"Bearer {program.made.token}"}
    assert plain.get("/api/v1/me/", headers=told).status_code in (400, 403)
    assert program.get("/me/").json()["person"] == "hotline"
    end_client(program.made.client.pk, by=town.operator, at=datetime.now(UTC))
    assert program.get("/me/").json()["code"] == "client_ended"


def test_a_token_is_for_nobody_who_runs_the_system_and_only_a_digest_is_kept(
    town: InterfaceTown, program: Program
) -> None:
    with pytest.raises(Misuse) as wrong:
        make_client("operator", "全能", day_of(datetime.now(UTC)), by=town.operator, at=datetime.now(UTC))
    assert wrong.value.code == "client_administrates"
    with pytest.raises(Misuse) as refused:
        make_client("hotline", "自己", day_of(datetime.now(UTC)), by=town.window, at=datetime.now(UTC))
    assert refused.value.code == "out_of_reach"
    assert program.made.token not in str(program.made.client.__dict__)


def test_a_case_is_opened_read_and_worked_to_its_next_step(town: InterfaceTown, program: Program) -> None:
    told = opened(program)
    seen = program.get(f"/cases/{told['number']}/").json()
    assert (seen["case"], seen["state"], seen["channel"]) == (told["case"], "submitted", "api")
    assert {item["title"]: item["text"] for item in seen["answers"]}["标题"] == "办证太慢"
    assert "13800001234" not in json.dumps(seen)
    (task,) = program.get("/tasks/?process=complaint").json()["items"]
    asked = program.get(f"/tasks/{task['task']}/").json()
    assert [item["code"] for item in asked["outcomes"]] == ["accept", "refuse", "supplement"]
    taken = program.post(f"/tasks/{task['task']}/claim/", {})
    assert (taken.status_code, taken.json()["owner"]) == (200, "hotline")
    done = program.post(f"/tasks/{task['task']}/complete/", {"outcome": "accept"}, "accept-1-key")
    assert (done.status_code, done.json()["case_state"]) == (200, "handling")
    lines = program.get(f"/cases/{told['case']}/thread/").json()
    assert [line["action"] for line in lines][:3] == ["submit", "claim", "accept"]
    said = program.post(f"/cases/{told['case']}/comments/", {"text": "已电话联系。"}, "comment-1-key")
    assert said.status_code == 201
    assert program.get(f"/cases/{told['case']}/thread/").json()[-1]["text"] == "已电话联系。"
    assert verify().broken is None


def test_the_same_key_and_body_get_the_same_answer_and_one_case(town: InterfaceTown, program: Program) -> None:
    first = program.post("/cases/", COMPLAINT, KEY)
    again = program.post("/cases/", COMPLAINT, KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert CaseRow.objects.count() == 1
    other = program.post("/cases/", {**COMPLAINT, "title": "另一件"}, KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    missing = program.post("/cases/", COMPLAINT)
    assert (missing.status_code, missing.json()["code"]) == (400, "key_missing")
    assert program.post("/cases/", COMPLAINT, "kurz").json()["code"] == "key_malformed"
    assert CaseRow.objects.count() == 1
    kept = KeptAnswer.objects.get()
    assert first.json()["number"] not in kept.body, "what was answered rests sealed"


def test_keys_of_two_programs_are_two(town: InterfaceTown, program: Program) -> None:
    other = Program(town.program("counter"))
    assert opened(program)["number"] != opened(other)["number"]


def test_what_was_refused_may_be_asked_again_mended_under_the_same_key(program: Program) -> None:
    faulty = {**COMPLAINT, "answers": {"类型": "投诉", "标题": "办证太慢"}}
    refused = program.post("/cases/", faulty, KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "answers_refused")
    assert "text" in {item["field"] for item in refused.json()["issues"]}
    assert not CaseRow.objects.exists()
    assert opened(program)["state"] == "submitted"


def test_what_lies_out_of_reach_is_unknown(town: InterfaceTown, program: Program) -> None:
    number = opened(program)["number"]
    far = Program(town.program("far_away", LANGXI))
    assert far.get(f"/cases/{number}/").status_code == 404
    assert far.get("/cases/").json()["items"] == []
    assert far.get("/tasks/").json()["items"] == []
    refused = far.post("/cases/", COMPLAINT, KEY)
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_reach")


def test_lists_are_paged_and_say_whether_there_is_more(program: Program) -> None:
    numbers = [opened(program, f"many-key-{at}", title=f"第{at}件")["number"] for at in range(3)]
    first = program.get("/cases/?size=2").json()
    assert ([item["number"] for item in first["items"]], first["more"]) == (numbers[:0:-1], True)
    second = program.get("/cases/?size=2&page=2").json()
    assert ([item["number"] for item in second["items"]], second["more"]) == (numbers[:1], False)
    wrong = program.get("/cases/?size=1000")
    assert (wrong.status_code, wrong.json()["issues"][0]["field"]) == (422, "size")


def test_what_has_not_changed_is_not_sent_again(program: Program) -> None:
    number = opened(program)["number"]
    first = program.get(f"/cases/{number}/")
    again = program.get(f"/cases/{number}/", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    program.post(f"/cases/{number}/comments/", {"text": "补充", "seen_by": "officials"}, "comment-2-key")
    lines = program.get(f"/cases/{number}/thread/")
    assert program.get(f"/cases/{number}/thread/", **{"if-none-match": lines["ETag"]}).status_code == 304


def test_who_asks_too_often_is_told_when_to_come_again(town: InterfaceTown) -> None:
    program = Program(town.program("busy", per_minute=2))
    assert [program.get("/me/").status_code for _ in range(3)] == [200, 200, 429]
    refused = program.get("/me/")
    assert (refused.json()["code"], refused["Retry-After"]) == ("too_many_requests", "60")


def test_figures_are_strings_of_decimals_and_nothing_is_null_that_was_reported(
    town: InterfaceTown, program: Program
) -> None:
    assert [item["name"] for item in program.get("/programmes/").json()] == [HOMES]
    told = program.get(f"/programmes/{HOMES}/figures/?as_of=2021-09-30&division={XUANZHOU}").json()
    assert told["count"] == len(told["items"]) > 0
    assert {item["division"][:6] for item in told["items"]} == {XUANZHOU}
    assert all(item["value"] is None for item in told["items"]), "nobody has reported anything"
    unknown = program.get("/programmes/nowhere/2021/x/figures/?as_of=2021-09-30")
    assert unknown.status_code == 404
    assert program.get(f"/programmes/{HOMES}/figures/?as_of=x").status_code == 422


def test_processes_tell_their_form(program: Program) -> None:
    found = {item["name"].rpartition("/")[2]: item for item in program.get("/processes/").json()}
    assert set(found) == {"permit", "complaint"}
    kinds = found["complaint"]["form"][0]
    assert (kinds["name"], kinds["values"]["complaint"]) == ("kind", "投诉")


def test_the_document_names_every_operation_and_the_page_shows_it_without_a_script(town: InterfaceTown) -> None:
    reader = Client(SERVER_NAME="localhost")
    document = reader.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.")
    operations = [method for path in document["paths"].values() for method in path]
    ids = [told["operationId"] for path in document["paths"].values() for told in path.values()]
    assert len(set(ids)) == len(operations)
    creating = document["paths"]["/api/v1/cases/"]["post"]["parameters"]
    assert [item["name"] for item in creating if item["required"]] == ["Idempotency-Key"]
    page = reader.get("/api/").content.decode()
    for path in document["paths"]:
        assert path in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page), "nothing comes from elsewhere"
    assert "<script" not in page


def test_a_token_of_somebody_who_left_opens_nothing(town: InterfaceTown, program: Program) -> None:
    Person.objects.filter(username="hotline").update(is_active=False)
    assert program.get("/me/").json()["code"] == "client_ended"
