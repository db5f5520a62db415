"""A supervisor issues the notice that a stocktake has drafted; the body acknowledges and replies; it is closed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Visitor, complaints_about
from tests.e2e.hands import HANDS, Keys, Mouse

pytestmark = pytest.mark.e2e


def state_of(page: Page) -> str:
    """The state of the notice on its page."""
    return page.locator("main .tag").first.inner_text()


@pytest.mark.parametrize("kind", HANDS)
def test_a_notice_goes_out_is_answered_and_closed(own_site: Site, visitor: Visitor, kind: type[Mouse | Keys]) -> None:
    leader = kind(visitor(own_site, "leader"))
    page = leader.page
    # The stocktake has drafted it: it waits on the first page, with another.
    page.goto(own_site.address)
    number = own_site.things["notice_draft"]
    address = own_site.at("/notices/{notice_draft}/")
    expect(page.locator("#waiting + ul li", has_text="审批").first).to_contain_text("草稿 2 件")
    leader.follow("提示单")
    page.wait_for_url("**/notices/")
    page.goto(address)
    leader.follow("修改文字")
    leader.write("工作要求", "请于三个工作日内补报，并说明原因。")
    leader.press("保存")
    leader.press("审批")
    leader.press("签发")
    expect(page.locator("main .line").first).to_contain_text(re.compile(r"〔\d{4}〕\d+号"))
    assert complaints_about(page) == []
    body = page.locator(".answering .whom b").first.inner_text()

    clerk = kind(
        visitor(own_site, {"宣州": "clerk_xuanzhou", "郎溪": "clerk_langxi", "广德": "clerk_guangde"}[body[:2]])
    )
    clerk.page.goto(own_site.address)
    clerk.page.locator(f'#waiting + ul a[href="/notices/{number}/"]').wait_for()
    clerk.follow("提示单")
    expect(clerk.page.get_by_text("请于三个工作日内补报").or_(clerk.page.get_by_role("table"))).to_be_visible()
    clerk.page.goto(address)
    clerk.press("签收")
    clerk.follow("反馈")
    clerk.write("反馈内容", "网络故障已排除，今天起恢复每日填报，责任人王明。")
    clerk.press("反馈")
    clerk.page.wait_for_url(address)
    assert state_of(clerk.page) == "已反馈"
    assert complaints_about(clerk.page) == []

    page.goto(own_site.address)
    page.locator("#waiting + ul li", has_text="核验").first.wait_for()
    page.goto(address)
    leader.follow("核验")
    expect(page.get_by_text("网络故障已排除")).to_be_visible()
    leader.press("核验")
    leader.follow("销号")
    leader.press("销号")
    # What it was about still stands: closing wants a reason, and says so.
    expect(page.get_by_role("alert")).to_contain_text("不能销号")
    leader.write("仍予销号的理由", "已现场核实恢复填报，数据次日入库。")
    leader.press("销号")
    page.wait_for_url(address)
    assert state_of(page) == "已销号"
    expect(page.locator(".history")).to_contain_text("数据次日入库")

    clerk.page.goto(address)
    assert state_of(clerk.page) == "已销号"
