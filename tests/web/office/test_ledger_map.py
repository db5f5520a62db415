"""Where rows lie: each that has a point on a map with an equal list beside it, and how many in each division below."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shishi.core.tables import Field, FieldType
from shishi.web.office import ledger_map
from tests.apps.town import GUANGDE, HOMES, PROGRAMME, XUANZHOU, Town, home, pack_of, read_rows
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
HERE = ["somewhere", 2021, "homes", "homes"]
PLACED = replace(HOMES, fields=(*HOMES.fields, Field("place", "位置", FieldType.POINT)))
OUTLINE = [[118.0, 30.0], [119.0, 30.0], [119.0, 31.0], [118.0, 30.0]]


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town, whose homes have a place."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    programme = replace(PROGRAMME, tables=(PROGRAMME.tables[0], PLACED, PROGRAMME.tables[2]))
    return Town(own_folder, code_list, pack_of(programme))


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in(
        home("X1", "issued", area="80.50", place="118.75,30.94"),
        home("X2", area="120.00", place="118.76，30.95"),
        home("X3"),
        home("G1", county=GUANGDE, area="99.99", place="119.42,30.89"),
    )
    return town


def page_of(client: Client, **asked: str) -> str:
    answer = client.get(reverse("office:ledger-map", args=HERE), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def drawn(client: Client, **asked: str) -> dict[str, Any]:
    answer = client.get(reverse("office:ledger-places", args=HERE), asked)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def keys(client: Client, **asked: str) -> list[str]:
    return [point[2] for point in drawn(client, **asked)["points"]]


def test_every_row_with_a_point_is_drawn_exactly_and_listed_beside_the_map(filled: Town, site: Client) -> None:
    assert drawn(site)["points"][0][:4] == ["118.75", "30.94", "X1", "宣州区　已发证"]
    assert keys(site) == ["X1", "X2", "G1"]
    page = page_of(site)
    listed = page.split('id="placed"')[1].split("</ol>")[0]
    assert re.findall(r">(X\d|G\d)</a>", listed) == ["X1", "X2", "G1"]
    assert re.findall(r'data-point="([^"]+)"', listed) == [point[4] for point in drawn(site)["points"]]
    assert "4 行，其中 3 行填了位置" in text_of(page)


def test_the_map_is_filtered_as_the_list_is_and_ends_at_ones_reach(
    filled: Town, site: Client, signed_in: SignedIn
) -> None:
    assert keys(site, where="stage=issued") == ["X1"]
    assert keys(site, division=GUANGDE) == ["G1"]
    assert keys(site, q="x2") == ["X2"]
    assert keys(signed_in("clerk_guangde")) == ["G1"]
    assert ">X1<" not in page_of(signed_in("clerk_guangde"))


def test_more_points_than_a_browser_draws_are_told(filled: Town, site: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_map, "DRAWN", 2)
    assert keys(site) == ["X1", "X2"]
    assert "图上只画前 2 行，筛选后可以看全" in text_of(page_of(site))
    listed = page_of(site, size="2", page="2").split('id="placed"')[1]
    assert ">G1</a>" in listed


def test_rows_are_counted_by_the_division_below_and_lead_further_down(filled: Town, site: Client) -> None:
    page = page_of(site)
    told = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th><td class="n">(\d+)', page)
    assert [(name, many) for _, name, many in told] == [("宣州区", "3"), ("广德市", "1")]
    assert told[0][0] == f"?division={XUANZHOU}"
    below = page_of(site, division=XUANZHOU)
    assert "本级" in below
    assert "200.50" in below
    assert 'class="tile' not in below


def test_without_any_point_the_page_says_so_and_counts(filled: Town, site: Client) -> None:
    page = page_of(site, where="number=X3")
    assert "都没有填“位置”" in text_of(page)
    assert "data-shapes" not in page
    assert keys(site, where="number=X3") == []


def test_the_ground_is_the_operators_or_plain(filled: Town, site: Client, settings: Any, tmp_path: Path) -> None:
    assert "data-tiles" not in page_of(site)
    settings.TILES, settings.TILES_CREDIT = "https://tiles.example/{z}/{x}/{y}.png", "审图号（演示）"
    answer = site.get(reverse("office:ledger-map", args=HERE))
    assert 'data-tiles="https://tiles.example/{z}/{x}/{y}.png" data-credit="审图号（演示）"' in answer.content.decode()
    assert "img-src 'self' data: https://tiles.example;" in answer["Content-Security-Policy"]
    assert "tiles.example" not in site.get(reverse("office:home"))["Content-Security-Policy"]
    settings.TILES = "https://evil.example;script-src */{z}/{x}/{y}.png"
    policy = site.get(reverse("office:ledger-map", args=HERE))["Content-Security-Policy"]
    assert "evil" not in policy
    feature = {"type": "Feature", "id": XUANZHOU, "geometry": {"type": "Polygon", "coordinates": [OUTLINE]}}
    (tmp_path / "divisions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    settings.MAPS = str(tmp_path)
    (shape,) = drawn(site)["features"]
    assert shape["properties"] == {
        "name": "宣州区",
        "told": "3 行",
        "word": "",
        "kind": "shade-5",
        "address": f"{reverse('office:ledger-map', args=HERE)}?division={XUANZHOU}",
    }


def test_a_field_that_is_no_place_is_not_drawn(filled: Town, site: Client) -> None:
    assert site.get(reverse("office:ledger-map", args=HERE), {"point": "owner"}).status_code == 400
