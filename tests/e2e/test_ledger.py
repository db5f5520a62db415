"""The grid in a real browser: walked and edited by keys alone, and decided by people where two of them meet."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Visitor, complaints_about, watch

pytestmark = pytest.mark.e2e
GRID = "/ledger/somewhere/2021/homes/homes/?columns=number,stage,area,household"


def cell(page: Page, key: str, name: str) -> str:
    """The text of a cell."""
    return page.locator("tr", has=page.locator(f'th:text-is("{key}")')).locator(f'[data-f="{name}"]').inner_text()


def focus(page: Page, key: str, name: str) -> None:
    page.locator("tr", has=page.locator(f'th:text-is("{key}")')).locator(f'[data-f="{name}"]').click()


def test_a_cell_is_edited_by_keys_and_given_up_by_escape(own_site: Site, visitor: Visitor) -> None:
    page = visitor(own_site, "clerk_xuanzhou")
    blocked = watch(page, own_site.address)
    page.goto(f"{own_site.address}{GRID}")
    focus(page, "X2", "area")
    page.keyboard.type("66.6")
    page.keyboard.press("Escape")
    assert cell(page, "X2", "area") == ""
    page.keyboard.type("66.6")
    page.keyboard.press("Tab")
    expect(page.locator("#told")).to_have_text("已存")
    assert cell(page, "X2", "area") == "66.60"
    page.keyboard.type("H9")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("已存")
    page.reload()
    assert (cell(page, "X2", "area"), cell(page, "X2", "household")) == ("66.60", "H9")
    assert (complaints_about(page), blocked) == ([], [])


def test_the_second_of_two_people_sees_both_values_and_decides(own_site: Site, visitor: Visitor) -> None:
    first, second = visitor(own_site, "clerk_xuanzhou"), visitor(own_site, "operator")
    for page in (first, second):
        page.goto(f"{own_site.address}{GRID}")
    focus(first, "X2", "area")
    first.keyboard.type("70")
    first.keyboard.press("Enter")
    expect(first.locator("#told")).to_have_text("已存")
    focus(second, "X2", "area")
    second.keyboard.type("90")
    second.keyboard.press("Enter")
    dialog = second.locator("#edit-dialog")
    expect(dialog).to_contain_text("70.00")
    expect(dialog).to_contain_text("90.00")
    assert complaints_about(second) == []
    dialog.get_by_text("改成我的").click()
    expect(second.locator("#told")).to_have_text("已存")
    assert cell(second, "X2", "area") == "90.00"


def test_without_a_script_the_grid_is_a_table_with_a_form(looked_at: Site, visitor: Visitor) -> None:
    page = visitor(looked_at, "operator")
    plain = visitor(looked_at, "", java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # cookies as they were read
    plain.goto(f"{looked_at.address}{GRID}&f.number=X2")
    assert plain.locator("tr[data-entry]").count() == 1
