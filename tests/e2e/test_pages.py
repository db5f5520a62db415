"""What somebody does with a keyboard, and without a script."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Site, Visitor

pytestmark = pytest.mark.e2e

HOME = "/p/somewhere/2021/homes/"


def test_from_the_first_page_to_the_cell_by_keyboard_alone(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator")
    page.goto(looked_at.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.get_by_role("main").get_by_role("link", name="房屋办证", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}**")
    page.get_by_role("link", name=re.compile("为什么.*填报.*发证套数")).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/why/**")
    row = page.locator("main .rows summary").first
    row.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").get_by_text("宣州区.xlsx").first.is_visible()


def test_the_menu_of_a_phone_opens_without_a_script(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator")
    held = page.context.cookies()
    plain = visitor(looked_at, java_script_enabled=False, viewport={"width": 390, "height": 800})
    plain.context.add_cookies(held)  # type: ignore[arg-type]  # cookies as they were read
    plain.goto(looked_at.address)
    assert not plain.get_by_role("link", name="简报", exact=True).is_visible()
    plain.get_by_text("菜单", exact=True).click()
    plain.get_by_role("link", name="简报", exact=True).click()
    plain.wait_for_url("**/briefs/")


def test_somebody_chooses_the_way_they_read_and_keeps_it(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator", viewport={"width": 1366, "height": 900})
    page.goto(looked_at.address + "/notices/")
    page.get_by_role("button", name="长辈版").first.click()
    page.wait_for_url("**/notices/")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    page.get_by_role("button", name="English").first.click()
    page.wait_for_url("**/notices/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("html").get_attribute("class") == "elder"


def test_a_form_with_faults_says_them_on_top_and_keeps_every_word(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator", viewport={"width": 1366, "height": 900})
    page.goto(looked_at.address + "/design/")
    page.get_by_label("要求", exact=True).fill("请于十月八日前反馈。")
    page.get_by_role("button", name="交上去看看").click()
    summary = page.get_by_role("alert")
    assert summary.get_by_text("请填写“标题”。").is_visible()
    summary.get_by_role("link", name="请填写“标题”。").press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_title"
    assert page.get_by_label("要求", exact=True).input_value() == "请于十月八日前反馈。"


def test_a_dialog_opens_takes_the_keyboard_and_closes_with_escape(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator", viewport={"width": 1366, "height": 900})
    page.goto(looked_at.address + "/design/")
    page.get_by_role("button", name="打开对话框").press("Enter")
    assert page.get_by_role("dialog", name="要撤销这一批吗？").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
