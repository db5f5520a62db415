"""The portal in a real Chromium: for everybody, with and without a script. How its pages look at every width, and for
elders, is asked in :mod:`tests.e2e.test_every_page`."""

from __future__ import annotations

import pytest

from shishi.apps.publishing import voices
from tests.e2e.conftest import Site, Visitor

pytestmark = pytest.mark.e2e

HOME = "/promises/somewhere/2021/homes/"
RATE = f"{HOME}rate/?place=341802"
WAIT = voices.NOT_BEFORE.total_seconds() * 1000 + 500
"""Nobody fills in a form faster (milliseconds)."""


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
    page.get_by_text("好了").wait_for()
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
