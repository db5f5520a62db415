"""Every page, at a desk and where it is tightest, or at every width in both readings: nothing for axe to say, nothing
blocked, nothing over the edge, and no page heavier than promised. Which pages there are is held against the access
table."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, Response

from tests.e2e.conftest import AXE, DESK, READINGS, VIEWS, Site, Visitor, complaints_about, read_as, watch
from tests.e2e.entering import by_password, by_password_and_code, holding_a_key, register_key, sure
from tests.e2e.pages import GRID, HALF_IN, HOMES, LOOKS, NO_PAGES, NOBODY, Look, readable_routes, route_of

pytestmark = pytest.mark.e2e

LIGHT, WITH_DRAWINGS = 150_000, 450_000
"""Compressed bytes of a page with everything that it loads; the second where a chart or a map is drawn."""
AGAIN = "/sign-in/again/"
DRAWN = "[data-course], [data-shapes], .leaflet-container"
SMALLEST = """() => {
    const apart = 'svg, canvas, .unseen, .skip, .live, [data-shapes]';
    const read = e => e.checkVisibility() && e.innerText && !e.closest(apart)
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const small = [...document.querySelectorAll('body *')].filter(read)
        .filter(e => parseFloat(getComputedStyle(e).fontSize) < 17.9);
    return small.slice(0, 3).map(e => e.outerHTML.slice(0, 160));
}"""
LOW = """() => [...document.querySelectorAll(
    'button, .btn, .button, nav a, .reading a, .answers label, summary, select, ' +
    'input:not([type=checkbox], [type=radio], [type=hidden])')]
    .filter(e => e.checkVisibility() && !e.closest('.skip, .unseen') && !(e.tagName === 'A' && e.closest('.crumbs')))
    .filter(e => e.getBoundingClientRect().height < 43.5).slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""


SHOWN = """() => {
    const shown = [], large = [];
    for (const e of document.querySelectorAll('body *')) {
        if (!e.checkVisibility()) continue;
        const s = getComputedStyle(e), size = parseFloat(s.fontSize);
        shown.push(e.tagName, s.color, s.backgroundColor, s.opacity);
        large.push(size >= 24 || size >= 18.66 && +s.fontWeight >= 700 ? 1 : 0);
    }
    return [shown.join(), large.join('')];
}"""
READ_AS = """reading => (document.querySelector('body.portal') || document.documentElement)
    .classList.toggle('elder', reading === 'elder')"""
"""What elders get is the same page with another class at its root: a test of its own holds the server to that."""
PLACED = ("target-size", "scrollable-region-focusable")
"""The rules that ask where things lie. Every other one asks what is shown and in which colours."""


SWITCH = re.compile(r"<(a|button)[^>]*reading[^>]*>(?:标准版|长辈版)</(?:a|button)>")
"""Leads from one way of reading to the other."""


@dataclass
class Judged:
    """What axe has looked at wholly of one page. Where nothing else is shown, in the same colours and no smaller than
    what counts as large, only what depends on places is asked again."""

    seen: list[tuple[str, str]] = field(default_factory=list)

    def complaints(self, page: Page) -> list[str]:
        """What there is to say of the page as it is now."""
        shown, large = page.evaluate(SHOWN)
        if any(self._covers(known, shown, large) for known in self.seen):
            return complaints_about(page, PLACED)
        self.seen.append((shown, large))
        return complaints_about(page)

    @staticmethod
    def _covers(known: tuple[str, str], shown: str, large: str) -> bool:
        """Small letters need the stronger contrast: what was good enough for them is for large ones."""
        return known[0] == shown and all(before <= now for before, now in zip(known[1], large, strict=True))


@dataclass
class Visit:
    """Somebody's browser, and what went wrong in it."""

    page: Page
    blocked: list[str]
    loaded: list[Response] = field(default_factory=list)


@pytest.fixture(scope="module")
def visit_of(looked_at: Site, visitor_for_long: Visitor) -> Callable[[str], Visit]:
    """Everybody's browser, opened once."""

    @cache
    def visit(who: str) -> Visit:
        by_the_demonstration = who not in (NOBODY, HALF_IN, "novice", "keeper")
        page = visitor_for_long(looked_at, who if by_the_demonstration else "")
        page.context.add_init_script(path=AXE)
        if who == HALF_IN:
            by_password(page, looked_at.address, "keeper")
        elif who == "novice":
            by_password(page, looked_at.address, who)
        elif who == "keeper":
            by_password_and_code(page, looked_at.address, who)
            with holding_a_key(page):
                register_key(page, looked_at.address, "办公室的电脑")
        made = Visit(page, watch(page, looked_at.address))
        page.on("response", lambda answer: made.loaded.append(answer))
        return made

    return visit


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_page_is_whole_however_it_is_read_and_light(
    looked_at: Site, visit_of: Callable[[str], Visit], look: Look
) -> None:
    visit = visit_of(look.who.format(**looked_at.things))
    faults = _opened(visit, looked_at, look)
    judged = Judged()
    for reading, width in VIEWS:
        visit.page.evaluate(READ_AS, reading)
        visit.page.set_viewport_size({"width": width, "height": 900})
        faults += [f"{reading} at {width}: {told}" for told in _faults(visit.page, reading, judged)]
    faults += visit.blocked
    visit.blocked.clear()
    assert "\n".join(faults) == ""


