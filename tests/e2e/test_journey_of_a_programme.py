"""An office's own workbook becomes a programme in three steps, and waits for somebody who wrote none of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.apps.test_programme_drafts import workbook
from tests.e2e.conftest import Site, Visitor, complaints_about, watch

pytestmark = pytest.mark.e2e
FRAME = {
    "承诺": "2022年建成老年食堂9个。", "依据": "2022年民生实事", "文件": "民生实事清单（2022）", "牵头单位": "宣城市民政局",
    "目标": "9", "从哪天起": "2022-01-01", "到哪天完成": "2022-12-31",
}  # fmt: skip


def test_a_workbook_becomes_a_programme_in_three_steps(own_site: Site, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor(own_site, "operator")
    blocked = watch(page, own_site.address)
    page.goto(own_site.address + "/editor/new/")
    page.get_by_label("项目名称").fill("社区食堂建设")
    page.get_by_label("现在用的工作簿").set_input_files(workbook(tmp_path / "食堂.xlsx"))
    page.get_by_label("放进哪份清单").select_option("own")
    page.get_by_text("工作表、代码，或另起一份清单").click()
    page.get_by_label("新清单的代码").fill("xuancheng/2022")
    page.get_by_label("新清单的名称").fill("宣城市2022年清单")
    page.get_by_label("新清单管到的行政区划").fill("341800")
    page.get_by_role("button", name="读一读这份表").click()

    page.get_by_role("heading", name="核对列").wait_for()
    expect(page.get_by_text("没有重复，也没有空的")).to_be_visible()
    assert complaints_about(page) == []
    page.get_by_role("button", name="下一步：写明承诺").click()

    page.get_by_role("heading", name="写明承诺").wait_for()
    for label, text in FRAME.items():
        page.get_by_role("main").get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("怎么算完成").select_option(label="“进展”到了“已完工”的行数")
    page.get_by_role("button", name="保存并送审").click()
    expect(page.get_by_text("待审批").first).to_be_visible()
    expect(page.get_by_text("写过这份草案的人不能自己批")).to_be_visible()
    assert blocked == []
