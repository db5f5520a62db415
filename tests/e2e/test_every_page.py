"""Every page at every width in both readings: nothing for axe to say, nothing blocked, nothing over the edge, and no
page heavier than promised."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from tests.e2e.conftest import READINGS, WIDTHS, Site, Visitor, complaints_about, watch
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
LOW = """() => [...document.querySelectorAll('button, .btn, nav a, summary, select, input:not([type=checkbox], [type=radio], [type=hidden])')]
    .filter(e => e.checkVisibility() && !e.closest('.skip') && !(e.tagName === 'A' && e.closest('.crumbs')))
    .filter(e => e.getBoundingClientRect().height < 43.5).slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("username", ["operator", "clerk_xuanzhou"])
def test_every_page_is_whole_at_every_width(looked_at: Site, visitor: Visitor, username: str, reading: str) -> None:
    page = visitor(looked_at, username, reading)
    blocked = watch(page, looked_at.address)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    faults: list[str] = []
    found = pages_from(page, looked_at.address, STARTS)
    for route, path in found.items():
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(looked_at.address + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{route} {path} at {width}: {told}" for told in _faults(page, reading)]
    assert faults == []
    assert blocked == []
    assert len(found) > 6


def _faults(page: Page, reading: str) -> list[str]:
    told = complaints_about(page)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        told.append("runs over the edge")
    if reading == "elder":
        told += [f"smaller than 18 px: {html}" for html in page.evaluate(SMALLEST)]
        told += [f"lower than 44 px: {html}" for html in page.evaluate(LOW)]
    return told


def test_no_page_is_heavier_than_promised(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator")
    heavy: list[str] = []
    for route, path in pages_from(page, looked_at.address, STARTS).items():
        loaded: list[Response] = []
        page.on("response", loaded.append)
        page.goto(looked_at.address + path)
        page.wait_for_load_state("networkidle")
        page.remove_listener("response", loaded.append)
        weight = sum(_weight(answer) for answer in loaded if answer.status == 200)
        drawn = page.locator("canvas, .leaflet-container, [data-course], [data-map]").count() > 0
        if weight > (WITH_DRAWINGS if drawn else LIGHT):
            heavy.append(f"{route} {path}: {weight} bytes, {[urlsplit(answer.url).path for answer in loaded]}")
    assert heavy == []


def _weight(answer: Response) -> int:
    """What it weighs compressed."""
    return len(gzip.compress(answer.body(), 9))
