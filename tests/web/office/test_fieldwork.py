"""Visits on pages: planned, carried out with photos and problems, problems walked to their closing; the capture page's
own answers; devices and what they sent."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.fieldwork.devices import make_device
from shishi.apps.fieldwork.devices_seen import device_of
from shishi.apps.fieldwork.submissions import receive_submission
from shishi.apps.fieldwork.visits_seen import VisitView, problems_for, visits_for
from shishi.apps.ledger.models import RevisionRow
from shishi.core.calendars import day_of
from shishi.core.problems import ProblemState
from shishi.core.visits import VisitState
from tests.adapters.pictures import photo
from tests.apps.town import NAME, Town, everything
from tests.web.api.machine import filled
from tests.web.conftest import SignedIn

LATER = datetime(2100, 1, 1, tzinfo=UTC)
TODAY = day_of(datetime.now(UTC))
JPEG = photo(1)
PLAN = {"title": "双桥小区现场", "kind": "patrol", "planned_on": TODAY.isoformat(), "body": "office"}
RESULT = {"held_on": TODAY.isoformat(), "place": "双桥小区东门", "text": "外墙施工进度正常。", "publish": "on"}


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def leader(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


@pytest.fixture
def clerk(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("clerk_xuanzhou")


def only(town: Town) -> VisitView:
    (found,) = visits_for(town.operator, at=LATER)
    return found


def planned(town: Town, leader: Client, query: str = "") -> str:
    answer = leader.post(f"/fieldwork/plan/{NAME}/{query}", PLAN)
    assert answer.status_code == 302, read(answer)
    return f"/fieldwork/{only(town).id}/"


def captured(**changed: Any) -> dict[str, Any]:
    seen = {"held_on": TODAY.isoformat(), "place": "东门", "text": "进度正常。", "longitude": 118.75, "latitude": 30.94}
    new = {"programme": NAME, "kind": "patrol", "title": "双桥小区现场", "place_division": ""}
    return {"uuid": str(uuid4()), "new": new, "seen": {**seen, "accuracy": 12}, "problems": [], "photos": [], **changed}


def send(browser: Client, told: object) -> tuple[int, dict[str, Any]]:
    body = told if isinstance(told, str) else json.dumps(told)
    answer = browser.post("/fieldwork/send/", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_the_empty_list_says_what_to_do_next(leader: Client) -> None:
    page = read(leader.get("/fieldwork/"))
    assert "现场登记" in page
    assert "没有网络也能记" in page


def test_a_visit_is_planned_and_carried_out_from_page_to_page(lived_in: Town, leader: Client, clerk: Client) -> None:
    page = planned(lived_in, leader)
    assert "走访" in read(leader.get("/"))
    file = SimpleUploadedFile("现场.jpg", JPEG, "image/jpeg")
    told = {"problem_1": "围挡缺口未封闭。", "body_1": "xuanzhou", "days_1": "3", "photos": [file]}
    assert leader.post(f"{page}result/", RESULT | told).status_code == 302
    visit = only(lived_in)
    assert (visit.state, visit.missing, len(visit.problems)) == (VisitState.DONE, 0, 1)
    seen = read(clerk.get(page))
    assert "外墙施工进度正常" in seen
    assert "围挡缺口" in seen
    picture = clerk.get(f"/fieldwork/photos/{visit.photos[0].id}/")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert "整改" in read(clerk.get("/"))


def test_a_problem_is_rectified_and_rechecked_on_pages(
    lived_in: Town, leader: Client, clerk: Client, signed_in: SignedIn
) -> None:
    page = planned(lived_in, leader)
    leader.post(f"{page}result/", RESULT | {"problem_1": "围挡缺口。", "body_1": "xuanzhou", "days_1": "3"})
    (problem,) = problems_for(lived_in.operator, at=LATER)
    address = f"/fieldwork/problems/{problem.id}/"
    assert "围挡缺口" in read(clerk.get("/fieldwork/problems/"))
    proof = SimpleUploadedFile("封闭后.jpg", JPEG)
    clerk.post(f"{address}reply/", {"text": "已封闭。", "proof": proof, "named": "照片两张"})
    assert "复查通过" not in read(leader.get(address)).split("办理经过")[0]
    assert leader.post(f"{address}close/", {"text": "可以。"}).status_code == 422
    lived_in.person("inspector", "office", Role.SUPERVISOR, "3418")
    other = signed_in("inspector")
    assert "封闭后.jpg" in read(other.get(f"{address}close/"))
    other.post(f"{address}close/", {"text": "现场看过，已封闭。"})
    (problem,) = problems_for(lived_in.operator, at=LATER)
    assert problem.state is ProblemState.CLOSED
    held = problem.history[1].files[0][1]
    assert other.get(f"{address}files/{held}/").content == JPEG
    assert other.get(f"{address}files/{'0' * 64}/").status_code == 404


def test_what_is_missing_is_told_at_its_field(lived_in: Town, leader: Client) -> None:
    page = planned(lived_in, leader)
    answer = leader.post(f"{page}result/", RESULT | {"text": "", "problem_1": "缺口。"})
    assert answer.status_code == 422
    told = read(answer)
    assert "请填写“看到的情况”" in told
    assert "请选择由哪个单位整改" in told
    assert only(lived_in).state is VisitState.PLANNED


def test_a_row_leads_to_its_visits(lived_in: Town, leader: Client) -> None:
    entry = RevisionRow.objects.filter(table=f"{NAME}/homes").latest("sequence").entry
    planned(lived_in, leader, f"?row={entry}")
    assert only(lived_in).entry == entry
    assert "双桥小区现场" in read(leader.get(f"/row/{entry}/"))


def test_a_cancelled_visit_keeps_its_reason(lived_in: Town, leader: Client) -> None:
    page = planned(lived_in, leader)
    leader.post(f"{page}cancel/", {"reason": "改期"})
    assert "改期" in read(leader.get(page))


# -- the capture page -----------------------------------------------------------------------------------------------


def test_the_capture_page_holds_nothing_of_the_person(leader: Client) -> None:
    page = leader.get("/fieldwork/capture/")
    assert "geolocation=(self)" in page["Permissions-Policy"]
    assert "leader" not in page.content.decode()
    assert "csrfmiddlewaretoken" not in page.content.decode()


def test_the_standing_says_what_may_be_chosen(lived_in: Town, leader: Client, clerk: Client) -> None:
    planned(lived_in, leader)
    mine, theirs = (browser.get("/fieldwork/standing.json").json() for browser in (leader, clerk))
    assert (mine["person"], [item["title"] for item in mine["plans"]]) == ("leader", ["双桥小区现场"])
    assert [code for code, _title in theirs["programmes"][0]["rectifying"]] == ["xuanzhou"]
    assert theirs["plans"] == []


def test_what_a_phone_sends_is_taken_once(lived_in: Town, leader: Client) -> None:
    one = {"id": str(uuid4()), "sha256": hashlib.sha256(JPEG).hexdigest(), "name": "1.jpg"}
    one["taken_at"] = "2021-09-30T08:00:00.000Z"
    told = captured(photos=[one])
    first = send(leader, told)
    assert (first[0], first[1]["status"], first[1]["missing"]) == (200, "taken", 1)
    before = everything()
    assert send(leader, told) == first
    assert everything() == before
    for _ in range(2):
        file = SimpleUploadedFile("photo", JPEG)
        assert leader.post(f"/fieldwork/send/{one['id']}/", {"photo": file}).json() == {"status": "taken"}
    visit = only(lived_in)
    assert (visit.missing, visit.longitude, visit.accuracy) == (0, "118.750000", 12)


def test_a_photo_may_come_in_pieces_that_are_sent_again(lived_in: Town, leader: Client) -> None:
    named = {"id": str(uuid4()), "sha256": hashlib.sha256(JPEG).hexdigest(), "name": "现场.jpg"}
    assert leader.post("/fieldwork/send/", captured(photos=[named]), content_type="application/json").status_code == 200
    half, address = len(JPEG) // 2, f"/fieldwork/send/{named['id']}/?of={len(JPEG)}&from="

    def piece(start: int, end: int) -> dict[str, object]:
        body = JPEG[start:end]
        found: dict[str, object] = leader.post(
            f"{address}{start}", body, content_type="application/octet-stream"
        ).json()
        return found

    for _ in range(2):
        assert piece(0, half) == {"status": "taken", "held": half, "whole": False}
    assert piece(half + 1, len(JPEG))["code"] == "upload_gap"
    for _ in range(2):
        assert piece(half, len(JPEG)) == {"status": "taken", "held": len(JPEG), "whole": True}
    assert piece(0, 0)["status"] == "taken"
    wrong = leader.post(f"{address}x", b"x", content_type="application/octet-stream")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "capture_malformed")


def test_a_phone_is_given_tickets_for_visits_of_rows_alone(lived_in: Town, leader: Client) -> None:
    plans = [item["uuid"] for item in leader.get("/fieldwork/standing.json").json()["plans"]]
    told = {"visits": plans, "device": "a" * 64}
    answer = leader.post("/fieldwork/tickets/", told, content_type="application/json")
    assert answer.json() == {"status": "taken", "tickets": {}}
    for broken in ({}, {"visits": 3, "device": "a" * 64}, {"visits": ["x"], "device": ""}):
        assert leader.post("/fieldwork/tickets/", broken, content_type="application/json").status_code == 422


def test_what_is_refused_is_told_with_its_reason(lived_in: Town, leader: Client) -> None:
    told = captured()
    send(leader, told)
    status, answer = send(leader, {**told, "seen": {**told["seen"], "text": "改过。"}})
    assert (status, answer["status"], answer["code"]) == (422, "refused", "visit_already_done")
    future = (TODAY + timedelta(days=2)).isoformat()
    wrong = captured()
    status, answer = send(leader, {**wrong, "seen": {**wrong["seen"], "held_on": future}})
    assert (status, "还没有到" in answer["message"]) == (422, True)
    lost = SimpleUploadedFile("photo", JPEG)
    assert leader.post(f"/fieldwork/send/{uuid4()}/", {"photo": lost}).json()["code"] == "unknown_photo"


@pytest.mark.parametrize(
    "told",
    ["", "[]", "{", "null", '"x"', '{"uuid": 5}', json.dumps({**captured(), "seen": []}), json.dumps({"uuid": "x"})],
)
def test_what_is_not_of_the_shape_is_refused(leader: Client, told: str) -> None:
    status, answer = send(leader, told)
    assert (status, answer["code"]) == (422, "capture_malformed")


def test_who_is_signed_out_is_told_so_and_nothing_is_written(lived_in: Town, stranger: Client) -> None:
    before = len(visits_for(lived_in.operator, at=LATER))
    answer = stranger.post("/fieldwork/send/", "{}", content_type="application/json", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert len(visits_for(lived_in.operator, at=LATER)) == before


# -- collecting apps ------------------------------------------------------------------------------------------------


def test_a_device_shows_its_code_once(lived_in: Town, clerk: Client) -> None:
    post = re.search(r'<option value="(\d+)"', clerk.get("/fieldwork/devices/new/").content.decode())
    assert post is not None
    told = {"title": "办公室的手机", "post": post[1], "until": (TODAY + timedelta(days=30)).isoformat()}
    page = clerk.post("/fieldwork/devices/new/", told).content.decode()
    assert "data:image/png;base64," in page
    token = re.search(r"/openrosa/key/([\w-]{43})<", page)
    assert token is not None
    assert device_of(token[1], datetime.now(UTC)).title == "办公室的手机"
    listed = clerk.get("/fieldwork/devices/").content.decode()
    assert "办公室的手机" in listed
    assert token[1] not in listed


def test_a_refused_submission_waits_with_its_reason_and_can_be_tried_again(lived_in: Town, clerk: Client) -> None:
    now = datetime.now(UTC)
    by = lived_in.clerk()
    made = make_device(by.posts.get().pk, "手机", TODAY + timedelta(days=30), by=by, at=now)
    device = device_of(made.token, now)
    form = filled(form="somewhere.2021.homes.homes", number="Z-1", estate="不存在的小区")
    sent = receive_submission(form.encode(), {"一.jpg": JPEG}, device=device, at=now)
    assert sent.submission.state == "refused"
    address = f"/fieldwork/received/{sent.submission.id}/"
    assert "处理采集" in read(clerk.get("/"))
    assert "不存在的小区" in read(clerk.get(address))
    held = sent.submission.files[0][1]
    assert clerk.get(f"{address}{held}/").content == JPEG
    lived_in.hand_in({"code": "不存在的小区", "county": "341802", "name": "小区"}, table="estates")
    assert "已入台账" in read(clerk.post(address, {"step": "retry"}, follow=True))


def test_a_submission_of_somebody_else_is_unknown(lived_in: Town, clerk: Client, leader: Client) -> None:
    assert clerk.get("/fieldwork/received/999/").status_code == 404
    assert leader.get("/fieldwork/devices/").status_code == 403
