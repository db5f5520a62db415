"""A citizen on a phone finds an item, applies, leaves it and comes back, and takes it back again; no page of it has a
script. Every page is looked at as axe does, at the width of a phone and in large letters on a small one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as site
from playwright.sync_api import Browser, Page, expect

from shishi.core.calendars import SHANGHAI
from tests.e2e.conftest import AXE, PATIENCE_MS, RULES, Site, served
from tests.e2e.entering import by_demonstration
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
    """Nothing that axe complains of, nothing wider than the phone, and no script but files of ours."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0, page.url
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(told => told.violations.map("
        "one => one.id + ': ' + one.nodes.map(node => node.target.join(' ')).join(' | ')))",
        RULES,
    )
    assert found == [], page.url
    assert page.locator("script:not([src])").count() == 0, page.url


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


def forget_codes(machine: Machine) -> None:
    """Codes that were sent: the next one need not wait a minute."""
    with machine.opened() as store:
        store.execute("DELETE FROM citizens_phonecode")
        store.commit()


def applied(phone: Page, site: Site, number: str) -> str:
    """An application, from the guide to the receipt; its number."""
    phone.goto(site.address + "/services/items/SX-0001/begin/")
    come_in(phone, number)
    press(phone, "开始")
    phone.get_by_label("姓名").fill("李四")
    phone.get_by_label("身份证号").fill("")
    press(phone, "保存")
    press(phone, "开始")
    answers = (
        ("开具证明", ""),
        ("从哪一天起", "2021-09-01"),
        ("身份证号", NUMBER),
        ("请说明情况", "换了单位"),
        ("网上查看", ""),
    )
    for _ in range(8):
        asked = [(label, text) for label, text in answers if phone.get_by_label(label).count()]
        for label, text in asked:
            field = phone.get_by_label(label)
            field.fill(text) if text else field.check()
        if phone.get_by_role("button", name="提交申请").count():
            break
        press(phone, "继续")
    press(phone, "提交申请")
    return phone.locator(".receipt .number").inner_text()


def task_of(site: Site, number: str) -> str:
    """The task of the office that is open."""
    (found,) = [line for line in site.machine.shishi("case", "todo")["lines"] if line["case"] == number]
    return str(found["task"])


def test_a_case_is_followed_supplied_badly_rated_and_done_again(
    hall_site: Site, phone: Page, browser: Browser, tmp_path: Path
) -> None:
    number = applied(phone, hall_site, "13800007777")
    office = hall_site.machine.shishi
    lacks = ("--material", "proof=请补一张照片")
    office("case", "ask-supplement", task_of(hall_site, number), *lacks)

    forget_codes(hall_site.machine)
    other = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    other.set_default_timeout(PATIENCE_MS)
    other.goto(hall_site.address + "/services/progress/")
    other.get_by_label("办件号").fill(number)
    other.get_by_label("手机号").fill("13800007777")
    press(other, "发送验证码")
    other.get_by_label("六位数字").fill(other.locator(".shown .figures").inner_text())
    press(other, "继续")
    expect(other.get_by_role("main")).to_contain_text("请补一张照片")
    expect(other.get_by_role("link", name="要求重新办理")).to_have_count(0)
    other.context.close()

    paper = tmp_path / "证明.pdf"
    paper.write_bytes(PDF)
    phone.goto(f"{hall_site.address}/services/cases/{number}/supplement/")
    phone.get_by_label("证明材料").set_input_files(paper)
    press(phone, "提交")
    office("case", "complete", task_of(hall_site, number), "accept")
    office("case", "complete", task_of(hall_site, number), "approve", "--answer", "finding=属实")
    office("case", "complete", task_of(hall_site, number), "delivered")

    phone.goto(f"{hall_site.address}/services/cases/{number}/")
    follow(phone, "评价")
    phone.get_by_label("不满意", exact=True).check()
    phone.get_by_label("想说的话").fill("跑了两趟")
    press(phone, "提交")
    expect(phone.get_by_role("main")).to_contain_text("核实，最迟")
    for step, said in (("verify", "窗口没有人"), ("correct", "中午安排值班"), ("feed-back", "已经改过")):
        office("rating", step, number, said)
    phone.reload()
    follow(phone, "评价处理结果")
    phone.get_by_label("满意", exact=True).check()
    press(phone, "提交")
    expect(phone.get_by_role("main")).to_contain_text("您对处理的评价")
    follow(phone, "要求重新办理")
    phone.get_by_label("哪里没有办好").fill("名字还是错的")
    press(phone, "提交")
    expect(phone.locator(".receipt")).to_contain_text("已提交")
    assert task_of(hall_site, number), "the office has it again"


def test_a_staircase_votes_on_phones_and_on_paper(hall_site: Site, phone: Page, browser: Browser) -> None:
    desk = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN").new_page()
    desk.set_default_timeout(PATIENCE_MS)
    by_demonstration(desk, hall_site.address, "operator")
    today = datetime.now(SHANGHAI).date().isoformat()

    def do(name: str, **fields: str) -> None:
        """One step of the vote in the office."""
        if name != "新的业主共同决定":
            desk.get_by_role("link", name=name, exact=True).click()
        for label, text in fields.items():
            desk.get_by_label(label).fill(text)
        with desk.expect_navigation():
            desk.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    desk.goto(hall_site.address + "/decisions/new/")
    desk.get_by_label("项目", exact=True).select_option(label="既有住宅加装电梯")
    do(
        "新的业主共同决定",
        小区和楼栋单元="示例小区1号楼1单元",
        所在区划="341802",
        表决事项="加装一部电梯",
        公示和征求意见至少几天="0",
    )
    do("业主名册", 一行一户="101 1 80.00 甲一\n301 3 90.00 乙二\n302 3 100.00 丙三")
    do("费用和分摊", **{"总费用（元）": "300000", "财政补助（元）": "90000.01"})
    do("开始表决", 表决截止日期=today)
    codes = {row.locator("th").inner_text(): row.locator("code").inner_text() for row in desk.locator("tbody tr").all()}
    desk.get_by_role("link", name="到表决页").click()

    for home, stand in (("301", "同意"), ("101", "反对")):
        phone.goto(hall_site.address + "/promises/ballot/")
        phone.get_by_label("投票号码").fill(codes[home].lower())
        with phone.expect_navigation():
            phone.get_by_role("button", name="查看并投票").click()
        expect(phone.get_by_role("main")).to_contain_text("您还没有投票")
        phone.get_by_label(stand, exact=True).check()
        with phone.expect_navigation():
            phone.get_by_role("button", name="投票", exact=True).click()
        expect(phone.get_by_role("status")).to_contain_text(f"已记下：{stand}")
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert phone.evaluate(wider) <= 0

    desk.get_by_role("link", name="登记一张书面票", exact=True).click()
    desk.get_by_label("谁", exact=True).select_option(index=2)
    desk.get_by_label("同意", exact=True).check()
    desk.get_by_label("票存放在哪里").fill("居委会")
    with desk.expect_navigation():
        desk.get_by_role("main").get_by_role("button", name="登记一张书面票", exact=True).click()
    expect(desk.locator("#tally")).to_contain_text("照现在的票")
    expect(desk.locator("#tally")).to_contain_text("66.67%")
    do("结束表决并签署记录")
    expect(desk.locator("#tally")).to_contain_text("70.37%")
    expect(desk.locator("#tally .tag").first).to_contain_text("未通过")
    with desk.expect_response("**/protocol.pdf") as answered:
        desk.evaluate("address => fetch(address)", desk.get_by_role("link", name="表决记录").get_attribute("href"))
    assert answered.value.headers["content-type"] == "application/pdf"
    phone.goto(hall_site.address + "/promises/ballot/")
    phone.get_by_label("投票号码").fill(codes["302"])
    with phone.expect_navigation():
        phone.get_by_role("button", name="查看并投票").click()
    expect(phone.get_by_role("main")).to_contain_text("表决已结束")
    desk.context.close()


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
