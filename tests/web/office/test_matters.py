"""Matters on pages: opened from a meeting's decision, worked on by its bodies, closed with evidence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.supervision.matters_seen import MatterView, matter_seen, matters_for
from shishi.apps.supervision.meetings import meetings_for
from shishi.core.matters import MatterState
from tests.apps.town import Town
from tests.web.conftest import SignedIn

LATER = datetime(2100, 1, 1, tzinfo=UTC)
HOMES = "somewhere/2021/homes/"
FORM = {
    "title": "办结遗留项目",
    "source": "instruction",
    "source_text": "市长9月30日批示",
    "deliverable": "全部首次登记",
    "lead": "xuanzhou",
    "within": "5",
    "indicators": ["issued"],
}


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def leader(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


@pytest.fixture
def clerk(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("clerk_xuanzhou")


def only(town: Town) -> MatterView:
    (found,) = matters_for(town.operator, at=LATER)
    return found


def opened(town: Town, leader: Client, **changed: object) -> str:
    leader.post(f"/matters/new/{HOMES}", FORM | changed)
    return f"/matters/{matters_for(town.operator, at=LATER)[0].id}/"


def test_an_empty_list_says_what_to_do_next(leader: Client) -> None:
    assert "新立事项" in read(leader.get("/matters/"))


def test_a_matter_walks_to_its_closing_from_page_to_page(lived_in: Town, leader: Client, clerk: Client) -> None:
    milestones = "2098-01-02 完成测绘\n2098-01-03 完成补登"
    page = opened(lived_in, leader, within="", due="2098-12-31", milestones=milestones)
    assert "相关数字" in read(leader.get(page))
    assert clerk.get(page).status_code == 404
    leader.post(f"{page}assign/")
    clerk.post(f"{page}accept/")
    clerk.post(f"{page}progress/", {"text": "已进场测绘。"})
    for milestone in (1, 2):
        clerk.post(f"{page}reach/", {"milestone": milestone, "text": "完成。"})
    proof = SimpleUploadedFile("验收单.pdf", b"%PDF-1.4 proof")
    clerk.post(f"{page}report/", {"text": "全部登记。", "proof": proof, "named": "宣府〔2021〕9号"})
    told = read(leader.get(f"{page}close/"))
    assert "验收单.pdf" in told
    leader.post(f"{page}close/", {"text": ""})
    matter = only(lived_in)
    assert (matter.state, matter.standing.evidence) == (MatterState.CLOSED, ("验收单.pdf", "宣府〔2021〕9号"))
    held = dict(matter.history[-3].files)["验收单.pdf"]
    assert leader.get(f"{page}evidence/{held}/").content == b"%PDF-1.4 proof"
    assert leader.get(f"{page}evidence/{'0' * 64}/").status_code == 404


def test_what_was_typed_wrong_is_told_at_its_field_and_kept(lived_in: Town, leader: Client) -> None:
    answer = leader.post(f"/matters/new/{HOMES}", FORM | {"milestones": "十月完成测绘", "title": "保留这个名称"})
    assert answer.status_code == 422
    assert "每行先写日期再写名称" in read(answer)
    assert "保留这个名称" in answer.content.decode()
    answer = leader.post(f"/matters/new/{HOMES}", FORM | {"due": "2098-12-31"})
    assert "二者写一样" in read(answer)
    assert matters_for(lived_in.operator, at=LATER) == ()


def test_proof_of_the_wrong_kind_is_refused(lived_in: Town, leader: Client, clerk: Client) -> None:
    page = opened(lived_in, leader)
    leader.post(f"{page}assign/")
    clerk.post(f"{page}accept/")
    answer = clerk.post(f"{page}report/", {"text": "办结。", "proof": SimpleUploadedFile("a.exe", b"MZ")})
    assert answer.status_code == 422
    assert only(lived_in).state is MatterState.UNDER_WAY


def test_a_decision_of_a_meeting_becomes_a_matter_by_one_step(lived_in: Town, leader: Client) -> None:
    minutes = {
        "kind": "daily",
        "held_on": "2021-09-30",
        "title": "9月30日碰头会",
        "chair": "张主任",
        "decisions": "宣州区三日内补报。\n下周实地核查。",
    }
    leader.post(f"/meetings/new/{HOMES}?as_of=2021-09-30", minutes)
    (meeting,) = meetings_for(lived_in.leader, at=LATER)
    assert meeting.as_of == date(2021, 9, 30)
    form = leader.get(f"/matters/new/{HOMES}?meeting={meeting.id}&decision=1").content.decode()
    assert 'value="宣州区三日内补报"' in form
    told = FORM | {"source": "meeting", "source_text": meeting.minutes.title}
    leader.post(f"/matters/new/{HOMES}?meeting={meeting.id}&decision=1", told)
    assert (only(lived_in).meeting, only(lived_in).decision) == (meeting.id, 1)
    page = read(leader.get(f"/meetings/{meeting.id}/"))
    assert "宣州区专班" in page
    assert "再立一件" in page


def test_a_clerk_writes_no_meetings_and_opens_no_matters(lived_in: Town, clerk: Client) -> None:
    assert clerk.get(f"/meetings/new/{HOMES}").status_code == 403
    assert clerk.post(f"/matters/new/{HOMES}", FORM).status_code == 422
    assert matters_for(lived_in.operator, at=LATER) == ()


def test_a_part_is_seen_beside_the_whole(lived_in: Town, leader: Client, clerk: Client) -> None:
    page = opened(lived_in, leader)
    leader.post(f"{page}assign/")
    clerk.post(f"{page}accept/")
    number = page.split("/")[2]
    clerk.post(f"/matters/new/{HOMES}?parent={number}", FORM | {"title": "双桥片区部分", "lead": "xuanzhou"})
    assert "双桥片区部分" in read(leader.get(page))
    parts = matter_seen(lived_in.operator, number, at=LATER).parts
    assert "办结遗留项目" in read(clerk.get(f"/matters/{parts[0]}/"))


def test_the_list_is_narrowed_by_tab_programme_and_words(lived_in: Town, leader: Client, clerk: Client) -> None:
    opened(lived_in, leader)
    assert "办结遗留项目" in read(leader.get("/matters/?tab=mine"))
    assert "办结遗留项目" not in read(leader.get("/matters/?tab=late"))
    assert "办结遗留项目" not in read(leader.get("/matters/?q=别的"))
    assert "办结遗留项目" in read(leader.get("/matters/?source=instruction&programme=somewhere/2021/homes"))
    assert "办结遗留项目" not in read(clerk.get("/matters/?tab=body"))
