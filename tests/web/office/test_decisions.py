"""Joint decisions on pages: an official registers, opens, enters ballots, closes; an owner votes with a code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.decisions.models import DecisionLine, DecisionRow
from shishi.apps.decisions.seen import decision_for
from shishi.core.joint_decisions import Outcome
from shishi.web.office import viewing
from shishi.web.portal import ballots
from tests.apps.test_decisions import NEW, RULE, Staircase
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db

REGISTER = """101 1 90.00 钱多
102 1 90.00 钱多
201 2 90.00 孙二
202 2 90.00 李三、李四 代表=李三
301 3 90.00 不明"""


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def stairs(own_folder: Path, code_list: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Staircase:
    made = Staircase(code_list)

    class Clock(datetime):
        """Tells the staircase's time."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # a clock for tests
            return made.tick()

    monkeypatch.setattr(viewing, "datetime", Clock)
    monkeypatch.setattr(ballots, "datetime", Clock)
    return made


@pytest.fixture
def clerk(stairs: Staircase, signed_in: SignedIn) -> Client:
    return signed_in("clerk")


def begun(stairs: Staircase) -> DecisionRow:
    from shishi.apps.decisions.services import draft_decision

    return draft_decision(NEW, by=stairs.clerk, at=stairs.tick()).row


def test_a_vote_from_the_register_to_the_signed_protocol(stairs: Staircase, clerk: Client, client: Client) -> None:
    row = begun(stairs)
    page = f"/decisions/{row.uuid}/"
    unread = clerk.post(f"{page}register/", {"text": "101 一层 九十"})
    assert unread.status_code == 422
    assert "第 1 行" in read(unread)
    assert clerk.post(f"{page}register/", {"text": REGISTER}).status_code == 302
    shown = read(clerk.get(page))
    assert "4 人" in shown
    assert "钱＊" in shown
    early = clerk.post(f"{page}open/", {"closes_on": "2021-09-03"})
    assert "不少于 15 天" in read(early)
    opened = clerk.post(f"{page}open/", {"closes_on": "2021-09-20"})
    codes = re.findall(r"<code>([A-Z2-9-]{14})</code>", opened.content.decode())
    assert len(codes) == 4
    paper = SimpleUploadedFile("票.jpg", b"\xff\xd8 signed")
    assert clerk.post(f"{page}ballot/", {"voter": "孙二", "stand": "agree", "file": paper}).status_code == 302
    asked = client.get("/promises/ballot/")
    assert "投票号码" in read(asked)
    voted = client.post("/promises/ballot/", {"code": codes[0].lower(), "stand": "agree"})
    assert "已记下：同意" in read(voted)
    objected = client.post("/promises/ballot/", {"code": codes[0], "objection": "怕吵。"})
    assert "怕吵" in read(objected)
    assert "参与 差" not in read(clerk.get(page))
    assert "照现在的票" in read(clerk.get(page, headers={"HX-Request": "true"}))
    stairs.now += timedelta(days=30)
    late = client.post("/promises/ballot/", {"code": codes[0], "stand": "against"})
    assert late.status_code == 422
    assert clerk.post(f"{page}close/", {}).status_code == 302
    row.refresh_from_db()
    assert row.state == "closed"
    listed = read(clerk.get("/decisions/"))
    assert Outcome(row.protocol["outcome"]).label in listed
    assert "已结束" not in listed
    assert clerk.get(f"{page}protocol.pdf").content.startswith(b"%PDF")
    assert "已结束" in read(client.post("/promises/ballot/", {"code": codes[0]}))


def test_a_code_that_is_none_tells_nothing(stairs: Staircase, client: Client) -> None:
    begun(stairs)
    answer = client.post("/promises/ballot/", {"code": "AAAA-BBBB-CCCC", "stand": "agree"})
    assert answer.status_code == 422
    assert NEW.title not in read(answer)
    assert not DecisionLine.objects.filter(kind="ballot").exists()


def test_every_owner_sees_the_whole_table_of_costs(stairs: Staircase, clerk: Client, client: Client) -> None:
    row = begun(stairs)
    page = f"/decisions/{row.uuid}/"
    clerk.post(f"{page}register/", {"text": REGISTER})
    half = clerk.post(f"{page}terms/", {"cost": "500000", "by_floor": "on", "first": "2"})
    assert half.status_code == 422
    told = {"cost": "500000", "subsidy": "100000", "by_floor": "on", "first": "2", "base": "1", "step": "0.5"}
    assert clerk.post(f"{page}terms/", told).status_code == 302
    opened = clerk.post(f"{page}open/", {"closes_on": "2021-09-20"})
    code = re.findall(r"<code>([A-Z2-9-]{14})</code>", opened.content.decode())[0]
    seen = read(client.post("/promises/ballot/", {"code": code}))
    for amount in ("0.00", "114285.71", "171428.58", "400000.00"):
        assert amount in seen


def test_who_does_not_reach_the_place_finds_nothing(stairs: Staircase, clerk: Client, signed_in: SignedIn) -> None:
    row = begun(stairs)
    assert NEW.title in read(clerk.get("/decisions/"))
    far = signed_in("far")
    assert NEW.title not in read(far.get("/decisions/"))
    assert far.get(f"/decisions/{row.uuid}/").status_code == 404
    assert clerk.get(f"/decisions/{row.uuid}/protocol.pdf").status_code == 404
    assert decision_for(stairs.clerk, row.uuid, at=datetime(2021, 9, 2, tzinfo=UTC)).row.rule == RULE
