"""A brief is written with citations, signed in order, numbered, published, read by everybody, and corrected."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.apps.town import DAY
from tests.e2e.conftest import Site, Visitor, complaints_about, watch
from tests.e2e.hands import Mouse
from tests.e2e.workbooks import add

pytestmark = pytest.mark.e2e
PROMISE = "/promises/somewhere/2021/homes/"


def test_a_brief_is_written_signed_published_and_corrected(own_site: Site, visitor: Visitor, tmp_path: Path) -> None:
    writer, leader = Mouse(visitor(own_site, "operator")), Mouse(visitor(own_site, "leader"))
    page = writer.page
    blocked = watch(page, own_site.address)

    # Written: a number that was typed by hand is replaced by one that is asked for.
    page.goto(own_site.address + "/briefs/new/")
    writer.choose("重点项目", "房屋办证（somewhere/2021/homes）")
    writer.set_day("截至日", DAY)
    writer.press("起草")
    page.wait_for_url("**/briefs/drafts/*/")
    draft = page.url.partition("#")[0]
    typed = page.locator("section.piece").filter(has_text="共有房屋7套")
    expect(typed).to_contain_text("手写的数：7")
    typed.locator("summary").click()
    typed.get_by_label("这一段").fill("请各县市区抓紧。现有房屋")
    typed.get_by_role("button", name="保存").click()
    piece = page.locator("section.piece").filter(has_text="现有房屋")
    piece.locator("summary").click()
    piece.get_by_role("button", name="插入引用").click()
    assert complaints_about(page) == []
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile("^房屋套数"))).first
    printed = row.get_by_role("cell").first.inner_text()
    row.get_by_role("button").click()
    page.wait_for_url("**/briefs/drafts/*/**")
    expect(page.locator("section.piece").filter(has_text="现有房屋").locator(".cited")).to_have_text(printed)

    # Signed in order: who comes second cannot be first.
    writer.choose("第一签发人", "leader（演示）")
    page.get_by_label("第二签发人").select_option("operator")
    writer.press("定稿")
    expect(page.locator(".steps [aria-current]")).to_contain_text("leader")
    assert page.get_by_role("button", name="签发", exact=True).count() == 0
    leader.page.goto(draft)
    leader.press("签发")
    page.goto(draft)
    writer.press("签发")
    writer.press("编号印发")
    page.wait_for_url(draft)
    page.get_by_role("link", name="看印发的简报").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("房屋办证日汇总")
    assert complaints_about(page) == []
    brief = page.url
    citations = json.loads(writer.fetch("JSON", tmp_path).read_text(encoding="utf-8"))
    assert any(printed == item["printed"] for item in citations["citations"])

    # Published: whoever wants may read it.
    page.goto(own_site.address + f"/publishing/somewhere/2021/homes/?as_of={DAY}")
    assert complaints_about(page) == []
    writer.press("公开这一版")
    expect(page.get_by_role("status")).to_be_visible()
    everybody = Mouse(visitor(own_site))
    everybody.page.goto(own_site.address + PROMISE)
    paper = everybody.fetch("房屋办证日汇总第", tmp_path)
    assert paper.read_bytes().startswith(b"%PDF-")

    # Corrected: a row changes afterwards, the paper says so itself, and an erratum goes out beside it.
    page.goto(brief)
    writer.follow("重算核对每个数字")
    expect(page.get_by_text("每一处都和印发时一样")).to_be_visible()
    own_site.machine.shishi("ledger", "import", "homes", str(changed(own_site, tmp_path)), "--as-of", DAY.isoformat())
    page.reload()
    expect(page.get_by_role("heading", name="印发后有变化的数")).to_be_visible()
    assert complaints_about(page) == []
    writer.press("印发更正")
    page.wait_for_url(lambda found: found.partition("?")[0] != brief)
    expect(page.get_by_role("main")).to_contain_text("更正")
    page.goto(brief)
    expect(page.get_by_role("heading", level=1)).to_contain_text("房屋办证日汇总")
    assert blocked == []


def changed(site: Site, folder: Path) -> Path:
    """A workbook with one home more."""
    site.machine.shishi("ledger", "template", "homes", "-o", str(folder / "new.xlsx"), "--division", "341802")
    return add(folder / "new.xlsx", 房屋编号="X99", 县市区="宣州区", 阶段="已列入")
