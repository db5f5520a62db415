"""Publishing on its page: what would go public is shown before it does, what went stays listed, one is taken down."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.programmes.services import install_pack
from shishi.apps.publishing import selectors
from shishi.apps.publishing.models import Edition, TakenDown
from shishi.apps.supervision.stocktake import run_day
from shishi.core.publishing import SmallNumbers
from tests.apps.town import DAY, NAME, Town, home
from tests.apps.town import everything as counted
from tests.web.conftest import SignedIn
from tests.web.published import RULES, public_pack

PAGE = "/publishing/somewhere/2021/homes/"


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def let_out(town: Town, rules: Any = RULES) -> Town:
    """The pack says from the first of the month on what may be public; nothing is yet."""
    selectors.forget()
    told = {"by": town.operator, "at": town.tick()}
    install_pack(public_pack(rules), effective_on=DAY.replace(day=1), holds_rows=lambda table: False, **told)
    return town


@pytest.fixture
def open_town(lived_in: Town) -> Town:
    return let_out(lived_in)


@pytest.fixture
def leader(open_town: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


def publish(browser: Client) -> Any:
    seen = re.search(r'name="seen" value="([^"]+)"', browser.get(PAGE).content.decode())
    assert seen
    return browser.post(PAGE, {"seen": seen[1]}, follow=True)


def test_the_page_shows_what_would_be_public_and_writes_nothing(open_town: Town, leader: Client) -> None:
    before = counted()
    told = read(leader.get(PAGE))
    assert "发证套数" in told
    assert "宣州区" in told
    assert "建筑面积" not in told
    assert "房屋办证日汇总" in told
    assert counted() == before


def test_publishing_makes_what_was_shown_public_and_then_says_that_there_is_nothing_new(
    open_town: Town, leader: Client
) -> None:
    assert "还没有公开" in read(leader.get("/publishing/"))
    assert "公众页面现在就是这一版" in read(publish(leader))
    assert selectors.latest_of(NAME).as_of == DAY
    again = leader.get(PAGE)
    assert "不用再公开" in read(again)
    assert "公开这一版" not in read(again)
    assert "已是最新" in read(leader.get("/publishing/"))


def test_news_are_told_number_by_number_before_they_replace_what_is_public(open_town: Town, leader: Client) -> None:
    publish(leader)
    later, at = DAY + timedelta(days=1), open_town.now + timedelta(days=1)
    open_town.hand_in(home("X3", "issued"), by=open_town.clerk(), as_of=later, at=at - timedelta(hours=4))
    run_day("homes", later, demonstration=True, by=open_town.operator, at=at)
    assert "有新的可公开" in read(leader.get("/publishing/"))
    told = read(leader.get(PAGE))
    assert re.search(r"宣州区 发证套数 2 3", told), told
    publish(leader)
    assert Edition.objects.count() == 2
    assert "已由后一版替代" in read(leader.get(PAGE))


def test_a_stocktake_in_between_is_looked_at_before_it_is_published(open_town: Town, leader: Client) -> None:
    page = leader.post(PAGE, {"seen": "2021-09-30T00:00:00+00:00"})
    assert page.status_code == 422
    assert "又调度过" in read(page)
    assert not Edition.objects.exists()


def test_one_is_taken_down_with_a_reason_that_everybody_reads(open_town: Town, leader: Client) -> None:
    publish(leader)
    down = f"{PAGE}2021-09-30/1/take-down/"
    assert "就没有数了" in read(leader.get(down))
    assert leader.post(down, {"reason": " "}).status_code == 422
    assert "正在核实" in read(leader.post(down, {"reason": "数据有误，正在核实"}, follow=True))
    assert TakenDown.objects.get().reason == "数据有误，正在核实"
    assert "正在核实" in read(Client().get("/promises/somewhere/2021/homes/", headers={"host": "localhost"}))
    assert leader.get(down).status_code == 400
    assert leader.get(f"{PAGE}2021-09-30/7/take-down/").status_code == 404


def test_numbers_of_few_people_are_not_shown_to_who_publishes_either(lived_in: Town, signed_in: SignedIn) -> None:
    let_out(lived_in, replace(RULES, small_numbers=SmallNumbers(10, ("issued",))))
    told = read(signed_in("leader").get(PAGE))
    assert "人数太少，不显示" in told


def test_without_a_word_in_the_pack_nothing_can_be_published(lived_in: Town, signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    assert "没有可以公开的项目" in read(leader.get("/publishing/"))
    assert "什么也不公开" in read(leader.get(PAGE))
    assert leader.post(PAGE, {"seen": "x"}).status_code == 200
    assert not Edition.objects.exists()


def test_only_who_publishes_there_sees_the_page(open_town: Town, signed_in: SignedIn) -> None:
    for name in ("clerk_guangde", "reviewer"):
        assert signed_in(name).get(PAGE).status_code == 403
    open_town.person("county_leader", "guangde", Role.LEADER, "341882")
    assert signed_in("county_leader").get(PAGE).status_code == 404
    assert "没有可以公开的项目" in read(signed_in("county_leader").get("/publishing/"))
