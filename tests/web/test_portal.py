"""The portal: what everybody sees of a promise, read by whom it may be, and people's voices on it."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
import pytest
from django.test import Client

from shishi.apps.publishing import voices
from shishi.apps.publishing.selectors import latest_of
from shishi.apps.publishing.services import take_down
from shishi.core.calendars import day_of
from shishi.core.ratings import COUNT
from shishi.web.headers import HEADERS, WITH_SCRIPTS
from shishi.web.portal import rating
from shishi.web.portal.downloads import FIELDS
from tests.apps.town import Town, everything
from tests.web.published import open_to_the_public
from tests.web.test_office import text_of

HOME = "/promises/somewhere/2021/homes/"
COUNTY = f"{HOME}341802/"
RATE = f"{HOME}rate/"
PAGES = ("/promises/", "/promises/about/", HOME, COUNTY)
FILES = tuple(f"{HOME}{name}" for name in ("figures.csv", "figures.json", "dictionary.csv", "brief.pdf"))


@pytest.fixture
def public(lived_in: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with its promise published; forms may be handed in at once."""
    monkeypatch.setattr(voices, "NOT_BEFORE", timedelta(0))
    monkeypatch.setattr(rating, "pace", rating.Pace())
    return open_to_the_public(lived_in)


def form_of(site: Client, place: str = "341802") -> dict[str, str]:
    """The hidden parts of a rating form, and the answer to its sum."""
    page = html.unescape(site.get(RATE, {"place": place}).content.decode())
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    asked = re.search(r'for="answer">(.)加(.)等于', page)
    assert found is not None
    assert asked is not None
    assert f'name="place" value="{place}"' in page
    answer = sum(voices.DIGITS.index(word) for word in asked.groups())
    return {"ticket": found[1], "place": place, "answer": str(answer)}


def test_a_promise_says_what_by_when_on_what_ground_and_what_is_there(public: Town, site: Client) -> None:
    page = text_of(site.get(HOME))
    for said in (
        "全部办证。",
        "截至 2021年9月30日",
        "填报",
        "有佐证",
        "已核实",
        "应报 3 个单位，已报 1 个",
        "郎溪县（从未填报）",
        "沿用 2021年9月29日的数",
        "2021年12月31日",
        "演示文件",
        "2 ÷ 4",
        "按 2021-09-30 18:00 所知",
        "演示数据",
    ):
        assert said in page, said
    assert "建筑面积" not in page


def test_a_county_has_its_own_page_and_the_way_back(public: Town, site: Client) -> None:
    assert "宣州区" in text_of(site.get(COUNTY))
    assert f'href="{HOME}"' in site.get(COUNTY).content.decode()
    assert "从未填报" in text_of(site.get(f"{HOME}341821/"))


