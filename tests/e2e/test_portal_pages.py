"""The portal in a real Chromium: for everybody, at every width, with and without a script, for elders too."""

from __future__ import annotations

import pytest

from shishi.apps.publishing import voices
from tests.e2e.conftest import READINGS, WIDTHS, Site, Visitor, complaints_about, watch

pytestmark = pytest.mark.e2e

HOME = "/promises/somewhere/2021/homes/"
RATE = f"{HOME}rate/?place=341802"
PAGES = ("/promises/", "/promises/about/", HOME, f"{HOME}341821/", RATE, "/promises/nowhere/")
WAIT = voices.NOT_BEFORE.total_seconds() * 1000 + 500
"""Nobody fills in a form faster (milliseconds)."""
SMALLEST = """() => {
    const read = e => e.checkVisibility() && e.innerText && !e.closest('svg, .unseen, .skip')
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    return Math.min(...[...document.querySelectorAll('body *')].filter(read)
        .map(e => parseFloat(getComputedStyle(e).fontSize)));
}"""
LOWEST = """() => Math.min(...[...document.querySelectorAll('button, .button, nav a, .reading a, .answers label')]
    .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height))"""


def test_every_public_page_is_whole_at_every_width_in_both_readings(looked_at: Site, visitor: Visitor) -> None:
    for reading in READINGS:
        page = visitor(looked_at)
        blocked = watch(page, looked_at.address)
        for path in PAGES:
            page.goto(f"{looked_at.address}{path}{'&' if '?' in path else '?'}reading={reading}")
            if path == RATE:
                page.get_by_text("好了").wait_for()
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                where = f"{path} at {width}, {reading}"
                assert complaints_about(page) == [], where
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
                if reading == "elder":
                    assert page.evaluate(SMALLEST) >= 18, where
                    assert page.evaluate(LOWEST) >= 44, where
        assert blocked == []


def test_somebody_without_a_script_rates_by_keyboard_alone(own_site: Site, visitor: Visitor) -> None:
    page = visitor(own_site, java_script_enabled=False)
    page.goto(own_site.address + HOME)
    page.get_by_role("link", name="给宣城市的这件事评分").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rate/**")
    question = page.locator("label[for=answer]").inner_text()
    answer = sum(voices.DIGITS.index(word) for word in (question[0], question[2]))
    page.get_by_label("满意", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label(question).fill(str(answer))
    page.wait_for_timeout(WAIT)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="记下了，谢谢").wait_for()


def test_with_a_script_the_browser_works_and_nothing_is_asked(own_site: Site, visitor: Visitor) -> None:
    page = visitor(own_site)
    page.goto(own_site.address + RATE)
    page.get_by_text("好了").wait_for(timeout=30_000)
    assert not page.locator("#sum").is_visible()
    page.get_by_label("非常满意").check()
    page.wait_for_timeout(WAIT)
    page.get_by_role("button", name="提交").click()
    page.get_by_role("heading", name="记下了，谢谢").wait_for()


def test_the_numbers_of_a_drawing_open_without_a_script(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, java_script_enabled=False)
    page.goto(looked_at.address + HOME)
    page.get_by_text("这张图的数").click()
    assert page.get_by_role("columnheader", name="按进度应有").is_visible()
