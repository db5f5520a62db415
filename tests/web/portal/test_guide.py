"""办事: an item is found by what people call it, and its guide says all that it takes before anybody signs in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import table_named
from tests.apps.town import Town, everything
from tests.web.catalogued import ITEMS, OPENED, TABLE
from tests.web.test_office import text_of

HOME = "/services/"


def said_by(page: HttpResponse) -> str:
    """The words of a page without the spaces between them."""
    return "".join(text_of(page).split())


def test_an_item_is_found_by_name_code_office_and_theme(hall: Town, stranger: Client) -> None:
    for asked, wanted in (
        ({"q": "社会保险"}, {"SX-0001"}),
        ({"q": "sx-0002"}, {"SX-0002"}),
        ({"q": "医保 转移"}, {"SX-0003"}),
        ({"theme": "person/insurance"}, {"SX-0001", "SX-0003"}),
        ({"theme": "legal/employing"}, {"SX-0002"}),
        ({"subject": "real_estate"}, {"SX-0004"}),
    ):
        page = stranger.get(HOME, asked).content.decode()
        assert set(re.findall(r"/services/items/([^/]+)/", page)) == wanted, asked


def test_the_start_counts_what_can_be_done_online_and_leads_by_theme(hall: Town, stranger: Client) -> None:
    page = said_by(stranger.get(HOME))
    assert "现在有5个事项可以网上办" in page
    assert "社保和医保2个" in page
    assert "医疗保障1个" in page


def test_what_is_not_found_says_the_way_out(hall: Town, stranger: Client) -> None:
    page = text_of(stranger.get(HOME, {"q": "火星移民"}))
    assert "没有找到" in page
    assert "12345" in page


def test_what_was_cancelled_is_gone_and_what_is_tested_cannot_be_begun(hall: Town, stranger: Client) -> None:
    assert stranger.get("/services/items/SX-0007/").status_code == 404
    page = stranger.get("/services/items/SX-0006/")
    assert "还不能网上办" in text_of(page)
    assert "begin" not in page.content.decode()


def test_the_guide_keeps_the_promise_beside_the_law_and_never_asks_for_what_is_held(
    hall: Town, stranger: Client
) -> None:
    page = said_by(stranger.get("/services/items/SX-0001/"))
    for said in (
        "承诺几天办好 5 个工作日 法律规定不超过 20 个工作日",
        "不收费",
        "不用跑",
        "变更申请表",
        "已经有、不用您交：居民身份证",
        "在本市参保的人。",
        "咨询电话 12345",
        "公共服务 代码 20",
        "SX-0001",
    ):
        assert "".join(said.split()) in page, said


def test_the_guide_is_of_the_ledgers_newest_revision(hall: Town, stranger: Client) -> None:
    _, items = table_named(f"{TABLE}/items")
    changed = {**ITEMS[0], "promised_days": 3}
    hold_row(items, changed, as_of=OPENED, by=hall.operator, at=datetime.now(UTC))
    assert "3 个工作日" in text_of(stranger.get("/services/items/SX-0001/"))


@pytest.mark.parametrize("address", [HOME, "/services/items/SX-0001/"])
def test_pages_for_everybody_are_the_same_for_everybody_and_set_no_cookie(
    hall: Town, stranger: Client, citizen: Client, address: str
) -> None:
    plain, known = stranger.get(address), citizen.get(address)
    assert plain.content == known.content
    assert plain["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in plain.headers
    assert "script-src 'none'" in plain["Content-Security-Policy"]


def test_looking_writes_nothing(hall: Town, stranger: Client) -> None:
    before = everything()
    for address in (HOME, "/services/?q=保", "/services/items/SX-0001/", "/services/items/nix/", "/services/nowhere/"):
        stranger.get(address)
    assert everything() == before
    assert stranger.post(HOME).status_code in (403, 405)


def test_an_older_version_of_a_guide_can_be_read_and_not_applied_by(hall: Town, stranger: Client) -> None:
    _, items = table_named(f"{TABLE}/items")
    later = OPENED + timedelta(days=30)
    hold_row(items, {**ITEMS[0], "promised_days": 3}, as_of=later, by=hall.operator, at=datetime.now(UTC))
    now = stranger.get("/services/items/SX-0001/").content.decode()
    assert "3 个工作日" in now
    assert f"?on={OPENED}" in now
    assert "第 2 版" in now
    then = stranger.get(f"/services/items/SX-0001/?on={OPENED}").content.decode()
    assert "5 个工作日" in then
    assert "那天的指南" in then
    assert "开始申请" in now
    assert "开始申请" not in then
    assert stranger.get("/services/items/SX-0001/?on=2000-01-01").status_code == 404
    assert "3 个工作日" in stranger.get("/services/items/SX-0001/?on=nix").content.decode()
