"""Cases of the little pack's process in the town: one that waits for acceptance, one in review, one whose last step
failed, one that was badly rated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.materials import add_material, promise_material
from shishi.apps.cases.models import CaseRow, IncidentRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.rating import rate
from shishi.apps.programmes.selectors import packs
from shishi.apps.programmes.services import install_pack
from shishi.packs.loading import load_pack
from tests.apps.town import CITIZEN, XUANZHOU, Town, versioned

LITTLE = Path(__file__).parents[1] / "little_pack"


def cased(town: Town) -> dict[str, object]:
    """The things that pages of cases are about, by name; the pack takes the process."""
    held = next(pack for pack in packs() if pack.name == "somewhere/2021")
    pack = versioned(replace(held, processes=load_pack(LITTLE).processes))
    since = town.now.date().replace(day=1)
    install_pack(pack, effective_on=since, holds_rows=lambda table: False, by=town.operator, at=town.tick())
    waiting, reviewed, broken = (_opened(town, number) for number in ("C-01", "C-02", "C-03"))
    complete_task(_task(reviewed), "accept", by=town.clerk(), at=town.tick())
    rated = _badly_rated(town)
    incident = IncidentRow.objects.create(
        case=broken,
        what="call",
        token="Service_register",  # the name of a step, nobody enters by it
        element="Service_register",
        title="登记房屋台账",
        failure="台账正在写入，三次都没有等到。",
        tries=3,
        owner=town.operator,
        at=town.tick(),
    )
    return {
        "case": str(reviewed.uuid),
        "case_task": _task(waiting),
        "case_review": _task(reviewed),
        "incident": incident.pk,
        "rated": str(rated.uuid),
    }


def _badly_rated(town: Town) -> CaseRow:
    """One that was not accepted, and whose applicant said at the window what they think of that."""
    case = _opened(town, "C-04")
    why = {"text": "不属于本机关", "basis": "演示规定第七条", "remedy": "六十日内可以申请行政复议"}
    complete_task(_task(case), "refuse", by=town.clerk(), at=town.tick(), **why)
    rate(case.uuid, 5, by=town.clerk(), at=town.tick(), text="跑了两趟才说不归这里管")
    return case


def _opened(town: Town, number: str) -> CaseRow:
    clerk = town.clerk()
    case = open_case(
        "permit",
        answers={"number": number, "county": XUANZHOU, "owner": "张三", "citizen": CITIZEN},
        applicant=Applicant("张三", None, "13800001234", CITIZEN),
        division=XUANZHOU,
        by=clerk,
        at=town.tick(),
        channel="window",
    )
    add_material(case.uuid, "title", name="证.pdf", content=b"%PDF-1.4 title", by=clerk, at=town.tick())
    promise_material(case.uuid, "pledge", "没有纠纷", by=clerk, at=town.tick())
    return case


def _task(case: CaseRow) -> int:
    return TaskRow.objects.get(case=case, state="open", kind="work").pk
