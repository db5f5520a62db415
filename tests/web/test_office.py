"""The office: what everyone sees, what nobody sees who may not, and what stands around every page."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import engines
from django.test import Client

from shishi.apps.documents.selectors import briefs_for
from shishi.apps.indicators.overview import Course, CoursePoint
from shishi.apps.supervision.selectors import notices_for
from shishi.core.assurance import Basis
from shishi.core.indicators import Reporting
from shishi.web.design.curves import SMALL, WIDE, draw
from shishi.web.headers import HEADERS, OFFICE, PLACED, POLICY
from tests.apps.town import LANGXI, Town
from tests.architecture.source import SOURCE
from tests.web.conftest import SignedIn

PROGRAMME = "/p/somewhere/2021/homes/"
WHY = "/why/somewhere/2021/homes/issued/"
PAGES = ["/", PROGRAMME, WHY, "/why/somewhere/2021/homes/rate/?part=denominator", "/notices/", "/briefs/", "/audit/"]


def text_of(response: Any) -> str:
    """What is read on a page, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def rows_behind(response: Any) -> str:
    """How many rows a page of reasons says are behind the figure."""
    found = re.search(r"发证套数：([\d,]+) 行", text_of(response))
    assert found is not None
    return found[1]


def policy_of(response: Any) -> dict[str, str]:
    """The policies of a page of the office: one of two, and where a device may say where it is."""
    given = response["Content-Security-Policy"]
    assert given in (OFFICE, POLICY)
    return {"Content-Security-Policy": given} | ({"Permissions-Policy": PLACED} if given == OFFICE else {})


def notice_address(town: Town) -> str:
    return f"/notices/{notices_for(town.operator, at=town.now)[0].id}/"


def test_every_page_answers_and_says_that_it_is_a_demonstration(lived_in: Town, site: Client) -> None:
    for address in (*PAGES, "/audit/?verify=1", notice_address(lived_in)):
        response = site.get(address)
        assert (response.status_code, "演示数据" in text_of(response)) == (200, True), address


def test_an_empty_store_says_what_to_do_next(town: Town, site: Client) -> None:
    for address in PAGES:
        response = site.get(address)
        assert response.status_code == 200, address
        assert "演示数据" not in text_of(response)
        assert any(word in text_of(response) for word in ("shishi", "还没有", "从未填报")), address