def test_every_page_is_a_demonstrations_small_and_the_same_for_everybody(public: Town, site: Client) -> None:
    for address in PAGES:
        response = site.get(address)
        assert response.status_code == 200
        assert "演示数据" in text_of(response)
        assert len(response.content) < 100_000
        assert response["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in response.headers
        assert site.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_every_answer_carries_every_header_and_scripts_only_where_somebody_works(public: Town, site: Client) -> None:
    for address in (*PAGES, *FILES, "/promises/nowhere/", f"{HOME}999999/"):
        response = site.get(address)
        assert {name: response[name] for name in HEADERS} == HEADERS, address
    rate = site.get(RATE)
    assert rate["Content-Security-Policy"] == WITH_SCRIPTS
    assert rate["Cache-Control"] == "private, no-store"
    assert "unsafe" not in WITH_SCRIPTS


def test_looking_writes_nothing_and_only_a_form_can_be_sent(public: Town, site: Client) -> None:
    before = everything()
    for address in (*PAGES, *FILES, RATE, "/promises/nowhere/"):
        site.get(address)
    assert everything() == before
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert {site.generic(method, address).status_code for address in (*PAGES, *FILES)} == {405}
    assert site.generic("DELETE", RATE).status_code in (403, 405)


def test_what_is_not_public_is_not_there(public: Town, site: Client) -> None:
    for address in (
        "/promises/nowhere/",
        "/promises/somewhere/2021/other/",
        f"{HOME}999999/",
        f"{HOME}330000/",
        f"{HOME}rows-homes.csv",
        "/promises/somewhere/2021/other/figures.csv",
    ):
        response = site.get(address)
        assert (response.status_code, "没有找到" in text_of(response)) == (404, True), address


def test_the_elders_page_is_asked_for_by_a_link_and_remembered(public: Town, site: Client) -> None:
    assert 'class="portal elder"' not in site.get(HOME).content.decode()
    chosen = site.get(HOME, {"reading": "elder"})
    assert 'class="portal elder"' in chosen.content.decode()
    assert "no-store" in chosen["Cache-Control"]
    assert 'class="portal elder"' in site.get(COUNTY).content.decode()
    assert "Cookie" in site.get(COUNTY)["Vary"]
    site.get(HOME, {"reading": "standard"})
    assert 'class="portal elder"' not in site.get(COUNTY).content.decode()


def test_csv_json_and_dictionary_say_the_same(public: Town, site: Client) -> None:
    text = site.get(f"{HOME}figures.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    document = json.loads(site.get(f"{HOME}figures.json").content)
    assert list(rows[0]) == [name for name, *_ in FIELDS] == [field["name"] for field in document["dictionary"]]
    assert document["demonstration"] is True
    assert len(rows) == len(document["figures"]) == 12
    for row, told in zip(rows, document["figures"], strict=True):
        assert row == {name: str("" if value is None else value) for name, value in told.items()}
    states = {(row["division_name"], row["status"]) for row in rows if row["indicator"] == "issued"}
    assert states == {("宣城市", "carried"), ("宣州区", "reported"), ("郎溪县", "never"), ("广德市", "carried")}
    dictionary = site.get(f"{HOME}dictionary.csv").content.decode("utf-8-sig")
    assert {name for name, *_ in FIELDS} <= {line.split(",")[1] for line in dictionary.splitlines()}


def test_the_brief_is_the_one_that_went_out(public: Town, site: Client) -> None:
    response = site.get(f"{HOME}brief.pdf")
    assert response.content.startswith(b"%PDF")
    assert response["Content-Type"] == "application/pdf"


def test_what_was_taken_down_is_said_with_its_reason_and_shown_no_more(public: Town, site: Client) -> None:
    before = text_of(site.get("/promises/"))
    assert "全部办证。" in before
    edition = latest_of("somewhere/2021/homes")
    take_down("homes", edition.as_of, reason="宣州区重复报了两套", by=public.leader, at=public.tick())
    page = text_of(site.get("/promises/"))
    assert "已撤下" in page
    assert "宣州区重复报了两套" in page
    assert "全部办证。" not in page
    for address in (HOME, COUNTY, *FILES):
        answer = site.get(address)
        assert answer.status_code == 410, address
        assert "宣州区重复报了两套" in html.unescape(answer.content.decode())


def test_people_rate_without_a_script_once_and_may_change_their_mind(public: Town, site: Client) -> None:
    first = site.post(RATE, {**form_of(site), "score": "5"})
    assert "记下了，谢谢" in text_of(first)
    again = site.post(RATE, {**form_of(site), "score": "1", "comment": "太慢"})
    assert "改评记下了" in text_of(again)
    public.now = datetime.now(UTC)
    assert public.value(COUNT, as_of=day_of(public.now), division="341802") == 1


def test_people_rate_with_work_in_place_of_the_sum(public: Town, site: Client) -> None:
    page = html.unescape(site.get(RATE, {"place": "341802"}).content.decode())
    found = re.search(r'data-challenge="(\{.*\})"></div>', page)
    if found is None:
        pytest.fail("The widget is not installed. Run make setup.")
    challenge = altcha.Challenge.from_dict(json.loads(found[1]))
    work = altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket is not None
    given = {"ticket": ticket[1], "place": "341802", "score": "4", "altcha": work}
    assert "记下了" in text_of(site.post(RATE, given))
    assert "已经记着了" in text_of(site.post(RATE, given))
    assert Client(SERVER_NAME="localhost").post(RATE, {**given, "ticket": "x.y"}).status_code == 400


def test_what_is_wrong_with_a_form_is_said_on_the_form(public: Town, site: Client) -> None:
    for wrong, said in (
        ({"score": ""}, "请在五个答案里选一个"),
        ({"score": "6"}, "请在五个答案里选一个"),
        ({"answer": "99"}, "算式的答案不对"),
        ({"comment": "长" * 301}, "最多 300 个"),
    ):
        response = site.post(RATE, {**form_of(site), "score": "4", **wrong})
        assert (response.status_code, said in text_of(response)) == (422, True), wrong
        assert 'role="alert"' in response.content.decode()


def test_a_form_of_another_place_another_browser_or_another_site_is_refused(public: Town, site: Client) -> None:
    form = {**form_of(site), "score": "4"}
    assert site.post(RATE, {**form, "place": "341821"}).status_code == 400
    site.post(RATE, form)
    other = Client(SERVER_NAME="localhost")
    other.post(RATE, {**form_of(other), "score": "4"})
    assert other.post(RATE, form).status_code == 400
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    response = strict.post(RATE, form)
    assert (response.status_code, "不是从本站的页面交来的" in text_of(response)) == (403, True)


def test_one_address_rates_so_often_and_no_more(public: Town, site: Client, settings: Any) -> None:
    settings.RATINGS_PER_HOUR = 2 * rating.WITHOUT_WORK
    for _ in range(2):
        browser = Client(SERVER_NAME="localhost")
        assert browser.post(RATE, {**form_of(browser), "score": "4"}).status_code == 200
    response = site.post(RATE, {**form_of(site), "score": "4"})
    assert (response.status_code, "评得太多了" in text_of(response)) == (422, True)
    elsewhere = site.post(RATE, {**form_of(site), "score": "4"}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200
