"""Stocktakes on pages: what was seen, who is behind, who is silent, and what a person does about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from shishi.apps.supervision.circulars_seen import circulars_for
from shishi.apps.supervision.findings_seen import SeenFinding, look_seen
from shishi.core.findings import FindingKind
from tests.apps.town import DAY, NAME, Town
from tests.web.conftest import SignedIn

LATER = datetime(2100, 1, 1, tzinfo=UTC)
PAGE = "/stocktakes/somewhere/2021/homes/2021-09-30/"


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def leader(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


def findings(town: Town) -> tuple[SeenFinding, ...]:
    look = look_seen(town.operator, NAME, DAY, at=LATER)
    assert look
    return look.findings


def test_the_list_counts_what_each_stocktake_found(lived_in: Town, leader: Client) -> None:
    told = read(leader.get("/stocktakes/"))
    assert "2021-09-30" in told
    assert "到期未报" in told


def test_a_stocktake_sets_those_who_did_not_report_apart(lived_in: Town, leader: Client) -> None:
    told = read(leader.get(PAGE))
    assert "2 个单位当期未报，不参加排名" in told
    assert "广德市（沿用 9月29日）" in told
    assert all(item.finding.message in told for item in findings(lived_in))
    assert "房屋办证日汇总" in told


def test_there_is_no_page_of_a_day_on_which_nobody_looked(lived_in: Town, leader: Client) -> None:
    for day in ("2021-09-28", "yesterday"):
        assert leader.get(f"/stocktakes/somewhere/2021/homes/{day}/").status_code == 404


def test_findings_are_narrowed_by_kind(lived_in: Town, leader: Client) -> None:
    told = read(leader.get(f"{PAGE}?kind=silent"))
    behind = [item.finding.message for item in findings(lived_in) if item.finding.kind is FindingKind.BEHIND]
    assert behind
    assert not any(message in told for message in behind)


def test_a_finding_is_drafted_by_one_click(lived_in: Town, leader: Client) -> None:
    item = findings(lived_in)[0]
    page = leader.post(f"/findings/{item.id}/draft/", follow=True)
    assert item.finding.message in read(page)
    assert page.request["PATH_INFO"].startswith("/notices/")


def test_a_finding_is_dismissed_by_name_with_a_reason(lived_in: Town, leader: Client) -> None:
    item = findings(lived_in)[0]
    assert leader.post(f"/findings/{item.id}/dismiss/", {"reason": ""}).status_code == 422
    told = leader.post(f"/findings/{item.id}/dismiss/", {"reason": "已实地核实。"}, follow=True)
    assert re.search(r"leader（演示）.{0,12}说明不发单：已实地核实。", read(told))


def test_a_clerk_sees_their_own_findings_and_no_buttons(lived_in: Town, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk_langxi")
    page = clerk.get(PAGE)
    assert "宣州区" not in read(page)
    assert "/draft/" not in page.content.decode()
    own = next(item for item in findings(lived_in) if item.finding.division == "341821")
    assert clerk.post(f"/findings/{own.id}/dismiss/", {"reason": "不认"}).status_code == 403


def test_a_circular_is_drafted_signed_and_issued(lived_in: Town, leader: Client, signed_in: SignedIn) -> None:
    page = leader.post("/circulars/new/somewhere/2021/homes/2021-09-30/", {"indicator": "issued"}, follow=True)
    assert "未报，不参加排名" in read(page)
    (circular,) = circulars_for(lived_in.leader, at=LATER)
    address = f"/circulars/{circular.id}/"
    words = {"title": "办证进展通报", "opening": "现通报如下。", "requirement": "请抓紧。"}
    leader.post(f"{address}wording/", words)
    clerk = signed_in("clerk_xuanzhou")
    assert clerk.get(address).status_code == 404
    leader.post(f"{address}sign/")
    assert "通报〔" in read(leader.post(f"{address}issue/", follow=True))
    assert "办证进展通报" in read(clerk.get("/circulars/"))
    assert clerk.get(f"{address}paper.pdf").content.startswith(b"%PDF")
    assert leader.post(f"{address}wording/", words | {"title": "另一个标题"}).status_code == 422
