"""Search: one box finds rows, programmes, notices, briefs and bodies, within reach only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.town import CITIZEN, GUANGDE, Town, home

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in({"code": "E1", "county": "341802", "name": "三里小区"}, table="estates")
    town.hand_in(home("X1", owner="张三", citizen=CITIZEN, estate="E1"), home("G1", county=GUANGDE))
    return town


def found(client: Client, text: str) -> str:
    return client.get(reverse("office:search"), {"q": text}).content.decode()


def test_rows_are_found_by_characters_sound_number_and_its_end(filled: Town, site: Client) -> None:
    for text in ("三里", "sanlixq", "slxq", "E1"):
        assert ("三里小区" in found(site, text)) == (text != "sanlixq"), text
    for text in ("002X", "002x", CITIZEN, "x1"):
        assert ">X1<" in found(site, text), text
    assert ">X1<" not in found(site, "9999")


def test_a_search_over_more_tables_than_are_kept_drops_none_that_it_asks(
    filled: Town, site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shishi.adapters.engines.listed_rows._KEPT_TABLES", 1)
    for text in ("x1", "slxq", "x1"):
        assert ("三里小区" in found(site, text)) == (text == "slxq")
        assert (">X1<" in found(site, text)) == (text == "x1")


def test_programmes_tables_and_bodies_are_found_too(filled: Town, site: Client, signed_in: SignedIn) -> None:
    assert "房屋办证" in found(site, "fwbz")
    assert "房屋台账" in found(site, "房屋台")
    assert "宣州区专班" in found(site, "xzqzb")
    assert 'href="/bodies/xuanzhou/"' in found(site, "xzqzb")
    assert 'href="/bodies/xuanzhou/"' not in found(signed_in("leader"), "xzqzb")


def test_nobody_finds_what_they_do_not_reach(filled: Town, signed_in: SignedIn) -> None:
    client = signed_in("clerk_guangde")
    assert ">X1<" not in found(client, "002X")
    assert ">G1<" in found(client, "g1")
    text = client.get(reverse("office:search-suggestions"), {"q": "三里"}).content.decode()
    assert "没有找到" in text
