"""The first page: what waits for whoever looks, what they did, their programmes by the one figure that matters."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

from django.http import HttpResponse
from django.test import Client

from shishi.apps.indicators.glance import glance
from shishi.apps.indicators.overview import overview
from shishi.apps.indicators.selectors import Asked
from shishi.apps.supervision.selectors import notices_for
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from tests.apps.town import DAY, NAME, Town, home
from tests.web.conftest import SignedIn


def text_of(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def menu_of(page: HttpResponse) -> list[str]:
    first = re.search(r'<nav class="menu-list".*?</nav>', page.content.decode(), re.DOTALL)
    assert first is not None
    return re.findall(r'<a href="([^"]+)"', first[0])


def test_an_issued_notice_waits_for_its_party_with_its_deadline_and_its_page(
    lived_in: Town, signed_in: SignedIn
) -> None:
    issued = next(item for item in notices_for(lived_in.operator, at=lived_in.now) if item.number)
    county = next(
        name for name in ("xuanzhou", "langxi", "guangde") if any(item.body == name for item in issued.recipients)
    )
    page = signed_in(f"clerk_{county}").get("/")
    assert "签收" in text_of(page)
    assert "逾期" in text_of(page)
    assert f'href="/notices/{issued.id}/"' in page.content.decode()
    others = [signed_in(f"clerk_{name}").get("/") for name in {"xuanzhou", "langxi", "guangde"} - {county}]
    assert all(f'href="/notices/{issued.id}/"' not in other.content.decode() for other in others)


def test_nothing_to_do_is_said_and_nothing_is_counted(town: Town, signed_in: SignedIn) -> None:
    page = signed_in("leader").get("/")
    assert "现在没有等您办的事" in text_of(page)
    assert 'class="count' not in page.content.decode()


def test_a_report_that_is_owed_waits_with_the_page_where_it_is_made_and_no_change_meets_it(
    town: Town, signed_in: SignedIn
) -> None:
    clerk = signed_in("clerk_langxi")
    page = clerk.get("/")
    assert "补报 房屋台账" in text_of(page)
    address = f"/imports/?table={quote(NAME, safe='')}%2Fhomes&amp;division=341821"
    assert f'href="{address}"' in page.content.decode()
    form = clerk.get("/imports/no-change/", {"table": f"{NAME}/homes"})
    assert '<option value="somewhere/2021/homes/homes" selected' in form.content.decode()
    today = day_of(datetime.now(UTC))
    told = {"table": f"{NAME}/homes", "as_of": today.isoformat(), "division": "郎溪县"}
    assert "已报“无变化”" in text_of(clerk.post("/imports/no-change/", told, follow=True))
    assert "房屋台账" not in text_of(clerk.get("/")).split("我发起的")[0]
    refused = clerk.post("/imports/no-change/", {**told, "division": "广德市"})
    assert refused.status_code == 422


def test_what_somebody_did_is_told_in_words_and_only_to_them(lived_in: Town, signed_in: SignedIn) -> None:
    assert "报送了台账" in text_of(signed_in("clerk_xuanzhou").get("/"))
    assert "报送了台账" not in text_of(signed_in("clerk_langxi").get("/"))


def test_a_programme_shows_the_figure_of_what_the_person_reaches(lived_in: Town, signed_in: SignedIn) -> None:
    city, county = (text_of(signed_in(name).get("/")) for name in ("operator", "clerk_xuanzhou"))
    assert "宣城市 发证套数 2 套" in city
    assert "宣州区 发证套数 2 套" in county
    assert "房屋办证" in text_of(signed_in("clerk_langxi").get("/"))


def test_a_glance_agrees_with_the_whole_programme_page_before_and_after_a_write(lived_in: Town) -> None:
    for _ in range(2):
        at = lived_in.tick()
        seen = overview(lived_in.operator, Asked(NAME, DAY), at=at)
        short = glance(lived_in.operator, NAME, DAY, at=at)
        assert short.figure.value == seen.by_code[seen.lead.code].value
        whole = seen.courses[seen.lead.code]
        assert [(point.day, point.truths[Basis.REPORTED]) for point in short.course.real] == [
            (point.day, point.truths[Basis.REPORTED]) for point in whole.real
        ]
        assert short.course.promised == whole.promised
        lived_in.hand_in(home("X9", "issued"), by=lived_in.clerk())


def test_the_menu_leads_only_where_the_doors_open(lived_in: Town, signed_in: SignedIn) -> None:
    for name in ("operator", "clerk_langxi", "leader"):
        browser = signed_in(name)
        places = menu_of(browser.get("/"))
        assert {browser.get(place).status_code for place in places} == {200}, name
    assert "/audit/" not in menu_of(signed_in("clerk_langxi").get("/"))


def test_how_somebody_reads_is_kept_and_a_strange_way_back_is_not_taken(site: Client) -> None:
    told = {"reading": "elder", "density": "dense", "language": "en", "next": "/notices/"}
    answer = site.post("/preferences/", told)
    assert (answer.status_code, answer["Location"]) == (302, "/notices/")
    page = site.get("/notices/").content.decode()
    assert '<html lang="en" class="elder dense">' in page
    site.post("/preferences/", {"reading": "huge", "density": "", "next": "/"})
    assert 'class="elder dense"' in site.get("/notices/").content.decode()
    assert site.post("/preferences/", {"next": "https://elsewhere.example/"})["Location"] == "/"
