"""A clerk hands in a workbook with a fault, mends what was marked, hands it in again and sees the figure move."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.apps.town import DAY
from tests.e2e.conftest import Site, Visitor, complaints_about, watch
from tests.e2e.hands import HANDS, Hand, Keys, Mouse
from tests.e2e.workbooks import comment_at, write

pytestmark = pytest.mark.e2e
FIGURE = "/p/somewhere/2021/homes/?as_of=2021-09-30&division=341802"


def hand_in(hand: Hand, file: Path) -> None:
    """Step one of three."""
    hand.choose("台账", "房屋台账")
    hand.set_day("截至日", DAY)
    hand.attach("工作簿", file)
    hand.press("交来看看")
    # The job is watched: the page changes by itself when it is done.
    hand.page.get_by_text("正在读取和比较").wait_for(state="detached")


def issued(hand: Hand) -> str:
    """The figure of 宣州区 as its page shows it, without its unit."""
    return hand.page.locator(".truth.reported .v").inner_text().partition("套")[0].strip()


@pytest.mark.parametrize("kind", HANDS)
def test_a_clerk_mends_what_was_marked_and_the_figure_moves(
    own_site: Site, visitor: Visitor, tmp_path: Path, kind: type[Mouse | Keys]
) -> None:
    page = visitor(own_site, "clerk_xuanzhou")
    blocked = watch(page, own_site.address)
    hand = kind(page)
    page.goto(own_site.address + FIGURE)
    assert issued(hand) == "2"

    hand.follow("导入")
    book = hand.fetch("带数据 ，房屋台账", tmp_path)
    hand_in(hand, write(book, "X3", 阶段="已发证"))
    page.get_by_role("heading", name="有问题，没有写入").wait_for()
    expect(page.get_by_role("table")).to_contain_text("已发证的要填发证日期")
    assert complaints_about(page) == []

    marked = hand.fetch("下载标好问题的工作簿", tmp_path)
    assert "已发证的要填发证日期" in comment_at(marked, "X3", "阶段") + comment_at(marked, "X3", "发证日期")
    hand.follow("改好重新交")
    hand_in(hand, write(marked, "X3", 发证日期="2021-09-30"))
    page.get_by_role("heading", name="读懂了什么", exact=True).wait_for()
    hand.follow("对，接着看会改什么")
    change = page.get_by_role("row", name="X3")
    expect(change).to_contain_text("已列入")
    expect(change).to_contain_text("2021-09-30")
    hand.press("确认写入")
    page.get_by_role("heading", name="已写入").wait_for()
    moved = page.get_by_role("region", name="变动的数")
    expect(moved.get_by_role("row", name="发证套数").first).to_contain_text("3 套")
    assert complaints_about(page) == []

    page.goto(own_site.address + FIGURE)
    assert issued(hand) == "3"
    assert blocked == []
