"""The portal in a real Chromium: for everybody, at every width, with and without a script, for elders too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from shishi.apps.publishing import voices
from tests.apps.town import Town
from tests.e2e.test_pages import WIDTHS, complaints_about
from tests.web.published import open_to_the_public

pytestmark = pytest.mark.e2e

HOME = "/promises/somewhere/2021/homes/"
RATE = f"{HOME}rate/?place=341802"
PAGES = ("/promises/", "/promises/about/", HOME, f"{HOME}341821/", RATE, "/promises/nowhere/")
SMALLEST = """() => {
    const read = e => e.checkVisibility() && e.innerText && !e.closest('svg, .unseen, .skip')
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    return Math.min(...[...document.querySelectorAll('body *')].filter(read)
        .map(e => parseFloat(getComputedStyle(e).fontSize)));
}"""
LOWEST = """() => Math.min(...[...document.querySelectorAll('button, .button, nav a, .reading a, .answers label')]
    .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height))"""


@pytest.fixture
def public(lived_in: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with its promise published; forms may be handed in at once."""
    monkeypatch.setattr(voices, "NOT_BEFORE", timedelta(0))
    return open_to_the_public(lived_in)


def test_every_public_page_is_whole_at_every_width_in_both_readings(public: Town, address: str, page: Page) -> None:
    blocked: list[str] = []
    page.on("console", lambda told: blocked.append(told.text) if "Content Security Policy" in told.text else None)
    page.on("request", lambda asked: blocked.append(asked.url) if not asked.url.startswith(address) else None)
    for reading in ("standard", "elder"):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for path in PAGES:
                page.goto(f"{address}{path}{'&' if '?' in path else '?'}reading={reading}")
                if path == RATE:
                    page.get_by_text("好了").wait_for(timeout=30_000)
                where = f"{path} at {width}, {reading}"
                assert complaints_about(page) == [], where
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
                if reading == "elder":
                    assert page.evaluate(SMALLEST) >= 18, where
                    assert page.evaluate(LOWEST) >= 44, where
    assert blocked == []


def test_somebody_without_a_script_rates_by_keyboard_alone(public: Town, address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address + HOME)
    page.get_by_role("link", name="给宣城市的这件事评分").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rate/**")
    question = page.locator("label[for=answer]").inner_text()
    answer = sum(voices.DIGITS.index(word) for word in (question[0], question[2]))
    page.get_by_label("满意", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label(question).fill(str(answer))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="记下了，谢谢").wait_for()
    context.close()


def test_with_a_script_the_browser_works_and_nothing_is_asked(public: Town, address: str, page: Page) -> None:
    page.goto(address + RATE)
    page.get_by_text("好了").wait_for(timeout=30_000)
    assert not page.locator("#sum").is_visible()
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("heading", name="记下了，谢谢").wait_for()


def test_the_numbers_of_a_drawing_open_without_a_script(public: Town, address: str, browser: Browser) -> None:
    context: Any = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address + HOME)
    page.get_by_text("这张图的数").click()
    assert page.get_by_role("columnheader", name="按进度应有").is_visible()
    context.close()
