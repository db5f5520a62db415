"""Two housing fund centres in one store, 上海 (accepting) and 宣城 (handling), who speak by signed messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_body, add_person, add_post, make_operator
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.models import CaseLink, CaseRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.exchange.own_keys import make_identity
from shishi.apps.exchange.sending import send_pending
from shishi.apps.ledger.sealing import decode
from shishi.apps.ledger.selectors import holds_rows, live
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import table_named
from shishi.apps.programmes.services import install_pack
from shishi.core.divisions import normalise
from shishi.core.programmes import Pack
from shishi.core.tables import Value
from shishi.packs.loading import load_pack
from tests.standing import standing

FUND = "mohurd/2021/housing_fund"
SHANGHAI, XUANCHENG = "310000", "341800"
BEGIN = datetime(2021, 7, 30, 1, tzinfo=UTC)
CITIZEN = "11010519491231002X"
CODE = "gjj-both"


@cache
def pack() -> Pack:
    return load_pack(Path(__file__).parents[2] / "packs" / "mohurd" / "2021")


def ready(code_list: Path, code: str) -> Person:
    """A store with the pack, the catalogue of items and an identity; its operator."""
    operator = make_operator(BEGIN)
    load_snapshot(code_list, by="operator", at=BEGIN)
    install_pack(pack(), effective_on=None, holds_rows=holds_rows, by=operator, at=BEGIN)
    make_identity(code, f"{code} 中心", by=operator, at=BEGIN)
    _, items = table_named(f"{FUND}/items")
    for item, title, method in (("KS-02", "正常退休提取", "online"), ("KS-05", "购房提取", "joint")):
        told: dict[str, Value] = {"item_code": item, "division": "000000", "title": title, "method": method}
        told |= {"due_year": 2021, "withdrawal": True}
        hold_row(items, told, as_of=BEGIN.date(), by=operator, at=BEGIN)
    return operator


def official(operator: Person, username: str, division: str, role: Role) -> Person:
    """Somebody with a post in the centre of a city."""
    body = f"gjj_{division}"
    add_body(code=body, title=f"{division} 住房公积金管理中心", division=division, ends=None, by=operator, at=BEGIN)
    person = add_person(username=username, name=username, mail="", demonstration=True, by=operator, at=BEGIN)
    reach: dict[str, Any] = {"divisions": [normalise(division)], "programmes": [FUND]}
    add_post(username=username, body=body, role=role, until=None, by=operator, at=BEGIN, **reach)
    return person


class TwoCentres:
    """Every write comes a minute after the one before, unless a test says when."""

    def __init__(self, code_list: Path) -> None:
        self.now = datetime(2021, 9, 13, 1, tzinfo=UTC)
        standing(TwoCentres, lambda: self._found(code_list), Path(settings.DATA))
        self.operator, self.window, self.officer = map(person_named, ("operator", "shanghai", "xuancheng"))
        self.auditor, self.second = map(person_named, ("auditor", "second"))

    def _found(self, code_list: Path) -> None:
        operator = ready(code_list, CODE)
        official(operator, "shanghai", SHANGHAI, Role.CLERK)
        official(operator, "xuancheng", XUANCHENG, Role.CLERK)
        for reviewer in ("auditor", "second"):
            official(operator, reviewer, XUANCHENG, Role.REVIEWER)

    def tick(self, **later: int) -> datetime:
        """The next moment."""
        self.now += timedelta(**(later or {"minutes": 1}))
        return self.now

    def carry(self, **later: int) -> None:
        """Everything that was said is carried across and acted upon."""
        at = self.tick(**(later or {"minutes": 1}))
        while send_pending(by=None, at=at).taken:
            at = self.tick(seconds=1)

    def open(self, method: str = "joint", **more: Value) -> CaseRow:
        """A case taken in at the window in 上海."""
        answers: Mapping[str, Value] = {
            "item": "KS-05",
            "method": method,
            "division": XUANCHENG,
            "centre": CODE,
            "account": "GJJ-0001",
            **more,
        }
        case = open_case(
            "fund_accepting",
            answers=answers,
            applicant=Applicant("张三", None, "13800001234", CITIZEN),
            division=SHANGHAI,
            by=self.window,
            at=self.tick(),
            channel="window",
        )
        for code, content in (("identity", b"id card"), ("purchase_contract", b"contract")):
            if case.materials.filter(code=code).exists():
                add_material(case.uuid, code, name=f"{code}.pdf", content=content, by=self.window, at=self.tick())
        return case

    def does(self, case: CaseRow, person: Person, outcome: str, **said: Any) -> CaseRow:
        """The open task of the case is done by the person."""
        task = TaskRow.objects.get(case=case, state="open", kind=said.pop("kind", "work"))
        complete_task(task.pk, outcome, by=person, at=self.tick(), **said)
        return self.fresh(case)

    def forwarded(self, method: str = "joint") -> tuple[CaseRow, CaseRow]:
        """A case in 上海 that has come to 宣城, and the one there."""
        case = self.open(method)
        self.does(case, self.window, "accept")
        if method == "joint":
            bought: dict[str, Value] = {"contract": "HT-1", "address": "示例路 1 号", "checked": "网签系统核验属实"}
            self.does(case, self.window, "verified", answers={**bought, "price": "1000000"})
        self.carry()
        return self.fresh(case), self.there(case)

    def there(self, case: CaseRow) -> CaseRow:
        """The case of the handling side."""
        link = CaseLink.objects.get(case=case)
        return CaseRow.objects.get(link__conversation=link.conversation, link__side="handling")

    def decides(self, there: CaseRow, outcome: str = "approve", **said: Any) -> CaseRow:
        """Two auditors of 宣城, one after the other."""
        answers = {"finding": "符合本地购房提取政策"}
        self.does(there, self.auditor, outcome, answers=answers, **said)
        return self.does(there, self.second, "agree", kind="second")

    def fresh(self, case: CaseRow) -> CaseRow:
        """As it is stored now."""
        return CaseRow.objects.get(pk=case.pk)

    def texts(self, case: CaseRow) -> str:
        """What its thread says."""
        return "\n".join(case.steps.order_by("position").values_list("text", flat=True))

    def sets_rules(self, division: str, side: str, **told: Value) -> None:
        """A centre writes its own rules into the table of rules."""
        _, table = table_named(f"{FUND}/centre_rules")
        _, items = table_named(f"{FUND}/items")
        on = BEGIN.date()
        (item,) = [row.entry for row in live(items.name, on) if decode(row.cells)["item_code"] == "KS-05"]
        key: dict[str, Value] = {"division": division, "item": str(item), "side": side}
        hold_row(table, {**key, **told}, as_of=on, by=self.operator, at=self.tick())