def test_every_response_carries_every_header(town: Town, site: Client) -> None:
    for address in ("/", "/nowhere/", PROGRAMME + "?as_of=x", "/static/design/shishi.css"):
        response = site.get(address)
        assert {name: response[name] for name in HEADERS} == HEADERS | policy_of(response), address
        assert "unsafe" not in response["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in response
        assert "Set-Cookie" not in response


def test_what_may_hold_personal_data_is_kept_by_no_cache(town: Town, site: Client) -> None:
    assert {site.get(address)["Cache-Control"] for address in ("/", WHY, "/nowhere/")} == {"no-store"}


def test_nothing_can_be_written_here(town: Town, site: Client) -> None:
    assert {site.generic(method, "/").status_code for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")} == {405}


def test_a_strange_host_is_refused(town: Town) -> None:
    response = Client(SERVER_NAME="elsewhere.example").get("/")
    assert response.status_code == 400
    assert {name: response[name] for name in HEADERS} == HEADERS | policy_of(response)


def test_the_programme_page_holds_the_figure_its_plan_and_who_has_not_reported(lived_in: Town, site: Client) -> None:
    page = text_of(site.get(PROGRAMME))
    for said in (
        "全部办证。",
        "目标 10套",
        "应报 3，已报 1",
        "未报 2 个",
        "未报 1 天",
        "从未填报",
        "9月29日的数",
        "进度滞后",
    ):
        assert said in page
    assert "房屋办证日汇总" in page


def test_a_page_of_an_earlier_day_or_an_earlier_knowledge_answers_as_it_would_have_then(
    lived_in: Town, site: Client
) -> None:
    earlier = site.get(WHY, {"as_of": "2021-09-29"})
    then = site.get(WHY, {"as_of": "2021-09-30", "known_at": "2021-09-30T10:00"})
    assert [rows_behind(page) for page in (site.get(WHY), earlier, then)] == ["2", "1", "1"]


def test_why_goes_down_to_file_sheet_row_and_person_and_masks_what_is_sensitive(lived_in: Town, site: Client) -> None:
    page = text_of(site.get(WHY))
    for said in ("宣州区二.xlsx", "台账 第 2 行", "clerk_xuanzhou", "“阶段”", "修订", "新增"):
        assert said in page
    assert "张三" not in page
    assert "11010519491231002X" not in page


def test_a_county_clerk_sees_the_own_county_and_nothing_of_others(lived_in: Town, signed_in: SignedIn) -> None:
    site = signed_in("clerk_guangde")
    page = text_of(site.get(PROGRAMME))
    assert "广德市" in page
    assert "宣州区" not in page
    assert site.get(WHY, {"division": "341882"}).status_code == 200
    for hidden in ("341802", "341800"):
        assert site.get(WHY, {"division": hidden}).status_code == 404
        assert site.get(PROGRAMME, {"division": hidden}).status_code == 404
    assert site.get("/audit/").status_code == 403
    assert "审计" not in text_of(site.get("/"))
    brief = briefs_for(lived_in.operator, at=lived_in.now)[0]
    assert site.get(f"/briefs/{brief.pk}.pdf").status_code == 404


def test_a_notice_is_a_page_for_its_parties_and_unknown_to_others(
    lived_in: Town, site: Client, signed_in: SignedIn
) -> None:
    views = notices_for(lived_in.operator, at=lived_in.now)
    issued = next(item for item in views if item.number or item.history)
    address = f"/notices/{issued.id}/"
    page = text_of(site.get(address))
    for said in ("依据的问题", "接收单位与时限", "起草", "审批", "签发"):
        assert said in page
    party = issued.recipients[0].division
    for county, division in (("xuanzhou", "341802"), ("langxi", LANGXI), ("guangde", "341882")):
        assert signed_in(f"clerk_{county}").get(address).status_code == (200 if division == party else 404)


def test_a_brief_is_handed_out_as_it_was_frozen_and_in_no_other_form(lived_in: Town, site: Client) -> None:
    brief = briefs_for(lived_in.operator, at=lived_in.now)[0]
    for form, begin in (("docx", b"PK\x03\x04"), ("pdf", b"%PDF"), ("json", b'{\n "')):
        response = site.get(f"/briefs/{brief.pk}.{form}")
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment;")
        assert response.content.startswith(begin)
    assert site.get(f"/briefs/{brief.pk}.exe").status_code == 404


WRONG = [
    ("?as_of=2021-9-31", 400, "应如 2021-09-30"),
    ("?known_at=gestern", 400, "应如 2021-09-30T18:00"),
    ("?known_at=2999-01-01T00:00", 400, "还没有知道的事"),
    ("?basis=guessed", 400, "可选：填报、有佐证、已核实"),
    ("?division=999999", 404, "没有代码为 999999"),
    ("?division=34x", 404, "没有名为“34x”"),
    ("?division=330000", 400, "请改用范围内的行政区划"),
    ("?indicator=happiness", 404, "现有：homes"),
]


def test_a_question_that_cannot_be_answered_says_the_way_out(town: Town, site: Client) -> None:
    for asked, status, said in WRONG:
        response = site.get(PROGRAMME + asked)
        assert (response.status_code, said in text_of(response)) == (status, True), asked


def test_a_page_number_is_a_number(town: Town, site: Client) -> None:
    assert {site.get(WHY, {"page": page}).status_code for page in ("0", "x", "99999999999", "²", "2")} == {400}


def test_what_is_not_there_is_said_gently(town: Town, site: Client) -> None:
    for address in ("/p/nowhere/2021/homes/", "/why/somewhere/2021/homes/x/", "/notices/999/", "/briefs/9.pdf", "/x"):
        response = site.get(address)
        assert response.status_code == 404, address
        assert "没有找到" in text_of(response)


def test_what_is_written_is_seen_at_once(lived_in: Town, site: Client) -> None:
    before = text_of(site.get("/"))
    lived_in.hand_in({"number": "X3", "county": "341802", "stage": "issued", "issued_on": "2021-09-30"})
    assert text_of(site.get("/")) != before


THE_ONE_SCRIPT = """<script type="module" src="{% static 'portal/work.js' %}"></script>"""


def test_nothing_comes_from_elsewhere_and_no_page_carries_a_style_or_a_script_but_where_a_browser_works() -> None:
    files = [*SOURCE.glob("web/**/*.html"), *SOURCE.glob("web/**/*.css"), *SOURCE.glob("web/**/*.svg")]
    assert len(files) > 10
    for path in files:
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        text = text.replace(THE_ONE_SCRIPT, "") if path.name == "work_head.html" else text
        assert not re.search(r"https?://|//cdn|<script|<style|\sstyle=|\son\w+=|@import|\|safe|autoescape off", text), (
            path
        )


def test_every_template_compiles() -> None:
    for path in SOURCE.glob("web/*/templates/**/*.html"):
        engines["django"].get_template("/".join(path.parts[path.parts.index("templates") + 1 :]))


def course(*values: int | None, promised: bool = True) -> Course:
    points = tuple(
        CoursePoint(
            date(2021, 9, 1 + place), dict.fromkeys(Basis, None if value is None else Decimal(value)), Reporting(1, 1)
        )
        for place, value in enumerate(values)
    )
    line = ((date(2021, 1, 1), Decimal(0)), (date(2021, 12, 31), Decimal(100))) if promised else ()
    return Course(line, points)


@pytest.mark.parametrize("box", [WIDE, SMALL])
@pytest.mark.parametrize("values", [(None,), (0,), (0, 0), (5, None, 9), (5, 5, 5), (-3, 200, 7)])
@pytest.mark.parametrize("promised", [True, False])
def test_a_drawing_stays_in_its_box_whatever_the_figures(box: Any, values: Any, promised: bool) -> None:
    drawing = draw(course(*values, promised=promised), box)
    spots = " ".join([drawing.promised, drawing.real, *(points for _, points in drawing.areas), *drawing.owed])
    for spot in spots.split():
        x, y = map(Decimal, spot.split(","))
        assert 0 <= x <= box.width
        assert 0 <= y <= box.height


def test_the_promised_line_is_cut_where_the_drawing_begins_and_ends() -> None:
    drawing = draw(course(10, 20), WIDE)
    xs = [Decimal(spot.split(",")[0]) for spot in drawing.promised.split()]
    assert (min(xs), max(xs)) == (WIDE.left, WIDE.width - WIDE.right)
