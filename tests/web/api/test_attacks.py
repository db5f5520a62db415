"""What an attacker sends to the interface: other people's things, bodies of every size and kind, addresses within."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from shishi.apps.audit.selectors import last_event
from shishi.apps.cases.models import CaseRow, MaterialRow
from shishi.apps.machines.clients import make_client
from shishi.apps.machines.models import Hook
from shishi.core.calendars import day_of
from shishi.web.sizes import SMALL
from tests.apps.case_town import LANGXI
from tests.web.api.interface_town import InterfaceTown, Program
from tests.web.api.test_creating import COMPLAINT, PDF, PERMIT, Scene, given, opened, rated, sent, task


@pytest.fixture
def far(town: InterfaceTown) -> Program:
    """A program of another county, whose token is as good as any."""
    return Program(town.program("far_away", LANGXI))


def test_nothing_of_a_case_beyond_reach_is_read_or_written_by_guessing_its_address(
    town: InterfaceTown, program: Program, far: Program
) -> None:
    number, complaint = given(program), rated(town, program)
    case = str(CaseRow.objects.get(number=number).uuid)
    work = task(number)
    before = last_event()
    for way, name in enumerate((number, case)):
        for path in ("", "thread/", "materials/", "materials/title/", "materials/title/file/"):
            assert far.get(f"/cases/{name}/{path}").status_code == 404, path
        writes: tuple[tuple[str, Any], ...] = (
            ("comments/", {"text": "听说的"}),
            ("materials/plan/later/", {}),
            ("materials/pledge/promise/", {"text": "不实"}),
            ("materials/title/check/", {"fits": True}),
            ("materials/title/file/", {"file": ("x.pdf", PDF)}),
        )
        for index, (path, told) in enumerate(writes):
            answer = sent(far, Scene(f"/cases/{name}/{path}", told), f"guess-{way}-{index}")
            assert answer.status_code == 404, path
            assert number not in answer.content.decode().replace(f"“{name}”", "")
    assert far.get(f"/cases/{complaint}/rating/").status_code == 404
    for index, path in enumerate(("", "verify/", "correct/", "feed-back/")):
        told = {"score": 1} if not path else {"text": "好"}
        assert far.post(f"/cases/{complaint}/rating/{path}", told, f"guess-rating-{index}").status_code == 404
    assert far.get("/ratings/").json()["items"] == []
    assert far.get(f"/tasks/{work}/").status_code == 404
    assert far.post(f"/tasks/{work}/claim/", {}).status_code == 404
    assert far.post(f"/tasks/{work}/complete/", {"outcome": "accept"}, "guess-the-task").status_code == 404
    assert last_event() == before, "nothing was written"


def test_a_program_does_not_rate_for_people_whose_case_it_did_not_open(town: InterfaceTown, program: Program) -> None:
    number = rated(town, program)
    until = day_of(datetime.now(UTC)) + timedelta(days=9)
    other = Program(make_client("window", "窗口", until, by=town.operator, at=datetime.now(UTC)))
    assert other.get(f"/cases/{number}/rating/").json()["score"] == 5, "it worked on the case, and sees it"
    refused = other.post(f"/cases/{number}/rating/", {"score": 1}, "rate-for-others")
    assert refused.json()["code"] == "not_the_applicant"


def test_hooks_and_calls_of_another_program_are_unknown(
    town: InterfaceTown, program: Program, far: Program, settings: Any
) -> None:
    settings.WEBHOOKS = frozenset({"https://hotline.example.gov.cn"})
    told = {"url": "https://hotline.example.gov.cn/told", "topics": ["case."]}
    hook = program.post("/hooks/", told, "a-hook-of-mine").json()["hook"]
    assert far.get("/hooks/").json() == []
    assert far.post(f"/hooks/{hook}/end/", {}).status_code == 404
    assert far.post("/hooks/calls/1/replay/", {}).status_code == 404
    assert Hook.objects.get().ended_at is None


INSIDE = (
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "http://[::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://hotline.example.gov.cn/told",
    "https://hotline.example.gov.cn:8443/told",
    "https://hotline.example.gov.cn.evil.example/",
    "https://hotline.example.gov.cn@evil.example/",
    "https://evil.example/?https://hotline.example.gov.cn",
    "https://hotline.example.gov.cn\\@evil.example/",
    "https://hotline.example.gov.cn#@evil.example/",
    "https://ｈotline.example.gov.cn/",
    "https://hotline.example.gov.cn/\r\nHost: evil.example",
    "file:///etc/passwd",
    "gopher://hotline.example.gov.cn/",
    "//hotline.example.gov.cn/",
    "",
)


@pytest.mark.parametrize("url", INSIDE)
def test_a_program_makes_this_machine_knock_at_no_door_that_the_operator_did_not_name(
    program: Program, settings: Any, url: str
) -> None:
    settings.WEBHOOKS = frozenset({"https://hotline.example.gov.cn"})
    refused = program.post("/hooks/", {"url": url, "topics": ["case."]}, "a-way-inside")
    assert refused.status_code == 400
    assert refused.json()["code"] in ("hook_not_allowed", "hook_url_malformed")
    assert not Hook.objects.exists()


def post(
    program: Program, body: bytes | str, kind: str = "application/json", path: str = "/cases/", **more: str
) -> Any:
    headers = {"authorization": f"Bearer {program.made.token}", "idempotency-key": "an-attack-1", **more}
    return program.browser.post(f"/api/v1{path}", body, content_type=kind, headers=headers)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/html; charset=utf-7", ""]
)
def test_only_what_calls_itself_json_is_read_as_json(program: Program, kind: str) -> None:
    refused = post(program, json.dumps(COMPLAINT), kind)
    assert (refused.status_code, refused.json()["code"]) == (415, "not_json")
    assert not CaseRow.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"process": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b"null",
        b"[]",
        b'"x"',
        b"NaN",
        b"1e999",
        json.dumps({**COMPLAINT, "process": "x" * 1000}).encode(),
        json.dumps({**COMPLAINT, "answers": ["投诉"]}).encode(),
        json.dumps({**COMPLAINT, "applicant": {"name": "王五\u0000", "kind": "nobody"}}).encode(),
        json.dumps({**COMPLAINT, "division": "341802' OR 1=1 --"}).encode(),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_the_shape_of_every_refusal(program: Program, body: bytes) -> None:
    refused = post(program, body)
    assert refused.status_code in (400, 404, 409, 422)
    assert set(refused.json()) == {"code", "message", "issues"}
    assert not CaseRow.objects.exists()


def test_what_is_too_large_is_not_read(program: Program) -> None:
    body = json.dumps({**COMPLAINT, "title": "长" * SMALL})
    refused = post(program, body)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    stranger = Client(SERVER_NAME="localhost")
    assert stranger.post("/api/v1/cases/", body, content_type="application/json").status_code == 413
    assert not CaseRow.objects.exists()


def test_a_file_has_to_be_what_a_material_may_be(program: Program) -> None:
    number = opened(program, PERMIT)
    path = f"/cases/{number}/materials/title/file/"
    hostile = (
        b"MZ\x90\x00 an executable",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n",
        b"\x89PNG\r\n\x1a\n broken",
        b"",
    )
    for index, content in enumerate(hostile):
        refused = sent(program, Scene(path, {"file": ("证明.pdf", content)}), f"hostile-{index}")
        assert refused.status_code in (400, 409, 422), content
    assert set(MaterialRow.objects.filter(case__number=number).values_list("state", flat=True)) == {"lacking"}
    as_json = program.post(path, {"file": "x"}, "a-file-as-json")
    assert as_json.status_code in (415, 422)
    assert set(as_json.json()) == {"code", "message", "issues"}


def test_a_name_of_a_file_leads_nowhere(program: Program) -> None:
    number = opened(program, PERMIT)
    path = f"/cases/{number}/materials/title/"
    name = '../../etc/"passwd\r\nSet-Cookie: a=b'
    assert sent(program, Scene(f"{path}file/", {"file": (name, PDF)}), "a-file-name").status_code == 201
    answer = program.get(f"{path}file/")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "Set-Cookie" not in answer.headers
    assert "/" not in program.get(path).json()["file_name"]


def test_an_address_that_is_not_there_and_a_way_that_is_not_meant_answer_in_the_same_shape(program: Program) -> None:
    assert program.get("/cases/%2e%2e%2f%2e%2e/").status_code == 404
    assert program.get("/items/nothing/").json()["code"] == "unknown_item"
    assert program.get("/tasks/99999999999999999999/").status_code == 404
    headers = {"authorization": f"Bearer {program.made.token}"}
    assert program.browser.delete("/api/v1/cases/", headers=headers).status_code == 405


def test_a_cookie_of_an_official_opens_nothing_here(town: InterfaceTown) -> None:
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(town.operator)
    assert browser.get("/api/v1/cases/").status_code == 401
    assert browser.post("/api/v1/cases/", json.dumps(COMPLAINT), content_type="application/json").status_code == 401
