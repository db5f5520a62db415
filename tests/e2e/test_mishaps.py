"""What goes wrong in offices: sessions end, forms are sent twice, the wrong file is chosen. Nothing is lost or done
twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.conftest import Site, Visitor, complaints_about, watch
from tests.e2e.entering import by_demonstration
from tests.e2e.hands import Mouse
from tests.e2e.test_ledger import GRID, cell, focus

pytestmark = pytest.mark.e2e
MATTER = "/matters/new/somewhere/2021/homes/"
TYPED = "网络故障已排除，今天起恢复每日填报。"


def end_session(page: Page) -> None:
    """As after a night: the session is over, the page still stands open."""
    page.context.clear_cookies(name="shishi")


def come_in_again(page: Page, username: str) -> None:
    """On the page of sign-in that one was led to, by the demonstration's door."""
    page.wait_for_url("**/sign-in/**")
    door = page.locator("form").filter(has=page.locator(f'input[name=username][value="{username}"]'))
    door.locator("button").click()
    page.wait_for_url(lambda found: "sign-in" not in found)


def test_words_of_a_form_are_there_again_after_the_session_has_ended(shared_site: Site, visitor: Visitor) -> None:
    clerk = Mouse(visitor(shared_site, shared_site.things["answerer"]))
    clerk.page.goto(shared_site.at("/notices/{notice}/"))
    clerk.press("签收")
    clerk.follow("反馈")
    address = clerk.page.url
    clerk.write("反馈内容", TYPED)
    end_session(clerk.page)
    clerk.press("反馈")
    come_in_again(clerk.page, shared_site.things["answerer"])
    assert clerk.page.url == address
    expect(clerk.page.get_by_label("反馈内容")).to_have_value(TYPED)
    expect(clerk.page.get_by_role("status")).to_contain_text("您登录前填写的内容还在")
    clerk.press("反馈")
    expect(clerk.page.locator(".history")).to_contain_text(TYPED)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_words_of_a_form_within_another_page_are_there_again_too(
    shared_site: Site, visitor: Visitor, scripts: bool
) -> None:
    page = visitor(shared_site, "clerk_xuanzhou", java_script_enabled=scripts)
    page.goto(shared_site.at("/row/{entry}/"))
    typed = f"{TYPED}{'（有脚本）' if scripts else '（没有脚本）'}"
    page.get_by_label("说一句").fill(typed)
    end_session(page)
    page.get_by_role("button", name="发表").click()
    come_in_again(page, "clerk_xuanzhou")
    expect(page.get_by_text("您登录前填写的内容还在")).to_be_visible()
    if scripts:
        expect(page.get_by_label("说一句")).to_have_value(typed)
        assert complaints_about(page) == []
        page.get_by_role("button", name="发表").click()
        expect(page.locator(".thread")).to_contain_text(typed)
    else:
        expect(page.get_by_text(typed)).to_be_visible()


def test_who_signs_in_in_another_tab_meanwhile_sends_the_form_once_more(shared_site: Site, visitor: Visitor) -> None:
    page = visitor(shared_site, "leader")
    page.goto(shared_site.address + MATTER)
    page.get_by_label("事项名称").fill("恢复每日填报")
    end_session(page)
    other = page.context.new_page()
    by_demonstration(other, shared_site.address, "leader")
    page.get_by_role("button", name="立项").click()
    expect(page.get_by_label("事项名称")).to_have_value("恢复每日填报")
    expect(page).to_have_url(shared_site.address + MATTER)


def test_a_cell_keeps_what_was_typed_until_somebody_has_signed_in_again(shared_site: Site, visitor: Visitor) -> None:
    page = visitor(shared_site, "clerk_xuanzhou")
    blocked = watch(page, shared_site.address)
    page.goto(shared_site.address + GRID)
    focus(page, "X2", "area")
    end_session(page)
    page.keyboard.type("66.6")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("登录已到期")
    expect(page.locator("input.cell-editor")).to_have_value("66.6")
    other = page.context.new_page()
    by_demonstration(other, shared_site.address, "clerk_xuanzhou")
    page.locator("input.cell-editor").press("Enter")
    expect(page.locator("#told")).to_have_text("已存")
    assert cell(page, "X2", "area") == "66.60"
    assert blocked == []


def test_a_form_that_is_sent_twice_or_replayed_does_nothing_twice(shared_site: Site, visitor: Visitor) -> None:
    many = "SELECT count(*) FROM supervision_matterrow"
    before = shared_site.machine.number(many)
    page = visitor(shared_site, "leader")
    page.goto(shared_site.address + MATTER)
    page.get_by_label("事项名称").fill("恢复每日填报")
    page.get_by_label("出处", exact=True).fill("市长9月30日批示")
    page.get_by_label("交付成果").fill("连续五日按时填报。")
    page.get_by_label("牵头单位").select_option("langxi")
    page.get_by_label("办结时限（工作日）").fill("5")
    sent: list[Request] = []
    page.on("request", lambda asked: sent.append(asked) if asked.method == "POST" else None)
    page.get_by_role("button", name="立项").dblclick()
    page.wait_for_url(re.compile(r"/matters/\d+/$"))
    assert shared_site.machine.number(many) == before + 1
    again = page.context.request.post(
        sent[0].url,
        data=sent[0].post_data or "",
        headers={"Content-Type": sent[0].headers["content-type"], "Referer": sent[0].url},
    )
    assert "没有再办一次" in again.text()
    assert shared_site.machine.number(many) == before + 1


def test_a_file_of_the_wrong_kind_is_refused_and_the_rest_stays(
    shared_site: Site, visitor: Visitor, tmp_path: Path
) -> None:
    clerk = Mouse(visitor(shared_site, "clerk_xuanzhou"))
    clerk.page.goto(shared_site.address + "/imports/")
    letter = tmp_path / "说明.docx"
    letter.write_bytes(b"PK\x03\x04 a letter")
    clerk.write("行政区划", "341802")
    clerk.attach("工作簿", letter)
    clerk.press("交来看看")
    expect(clerk.page.get_by_role("alert")).to_contain_text("“说明.docx”不是这里收的文件")
    expect(clerk.page.get_by_label("行政区划")).to_have_value("341802")
    assert complaints_about(clerk.page) == []
    # What only calls itself a workbook is found out by what is in it.
    program = tmp_path / "台账.xlsx"
    program.write_bytes(b"MZ\x90\x00 a program")
    clerk.attach("工作簿", program)
    clerk.press("交来看看")
    expect(clerk.page.get_by_role("alert")).to_contain_text("内容与扩展名不符")


@pytest.mark.parametrize("scripts", [True, False], ids=["by the browser", "by the site"])
def test_a_file_that_is_too_large_is_refused(
    shared_site: Site, visitor: Visitor, tmp_path: Path, scripts: bool
) -> None:
    page = visitor(shared_site, "clerk_xuanzhou", java_script_enabled=scripts)
    sent: list[str] = []
    page.goto(shared_site.at("/matters/{matter}/progress/"))
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    large = tmp_path / "照片.zip"
    with large.open("wb") as file:
        file.truncate(20 * 2**20 + 1)
    page.get_by_label("佐证文件").set_input_files(large)
    if not scripts:
        page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("alert").filter(has_text="文件太大：最多 20 MB")).to_be_visible()
    if scripts:
        page.get_by_role("main").get_by_role("button").last.click()
        assert sent == []
        assert complaints_about(page) == []
