"""Every page in a real Chromium: nothing for axe to say, nothing blocked, nothing that runs over the edge."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from shishi.apps.supervision.selectors import notices_for
from tests.apps.town import Town
from tests.e2e.conftest import AXE

pytestmark = pytest.mark.e2e

HOME = "/p/somewhere/2021/homes/"
PAGES = ("/", HOME, "/why/somewhere/2021/homes/issued/", "/notices/", "/briefs/", "/audit/?verify=1", "/nowhere/")
WIDTHS = (1366, 390, 320)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def complaints_about(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    return [f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html']}" for fault in found]


def test_every_page_is_whole_at_every_width(lived_in: Town, address: str, page: Page) -> None:
    blocked: list[str] = []
    page.on("console", lambda told: blocked.append(told.text) if "Content Security Policy" in told.text else None)
    page.on("requestfailed", lambda asked: blocked.append(asked.url))
    page.on("request", lambda asked: blocked.append(asked.url) if not asked.url.startswith(address) else None)
    notice = f"/notices/{notices_for(lived_in.operator, at=lived_in.now)[0].id}/"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for path in (*PAGES, notice):
            page.goto(address + path)
            assert complaints_about(page) == [], f"{path} at {width}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} at {width}"
    assert blocked == []


def test_from_the_first_page_to_the_cell_by_keyboard_alone(lived_in: Town, address: str, page: Page) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.get_by_role("link", name="房屋办证", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}")
    page.get_by_role("link", name=re.compile("为什么.*填报.*发证套数")).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/why/**")
    row = page.locator("summary").first
    row.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("每一次变动").is_visible()
    assert page.locator("details[open]").get_by_text("宣州区.xlsx").first.is_visible()


def test_the_form_asks_another_day_without_a_script(lived_in: Town, address: str, page: Page) -> None:
    page.goto(address + HOME)
    page.get_by_label("截至", exact=True).fill("2021-09-29")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url("**as_of=2021-09-29**")
    assert page.get_by_text("截至 2021年9月29日").first.is_visible()
