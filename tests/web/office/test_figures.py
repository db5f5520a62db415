"""Figures: the page of a programme at any level and day, why and why not, the difference, the map."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from shishi.adapters.spreadsheets.handing_out import csv_of, workbook_of
from shishi.apps.indicators import differences
from shishi.core.handouts import Column, Handout, Sheet
from tests.apps.town import GUANGDE, LANGXI, XUANZHOU, Town
from tests.web.conftest import SignedIn

HERE = "somewhere/2021/homes"
PROGRAMME, MAP = f"/p/{HERE}/", f"/p/{HERE}/map/"
WHY, WHY_NOT, DIFFERENCE = f"/why/{HERE}/issued/", f"/why/{HERE}/issued/not/", f"/difference/{HERE}/issued/"
PAGES = (PROGRAMME, MAP, WHY, WHY_NOT, DIFFERENCE)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    differences.forget()


def said(site: Client, address: str, status: int = 200) -> str:
    """What is read on a page, in one line."""
    response = site.get(address)
    assert response.status_code == status, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def links(site: Client, address: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', site.get(address).content.decode())]


def test_the_units_below_stand_by_gap_with_who_reported_nothing_apart(lived_in: Town, site: Client) -> None:
    page = said(site, PROGRAMME)
    silent = page.index("未报 2 个")
    assert page.index("宣州区", page.index("行政区划")) < silent < page.index("广德市", silent)
    assert "市办公室" in page
    assert "宣州区专班" in page


def test_what_is_asked_stands_in_the_address_and_goes_along_with_every_link(lived_in: Town, site: Client) -> None:
    asked = "as_of=2021-09-29&basis=evidenced&indicator=homes&sort=code"
    page = said(site, f"{PROGRAMME}?{asked}")
    assert "房屋套数" in page
    below = next(
        link for link in links(site, f"{PROGRAMME}?{asked}") if f"division={XUANZHOU}" in link and link[0] == "?"
    )
    for part in asked.split("&"):
        assert part in below


def test_one_goes_down_to_the_village_and_up_again(lived_in: Town, site: Client) -> None:
    county = said(site, f"{PROGRAMME}?division={XUANZHOU}")
    assert "各乡镇街道" in county
    assert "济川街道" in county
    street = next(link for link in links(site, f"{PROGRAMME}?division={XUANZHOU}") if "division=341802001" in link)
    assert "各村社区" in said(site, PROGRAMME + street)
    assert any("division=341800" in link for link in links(site, PROGRAMME + street))
    villages = said(site, f"{PROGRAMME}?division={XUANZHOU}&level=village")
    assert "第 1 页" in villages


def test_levels_that_are_not_below_or_too_deep_are_told(lived_in: Town, site: Client) -> None:
    assert "没有这一级" in said(site, f"{PROGRAMME}?division={XUANZHOU}&level=city", 400)
    assert "太多" in said(site, f"{PROGRAMME}?level=village", 400)
    assert "没有“galaxy”这一级" in said(site, f"{PROGRAMME}?level=galaxy", 400)
    assert "不能按" in said(site, f"{PROGRAMME}?sort=luck", 400)


def test_days_and_moments_to_choose_from_are_those_that_have_reports(lived_in: Town, site: Client) -> None:
    page = said(site, PROGRAMME)
    assert "最早的报送在2021年9月29日" in page
    assert "30，有报送" in page
    assert "在 2021-09-29 16:00 之前还什么都不知道" in page
    earlier = next(link for link in links(site, PROGRAMME) if "known_at=2021-09-29T16%3A00%3A01" in link)
    assert "1套" in said(site, PROGRAMME + earlier).replace(" ", "")


def test_the_course_is_told_to_machines_as_decimals_and_nothing_is_null(lived_in: Town, site: Client) -> None:
    found = json.loads(site.get(f"{PROGRAMME}course.json?compare={XUANZHOU},{LANGXI}").content)
    city, one, silent = found["courses"]
    assert [point["reported"] for point in city["real"]] == ["1", "2"]
    assert (one["name"], one["real"][-1]["reported"], one["promised"][-1][1]) == ("宣州区", "2", "4")
    assert {point["reported"] for point in silent["real"]} == {None}


def test_why_not_names_the_condition_that_a_row_fails(lived_in: Town, site: Client) -> None:
    lived_in.hand_in({"number": "X9", "county": XUANZHOU, "stage": "listed"}, by=lived_in.clerk())
    page = said(site, WHY_NOT + f"?division={XUANZHOU}")
    assert "发证套数：2 行" in page
    assert "X9" in page
    assert "不满足 “阶段”不低于“已发证”" in page
    assert "佐证状态为“有佐证”" in said(site, WHY_NOT + "?basis=evidenced")


def test_the_difference_is_told_row_by_row_and_agrees(lived_in: Town, site: Client) -> None:
    page = said(site, DIFFERENCE + "?from=2021-09-29")
    assert "与差额相符" in page
    assert "宣州区二.xlsx" in page
    assert "X2" in page
    assert "X3" not in page
    assert "没有一行变化" in said(site, DIFFERENCE + "?from=2021-09-30")
    assert "对调" in said(site, DIFFERENCE + "?from=2021-10-09", 400)
    assert "没有“odd”这种变化" in said(site, DIFFERENCE + "?change=odd", 400)


def test_of_a_day_the_difference_of_what_was_known(lived_in: Town, site: Client) -> None:
    page = said(site, DIFFERENCE + "?as_of=2021-09-30&from=2021-09-30&from_known_at=2021-09-29T20:00:00")
    assert "逐行合计 +1" in page


def test_without_outlines_the_map_is_tiles_and_says_so(lived_in: Town, site: Client) -> None:
    page = said(site, MAP)
    assert "格子的位置与地理位置无关" in page
    assert page.count("广德") >= 2
    assert "data-shapes" not in site.get(MAP).content.decode()


def test_outlines_are_matched_by_code_and_what_they_call_themselves_is_not_shown(
    lived_in: Town, site: Client, settings: Any, tmp_path: Path
) -> None:
    ring = [[118, 30], [119, 30], [119, 31], [118, 30]]
    shape = {
        "properties": {"code": GUANGDE, "name": "<b>elsewhere"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "341800.geojson").write_text(json.dumps({"features": [shape]}))
    settings.MAPS = str(tmp_path)
    assert "有 2 个单位在地图文件里没有" in said(site, MAP)
    (found,) = json.loads(site.get(f"{MAP}shapes.json").content)["features"]
    assert (found["properties"]["name"], found["properties"]["kind"]) == ("广德市", "silent")
    assert "elsewhere" not in json.dumps(found)
    (tmp_path / "341800.geojson").write_text("{")
    assert "不是 JSON" in said(site, MAP)


def test_who_reaches_one_county_sees_that_county(lived_in: Town, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk_guangde")
    for address in PAGES:
        page = said(clerk, address)
        assert "宣州区" not in page, address
        said(clerk, f"{address}?division={XUANZHOU}", 404)
    found = json.loads(clerk.get(f"{PROGRAMME}course.json?compare={XUANZHOU}").content)
    assert [course["name"] for course in found["courses"]] == ["广德市"]


def exported(site: Client, form: str, asked: str = "") -> bytes:
    response = site.get(f"{PROGRAMME}export.{form}?{asked}")
    assert response.status_code == 200
    assert f".{form}" in response["Content-Disposition"]
    return response.content


def test_what_is_seen_is_exported_with_its_day_knowledge_and_versions(lived_in: Town, site: Client) -> None:
    text = exported(site, "csv", "as_of=2021-09-30&known_at=2021-09-30T23:00:00").decode("utf-8-sig")
    head, first, *_, total = list(csv.reader(io.StringIO(text)))
    told = dict(zip(head, first, strict=True))
    assert (told["行政区划"], told["填报（套）"], told["目标（套）"]) == ("宣州区", "2", "4")
    assert (told["截至"], told["按何时所知"], told["口径"]) == ("2021-09-30", "2021-09-30 23:00:00", "填报")
    assert "指标第1版" in told["指标"]
    assert "演示数据" in told["演示"]
    assert (total[0], total[3]) == ("合计", "2")


def test_the_workbook_holds_numbers_the_course_and_no_formulas(lived_in: Town, site: Client) -> None:
    book = load_workbook(io.BytesIO(exported(site, "xlsx")))
    assert book.sheetnames == ["各地", "走势", "全部指标"]
    page = book["各地"]
    assert (page["A5"].value, page["D5"].value, page["K6"].value) == ("宣州区", 2, 1)
    assert "演示数据" in page["A3"].value
    assert [cell.value for cell in book["走势"]["B"][4:]] == [1, 2]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_picture_is_a_picture_and_other_forms_are_not_there(lived_in: Town, site: Client) -> None:
    assert exported(site, "png", "sort=code").startswith(b"\x89PNG")
    assert site.get(f"{PROGRAMME}export.exe").status_code == 404


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    sheet = Sheet("各地", (Column("名称"), Column("数", 2)), (("=1+1", Decimal("-1.5")), ("@x", None)))
    handout = Handout("=2+2", (("依据", "+文件"),), (), (sheet,))
    assert csv_of(handout).decode("utf-8-sig").splitlines()[1:] == ["'=1+1,-1.50,'+文件", "'@x,,'+文件"]
    page = load_workbook(io.BytesIO(workbook_of(handout))).active
    assert page is not None
    assert {page[place].data_type for place in ("A1", "A5", "A6")} == {"s"}
