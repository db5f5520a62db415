"""A citizen on a phone finds an item, applies, leaves it and comes back, and takes it back again; no page of it has a
script. Every page is looked at as axe does, at the width of a phone and in large letters on a small one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as site
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import AXE, PATIENCE_MS, RULES, Site, served
from tests.machine import Machine

pytestmark = pytest.mark.e2e
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
NUMBER = "11010519491231002X"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def hall_site(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[Site]:
    """A site with a catalogue of its own, so that the other pages' store stays as it is."""
    machine = initialised.anew(tmp_path_factory.mktemp("hall") / "store", demonstration=True)
    told = {**os.environ, **machine.environment, "PYTHONPATH": f"{site.REPOSITORY / 'src'}:{site.REPOSITORY}"}
    subprocess.run([sys.executable, "-m", "tests.e2e.filling"], env=told, check=True)
    with served(machine) as running:
        yield running
    machine.remove()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone whose browser runs no script of the page."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def looked(page: Page) -> None:
    """Nothing that axe complains of, nothing wider than the phone, and no script of ours."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0, page.url
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(told => told.violations.map("
        "one => one.id + ': ' + one.nodes.map(node => node.target.join(' ')).join(' | ')))",
        RULES,
    )
    assert found == [], page.url
    assert page.locator("script").count() == 0, page.url


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()
    looked(page)


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name).locator("visible=true").first.click()
    looked(page)


def come_in(page: Page, number: str) -> None:
    page.get_by_label("手机号").fill(number)
    press(page, "发送验证码")
    page.get_by_label("六位数字").fill(page.locator(".shown .figures").inner_text())
    press(page, "继续")


def test_from_the_question_to_the_receipt_and_back_to_the_case(
    hall_site: Site, phone: Page, browser: Browser, tmp_path: Path
) -> None:
    paper = tmp_path / "证明.pdf"
    paper.write_bytes(PDF)
    phone.goto(hall_site.address + "/services/")
    looked(phone)
    phone.get_by_label("事项名称").fill("社会保险")
    press(phone, "找一找")
    follow(phone, "社会保险信息变更")
    follow(phone, "开始申请")
    come_in(phone, "13800005678")
    press(phone, "开始")
    phone.get_by_label("姓名").fill("张三")
    phone.get_by_label("身份证号").fill(NUMBER)
    press(phone, "保存")
    press(phone, "开始")
    press(phone, "继续")
    expect(phone.get_by_role("alert")).to_contain_text("请回答")
    phone.get_by_label("信息变更").check()
    press(phone, "继续")
    phone.get_by_label("从哪一天起").fill("2021-10-01")
    press(phone, "继续")
    follow(phone, "先停下")
    code = phone.locator(".receipt .number").inner_text()

    other = browser.new_context(viewport=SMALL, locale="zh-CN").new_page()
    other.set_default_timeout(PATIENCE_MS)
    other.goto(hall_site.address + "/services/drafts/?reading=elder")
    looked(other)
    other.get_by_label("草稿编号").fill(code.lower())
    press(other, "继续")
    expect(other.get_by_label("手机号")).to_be_visible()
    other.context.close()

    follow(phone, "现在接着填")
    phone.get_by_label("请说明情况").fill("单位名称写错了一个字。")
    press(phone, "继续")
    phone.get_by_label("网上查看").check()
    press(phone, "继续")
    phone.get_by_label("选文件").set_input_files(paper)
    press(phone, "继续")
    expect(phone.get_by_text("已有，没有再问")).to_have_count(3)
    press(phone, "提交申请")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("申请已提交")
    number = phone.locator(".receipt .number").inner_text()
    follow(phone, "我的办件")
    follow(phone, "社会保险信息变更")
    follow(phone, "撤回申请")
    phone.get_by_label("为什么撤回").fill("填错了")
    press(phone, "撤回")
    expect(phone.locator(".receipt")).to_contain_text(number)
    expect(phone.locator(".receipt")).to_contain_text("已撤回")


def test_the_guide_and_the_ways_in_hold_in_large_letters_on_a_small_phone(hall_site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SMALL, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    for path in (
        "/services/",
        "/services/?q=医保",
        "/services/items/SX-0003/",
        "/services/sign-in/",
        "/services/progress/",
    ):
        page.goto(f"{hall_site.address}{path}{'&' if '?' in path else '?'}reading=elder")
        looked(page)
    context.close()


def test_progress_is_asked_by_keyboard_alone(hall_site: Site, phone: Page) -> None:
    phone.goto(hall_site.address + "/services/progress/")
    for text in ("社341800-2026-999999", "13900001234"):
        while phone.evaluate("document.activeElement.tagName") != "INPUT" or phone.evaluate(
            "document.activeElement.value"
        ):
            phone.keyboard.press("Tab")
        phone.keyboard.type(text)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("填写验证码")
    looked(phone)
