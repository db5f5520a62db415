"""Officials of two cities carry one housing fund case, each on a site of their own: 上海 takes it in and verifies the
purchase, 宣城 asks for a paper and a field, gets both, decides and pays, 上海 hands it over; both read the same end. By
pages alone; messages go across by the two sites' own workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from shishi.adapters.spreadsheets.template import write_template
from shishi.packs.loading import load_pack
from tests.durability.linked import Office
from tests.e2e.conftest import PATIENCE_MS, Site, Visitor, complaints_about, read_as
from tests.e2e.hands import Mouse
from tests.machine import Machine

pytestmark = pytest.mark.e2e
PACK = settings.REPOSITORY / "packs" / "mohurd" / "2021"
FUND = "mohurd/2021/housing_fund"
ITEM = {"item_code": "KS-08", "division": "000000", "title": "购房提取", "method": "joint", "due_year": "2021"}
RULE = {
    "division": "341800",
    "item": "KS-08",
    "side": "handling",
    "days": "2",
    "maximum": "500000",
    "materials": "invoice",
    "hours": "工作日 9:00–17:00",
    "basis": "演示市提取办法",
    "trust": "demonstration",
}
PEOPLE = {
    "gjj-310000": (("shanghai", "clerk"),),
    "gjj-341800": (("officer", "clerk"), ("auditor", "reviewer"), ("second", "reviewer")),
}
TITLES = {"gjj-310000": "上海市公积金管理中心", "gjj-341800": "宣城市住房公积金管理中心"}
SHOTS = os.environ.get("SHISHI_SHOTS", "")
"""A folder for pictures of the pages on the way, for whoever wants to look at them."""


def staffed(folder: Path, initialised: Machine, code: str) -> Office:
    """A centre with the pack, the national item, its rules and its people."""
    machine, division = initialised.anew(folder / code, demonstration=True), code.removeprefix("gjj-")
    office = Office(code, machine)
    office.shishi("identity", "--code", code, "--title", f"{code} 中心", "-o", str(office.card))
    machine.shishi("pack", "install", str(PACK))
    fund = next(item for item in load_pack(PACK).programmes if item.name == FUND)
    for table, row in (("items", {**ITEM, "withdrawal": "true"}), ("centre_rules", RULE)):
        if table == "items" or division == RULE["division"]:
            write_template(fund.table(table), folder / f"{code}-{table}.xlsx", rows=[row])
            file = str(folder / f"{code}-{table}.xlsx")
            machine.shishi("ledger", "import", f"{FUND}/{table}", file, "--as-of", "2021-09-01")
    machine.shishi("body", "add", "gjj", TITLES[code], "--division", division)
    for name, role in PEOPLE[code]:
        machine.shishi("user", "add", name, name)
        machine.shishi("post", "add", name, "gjj", role, "--division", division)
    return office


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[tuple[Site, Site]]:
    """Both centres, open, who know each other."""
    folder = tmp_path_factory.mktemp("cities")
    here, there = (staffed(folder, initialised, code) for code in PEOPLE)
    here.meets(there)
    there.meets(here)
    for office in (here, there):
        office.open()
    yield (
        Site(f"http://localhost:{here.port}", here.machine, {}),
        Site(f"http://localhost:{there.port}", there.machine, {}),
    )
    for office in (here, there):
        office.remove()


class Desk:
    """Somebody at a desk of one city."""

    def __init__(self, visitor: Visitor, city: Site, username: str) -> None:
        self.city, self.page = city, visitor(city, username)
        self.hand = Mouse(self.page)

    def goes(self, path: str) -> None:
        self.page.goto(self.city.address + path)

    def case(self) -> None:
        """The one case of this centre."""
        self.goes("/cases/?state=any")
        with self.page.expect_navigation():
            self.page.get_by_role("main").locator('td a[href*="/cases/"], th a[href*="/cases/"]').first.click()

    def awaits(self, words: str) -> None:
        """The case's page says so, sooner or later: messages take their time."""
        self.case()
        for _ in range(PATIENCE_MS // 1000):
            if self.page.get_by_text(words).locator("visible=true").count():
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
        raise AssertionError(f"{self.page.url} never said {words}")

    def task(self, step: str) -> None:
        """The step that waits, from the case's own page."""
        self.awaits(step)
        self.page.get_by_role("main").get_by_role("link", name=step, exact=True).first.click()

    def does(self, outcome: str, **texts: str) -> None:
        """Fill the form of the step, choose the outcome, submit."""
        for label, text in texts.items():
            self.hand.write(label, text)
        if outcome:
            self.page.get_by_role("radio", name=outcome, exact=True).check()
        with self.page.expect_navigation():
            self.hand.press("提交")

    def gives(self, material: str, file: Path) -> None:
        """A paper over the counter."""
        self.case()
        self.page.get_by_role("row").filter(has_text=material).get_by_role("link", name="收件").click()
        self.hand.attach("文件", file)
        with self.page.expect_navigation():
            self.hand.press("收件")

    def looked(self, name: str) -> None:
        """Nothing that axe complains of; a picture for whoever asked for pictures."""
        assert complaints_about(self.page) == [], self.page.url
        for width in (1366, 390, 320) if SHOTS else ():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        self.page.set_viewport_size({"width": 1366, "height": 900})


def wide(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_two_cities_carry_one_case_and_both_see_it_done(
    cities: tuple[Site, Site], visitor: Visitor, tmp_path: Path
) -> None:
    here, there = cities
    paper = tmp_path / "扫描.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    window = Desk(visitor, here, "shanghai")
    window.goes("/cases/new/mohurd/2021/fund_accepting/")
    told = {"申请人姓名或名称": "张三", "联系电话": "13800001234", "事项所在地": "310000", "事项编号": "KS-08"}
    told |= {"办理地区划": "341800", "办理地的交换代码": "gjj-341800", "公积金账号": "GJJ-0001", "申请金额": "86000"}
    for label, text in told.items():
        window.hand.write(label, text)
    window.page.get_by_role("radio", name="两地联办", exact=True).check()
    with window.page.expect_navigation():
        window.hand.press("登记")
    for material in ("身份证件", "购房合同"):
        window.gives(material, paper)
    window.task("核对身份、收材料")
    window.does("受理")
    window.task("核验购房")
    window.does(
        "属实", 购房合同编号="HT-1", 房屋坐落="示例路 1 号", 购房总价="1000000", 核验方式和结果="网签系统核验属实"
    )

    auditor = Desk(visitor, there, "auditor")
    auditor.task("审核")
    auditor.page.get_by_role("radio", name="补正", exact=True).check()
    auditor.hand.write("材料：购房发票", "请补购房发票")
    auditor.page.get_by_role("checkbox", name="受理地转来的申请：公积金账号", exact=True).check()
    with auditor.page.expect_navigation():
        auditor.hand.press("提交")
    auditor.awaits("现在在受理地")
    expect(auditor.page.get_by_role("article").filter(has_text="办理地")).to_contain_text("500,000")
    auditor.looked("there-asked")

    window.awaits("办理地要求补正")
    expect(window.page.get_by_text("现在在受理地")).to_be_visible()
    window.looked("here-asked")
    window.gives("购房发票", paper)
    window.case()
    window.hand.follow("代申请人提交补正")
    window.looked("here-supplementing")
    window.hand.write("公积金账号", "GJJ-00015")
    window.hand.write("补了什么", "账号已改正，发票已补")
    with window.page.expect_navigation():
        window.hand.press("代申请人提交补正")
    expect(window.page.locator(".changed")).to_contain_text("公积金账号")

    auditor.awaits("账号已改正，发票已补")
    expect(auditor.page.locator(".changed")).to_contain_text("公积金账号")
    auditor.looked("there-corrected")
    auditor.task("审核")
    auditor.does("同意", 按本地政策的审核情况="符合本地政策")
    second = Desk(visitor, there, "second")
    second.task("审核（复核）")
    second.does("同意")
    officer = Desk(visitor, there, "officer")
    officer.task("支付或出具证明")
    officer.hand.write("支付金额", "600000")
    with officer.page.expect_navigation():
        officer.hand.press("提交")
    expect(officer.page.get_by_role("alert")).to_contain_text("超过本中心登记的最高提取金额")
    officer.does("", 支付金额="86000", 支付日期="2021-09-14")

    window.task("送达结果")
    window.does("")
    window.awaits("已办结")
    window.looked("here-done")
    auditor.awaits("受理地已送达申请人")
    auditor.looked("there-done")
    for desk in (window, auditor):
        desk.case()
        sides = desk.page.get_by_role("region", name="两地办理")
        expect(sides).to_contain_text("gjj-310000 中心")
        expect(sides).to_contain_text("gjj-341800 中心")
        expect(desk.page.get_by_text("没有要办的").first).to_be_visible()
        assert not wide(desk.page)


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_the_page_of_the_exchange_holds_at_every_width(cities: tuple[Site, Site], visitor: Visitor, width: int) -> None:
    page = visitor(cities[0], "operator", viewport={"width": width, "height": 900})
    for reading in ("standard", "elder"):
        read_as(page.context, cities[0], reading)
        page.goto(f"{cities[0].address}/exchange/")
        expect(page.get_by_text("gjj-341800 中心").first).to_be_visible()
        assert complaints_about(page) == []
        assert not wide(page)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/exchange-{reading}-{width}.png", full_page=True)