def _opened(visit: Visit, site: Site, look: Look) -> list[str]:
    """Open the page, and say what is wrong with that: another status, another page, too heavy."""
    page = visit.page
    page.set_viewport_size({"width": DESK, "height": 900})
    page.goto("about:blank")
    visit.loaded.clear()
    answer = page.goto(site.at(look.path))
    assert answer is not None
    told = [] if answer.status == look.status else [f"answers {answer.status}"]
    drawn = page.locator(DRAWN).count() > 0
    if drawn:
        page.wait_for_load_state("networkidle")
    told += _too_heavy(visit.loaded, WITH_DRAWINGS if drawn else LIGHT)
    if look.path != AGAIN:
        sure(page)
    if look.press:
        page.get_by_role("main").get_by_role("button", name=look.press, exact=True).click()
    elif look.follow:
        page.get_by_role("main").get_by_role("link", name=look.follow).first.click()
    elif page.url != site.at(look.path):
        told.append(f"leads to {page.url}")
    if look.says:
        page.get_by_text(look.says).locator("visible=true").first.wait_for()
    return told


def _faults(page: Page, reading: str, judged: Judged) -> list[str]:
    told = judged.complaints(page)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        told.append("runs over the edge")
    if reading == "elder":
        told += [f"smaller than 18 px: {html}" for html in page.evaluate(SMALLEST)]
        told += [f"lower than 44 px: {html}" for html in page.evaluate(LOW)]
    return told


def _too_heavy(loaded: list[Response], most: int) -> list[str]:
    weighed = {urlsplit(answer.url).path: _weight(answer) for answer in loaded if answer.status == 200}
    if sum(weighed.values()) <= most:
        return []
    return [f"weighs {sum(weighed.values())} bytes, more than {most}: {weighed}"]


_WEIGHED: dict[str, int] = {}


def _weight(answer: Response) -> int:
    """What it weighs compressed. What is named by its content is weighed once."""
    lasting = "/static/" in answer.url
    if lasting and answer.url in _WEIGHED:
        return _WEIGHED[answer.url]
    try:
        body = answer.body()
    except Error:  # a worker's script is not kept for those who ask: it is fetched once more
        body = answer.frame.page.context.request.get(answer.url).body()
    weight = len(gzip.compress(body, 9))
    if lasting:
        _WEIGHED[answer.url] = weight
    return weight


ALIKE = ("/", "/nowhere/", "/notices/", f"{GRID}/", f"/p/{HOMES}/", "/people/", "/health/", "/design/", "/editor/")
PUBLIC = ("/promises/", f"/promises/{HOMES}/", "/promises/about/", "/promises/nowhere/")
CHANGING = re.compile(r'name="(?:once|nonce|csrfmiddlewaretoken|challenge)" value="[^"]*"')
"""New in every answer."""


@pytest.mark.parametrize("path", [*ALIKE, *PUBLIC])
def test_elders_get_the_same_page_with_another_class_at_its_root(
    looked_at: Site, visit_of: Callable[[str], Visit], path: str
) -> None:
    context = visit_of(NOBODY if path in PUBLIC else "operator").page.context
    told: list[str] = []
    for reading in READINGS:
        read_as(context, looked_at, reading)
        told.append(CHANGING.sub("", context.request.get(looked_at.at(path)).text()))
    read_as(context, looked_at, READINGS[0])
    standard, elder = told
    assert elder.count('class="elder') + elder.count('class="portal elder') == 1
    plain = elder.replace('class="elder', 'class="').replace('class="portal elder', 'class="portal')
    assert SWITCH.sub("", plain) == SWITCH.sub("", standard)


def test_no_page_of_the_access_table_is_left_out(looked_at: Site) -> None:
    seen = {route_of(look.path.format(**looked_at.things)) for look in LOOKS} | {_of_a_key(look) for look in LOOKS}
    forgotten = readable_routes() - seen - set(NO_PAGES)
    assert forgotten == set(), "give each a line in tests/e2e/pages.py"
    assert seen & set(NO_PAGES) == set()
    assert set(NO_PAGES) - readable_routes() == set()


def _of_a_key(look: Look) -> str:
    """The pages of one key are found by the links of their list."""
    return {"改名": "mfa_edit_webauthn", "移除": "mfa_remove_webauthn"}.get(look.follow, "")


@pytest.mark.parametrize("route", [name for name, (path, _) in NO_PAGES.items() if path])
def test_what_is_said_to_be_no_page_is_none(looked_at: Site, visit_of: Callable[[str], Visit], route: str) -> None:
    path, _ = NO_PAGES[route]
    person = "clerk_xuanzhou" if route.startswith("office:import-") else "operator"
    asked = visit_of(NOBODY if route.startswith("portal:") else person).page.context.request
    answer = asked.get(looked_at.at(path), max_redirects=0)
    assert route_of(path.format(**looked_at.things)) == route
    assert answer.status in (200, 302), answer.status
    kind = answer.headers.get("content-type", "")
    assert answer.status == 302 or not kind.startswith("text/html") or "<html" not in answer.text()
