"""Every page at every width in both readings: nothing for axe to say, nothing blocked, nothing over the edge, and no
page heavier than promised."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.e2e.conftest import READINGS, WIDTHS, Site, Visitor, complaints_about, sign_in, watch
from tests.e2e.pages import pages_from

pytestmark = pytest.mark.e2e

STARTS = ("/", "/audit/?verify=1", "/nowhere/", "/me/sessions/", "/preferences/", "/design/", "/sign-out/")
LIGHT, WITH_DRAWINGS = 150_000, 450_000
"""Compressed bytes of a page with everything that it loads; the second where a chart or a map is drawn."""
SMALLEST = """() => {
    const read = e => e.checkVisibility() && e.innerText && !e.closest('svg, canvas, .unseen, .skip')
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const small = [...document.querySelectorAll('main *, nav *')].filter(read)
        .filter(e => parseFloat(getComputedStyle(e).fontSize) < 17.9);
    return small.slice(0, 3).map(e => e.outerHTML.slice(0, 160));
}"""
LOW = """() => [...document.querySelectorAll(
    'button, .btn, nav a, summary, select, input:not([type=checkbox], [type=radio], [type=hidden])')]
    .filter(e => e.checkVisibility() && !e.closest('.skip') && !(e.tagName === 'A' && e.closest('.crumbs')))
    .filter(e => e.getBoundingClientRect().height < 43.5).slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""


Found = dict[str, tuple[str, str]]
PEOPLE = ("operator", "clerk_xuanzhou")


@pytest.fixture(scope="module")
def found(looked_at: Site, browser: Browser) -> Found:
    """Every page that these people find by following links: who opens it, and where."""
    pages: Found = {}
    for username in PEOPLE:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.set_default_timeout(60_000)
        sign_in(page, looked_at.address, username)
        for route, path in pages_from(page, looked_at.address, STARTS).items():
            pages.setdefault(route, (username, path))
        context.close()
    return pages


@pytest.mark.parametrize("reading", READINGS)
def test_every_page_is_whole_at_every_width(looked_at: Site, visitor: Visitor, found: Found, reading: str) -> None:
    faults: list[str] = []
    for username in PEOPLE:
        page = visitor(looked_at, username, reading)
        blocked = watch(page, looked_at.address)
        for route, path in ((route, path) for route, (who, path) in found.items() if who == username):
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.goto(looked_at.address + path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                faults += [f"{route} {path} at {width}: {told}" for told in _faults(page, reading)]
        faults += blocked
    assert "\n".join(faults) == ""
    assert len(found) > 12


def _faults(page: Page, reading: str) -> list[str]:
    told = complaints_about(page)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        told.append("runs over the edge")
    if reading == "elder":
        told += [f"smaller than 18 px: {html}" for html in page.evaluate(SMALLEST)]
        told += [f"lower than 44 px: {html}" for html in page.evaluate(LOW)]
    return told


def test_no_page_is_heavier_than_promised(looked_at: Site, visitor: Visitor, found: Found) -> None:
    heavy: list[str] = []
    for username in PEOPLE:
        page = visitor(looked_at, username)
        loaded: list[Response] = []
        page.on("response", lambda answer, all_of=loaded: all_of.append(answer))
        for route, path in ((route, path) for route, (who, path) in found.items() if who == username):
            loaded.clear()
            page.goto(looked_at.address + path)
            page.wait_for_load_state("networkidle")
            weight = sum(_weight(answer) for answer in loaded if answer.status == 200)
            drawn = page.locator("canvas, .leaflet-container, [data-course], [data-map]").count() > 0
            if weight > (WITH_DRAWINGS if drawn else LIGHT):
                told = [urlsplit(answer.url).path for answer in loaded]
                heavy.append(f"{route} {path}: {weight} bytes, {told}")
    assert "\n".join(heavy) == ""


def _weight(answer: Response) -> int:
    """What it weighs compressed."""
    return len(gzip.compress(answer.body(), 9))
