"""A town with the catalogue of 无感切换办事: a few items, some done here, some in a stand-in, and citizens' phones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from django.test import Client

from shishi.apps.hall import catalogue
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import table_named
from shishi.apps.programmes.services import install_pack
from shishi.core.tables import Value
from shishi.packs.loading import load_pack
from tests.apps.town import BEGIN, Town

PACK = Path(__file__).parents[2] / "packs" / "xuancheng" / "2021"
TABLE = "xuancheng/2021/service_items"
PHONE, OTHER = "13800005678", "13900001234"
OPENED = date(2021, 10, 27)


def item(code: str, name: str, **more: Value) -> dict[str, Value]:
    """The cells of an item that is online, promised in 5 working days where the law allows 20."""
    return {
        "item_code": code,
        "name": name,
        "division": "341800",
        "subject": "human_resources",
        "kind": "service",
        "forms": ("computer", "mobile"),
        "legal_days": 20,
        "promised_days": 5,
        "conditions": "在本市参保的人。",
        "flow": "申请；审核；办结",
        "fee": False,
        "visits": 0,
        "place": "政务服务中心一楼",
        "enquiry_phone": "12345",
        "stage": "online",
        "online_on": OPENED,
        **more,
    }


ITEMS = (
    item("SX-0001", "社会保险信息变更", basic_code="YS00000001", theme_person="insurance"),
    item("SX-0002", "就业登记", theme_person="work", theme_legal="employing"),
    item("SX-0003", "医保关系转移", subject="medical_insurance", system="medical", theme_person="insurance"),
    item("SX-0004", "不动产登记查询", subject="real_estate", system="property", trust="real_name"),
    item("SX-0005", "户籍证明", subject="household", system="household", theme_person="residence"),
    item("SX-0006", "还在测试的事项", stage="testing", online_on=None),
    item("SX-0007", "已经取消的事项", effective_on=date(2020, 1, 1), cancelled_on=date(2021, 1, 1)),
)


def catalogue_of(town: Town) -> Town:
    """Install the pack and hold the items, two materials for the first."""
    catalogue.forget()
    at = datetime.now(UTC)
    install_pack(load_pack(PACK), effective_on=BEGIN.date(), holds_rows=lambda table: False, by=town.operator, at=at)
    _, items = table_named(f"{TABLE}/items")
    _, materials = table_named(f"{TABLE}/materials")
    for cells in ITEMS:
        hold_row(items, dict(cells), as_of=OPENED, by=town.operator, at=at)
    first = live(items.name, OPENED).get(key="SX-0001")
    papers: tuple[dict[str, Value], ...] = (
        {"number": 1, "name": "变更申请表", "required": True, "shared": False, "originals": 1, "note": "在线填写"},
        {"number": 2, "name": "居民身份证", "required": False, "shared": True, "issuer": "公安机关"},
    )
    for paper in papers:
        whole = {"item": str(first.entry), "division": "341800", **paper}
        hold_row(materials, whole, as_of=OPENED, by=town.operator, at=at)
    return town


def sign_in(browser: Client, phone: str = PHONE, wanted: str = "/services/mine/") -> str:
    """As a citizen on a phone does: the number, then the code that a demonstration store shows. Where one is then."""
    page = browser.post("/services/sign-in/", {"phone": phone, "next": wanted}).content.decode()
    challenge = re.search(r'name="challenge" value="([^"]+)"', page)
    code = re.search(r'<b class="figures">(\d{6})</b>', page)
    assert challenge is not None
    assert code is not None
    told = {"challenge": challenge[1], "code": code[1], "next": wanted}
    response = browser.post("/services/sign-in/code/", told)
    assert response.status_code == 302, response.content.decode()
    return str(response.headers["Location"])
