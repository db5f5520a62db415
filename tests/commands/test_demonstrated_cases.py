"""The demonstration's cases are carried on as their files tell, by the services that the pages call."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import make_operator
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.models import CaseRating, CaseRow, IncidentRow, TaskRow
from shishi.apps.cases.seen import access_cases
from shishi.apps.decisions.models import DecisionRow
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.exchange.models import OutMessage
from shishi.apps.hall.models import Draft
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import table_named
from shishi.apps.programmes.services import install_pack
from shishi.commands.demonstration.cases import Handled
from shishi.core.calendars import SHANGHAI
from shishi.packs.loading import load_pack

PACKS = Path(settings.PACKS)
FILES = sorted(PACKS.glob("*/*/demonstration/cases.yaml"))
BEGIN = datetime(2021, 10, 1, 9, tzinfo=SHANGHAI)


def told(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def installed(folder: Path, code_list: Path) -> None:
    operator = make_operator(BEGIN)
    load_snapshot(code_list, by="operator", at=BEGIN)
    install_pack(load_pack(folder), effective_on=None, holds_rows=holds_rows, by=operator, at=BEGIN)


def catalogue(*numbers: int) -> None:
    """Items as the recipe of the catalogue hands them in, as far as applying needs them."""
    _, items = table_named("xuancheng/2021/service_items/items")
    for number in numbers:
        cells: dict[str, Any] = {"item_code": f"SX-{number:04}", "basic_code": f"YS{number:08}", "stage": "online"}
        cells |= {"division": "341800", "name": f"演示事项 {number}", "subject": "human_resources", "trust": "phone"}
        hold_row(items, cells, as_of=BEGIN.date(), by=person_named("operator"), at=BEGIN)


@pytest.fixture
def xuancheng(db: None, own_folder: Path, code_list: Path) -> list[str]:
    folder = PACKS / "xuancheng/2021"
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}))
    installed(folder, code_list)
    catalogue(1, 2, 3, 5)
    return list(Handled(folder).run(lambda code: True))


def titled(text: str) -> CaseRow:
    return CaseRow.objects.get(title__contains=text)


def test_a_lift_is_carried_to_the_building_site_and_another_is_voted_down(xuancheng: list[str]) -> None:
    built, refused = titled("90 号楼"), titled("91 号楼")
    assert (built.state, built.ended) == ("handling", False)
    assert list(built.tasks.filter(state="open").values_list("element", flat=True)) == ["Task_inspect"]
    row = RevisionRow.objects.filter(table__endswith="/buildings").latest("pk")
    assert (row.cells["stage"], row.cells["agreeing_owners"]) == ("construction", 7)
    assert refused.ended
    protocols = {item.title: item.protocol for item in DecisionRow.objects.all() if item.protocol}
    passed, failed = protocols["演示小区90号楼1单元"], protocols["演示小区91号楼2单元"]
    assert (passed["outcome"], failed["outcome"]) == ("passed", "failed")
    assert passed["persons"]["whole"] == "11", "one owner of two homes counts once"
    assert passed["objections"] == [["演示异议：电梯井离一楼窗户太近，影响采光。", 1]]
    permit = TaskRow.objects.filter(case=built, element="Task_permit").values_list("done_by", flat=True)
    assert sorted(permit) == ["lift_planning", "lift_second"]


def test_items_are_supplemented_rated_and_done_again(xuancheng: list[str]) -> None:
    supplemented = CaseRow.objects.get(item="SX-0001")
    assert supplemented.standing["rounds"] == 0
    assert supplemented.materials.get(code="proof").state == "fits"
    bad = CaseRating.objects.filter(bad=True).order_by("at")
    assert [item.case.item for item in bad] == ["SX-0002", "SX-0003"]
    assert [bool(item.told_at) for item in bad] == [False, True]
    assert {(item.body, str(item.assignee.username)) for item in bad if item.assignee} == {
        ("data_resources", "hall_office")
    }
    assert CaseRow.objects.get(item="SX-0003").standing["rounds"] == 1
    assert Draft.objects.get(sent_at__isnull=True).item == "SX-0005"


def test_two_centres_of_one_instance_share_a_case(db: None, own_folder: Path, code_list: Path) -> None:
    folder = PACKS / "mohurd/2021"
    installed(folder, code_list)
    lines = list(Handled(folder).run(lambda code: True))
    assert len(lines) == 2
    assert CaseRow.objects.filter(process__endswith="fund_handling").count() == 2
    done = CaseRow.objects.get(process__endswith="fund_accepting", title__startswith="购房提取")
    assert done.facts["result.amount"] == "86000.00"
    row = RevisionRow.objects.filter(table="mohurd/2021/housing_fund/cases").latest("pk")
    assert OutMessage.objects.count() >= 5
    assert row.cells["item"]


def test_nothing_of_it_fails_and_everything_is_proven_and_labelled(xuancheng: list[str]) -> None:
    assert not IncidentRow.objects.exists()
    assert verify().broken is None
    assert all(CaseRow.objects.values_list("demonstration", flat=True))
    seen = access_cases(person_named("operator"), datetime(2021, 12, 24, 18, tzinfo=SHANGHAI))
    assert seen.count == CaseRow.objects.count() == 7
    assert all(line.startswith(("演示办件 ", "演示草稿 ")) for line in xuancheng)


def test_a_programme_that_is_not_told_has_no_cases(db: None, own_folder: Path, code_list: Path) -> None:
    folder = PACKS / "xuancheng/2021"
    installed(folder, code_list)
    assert len(list(Handled(folder).run(lambda code: code == "title_certificates"))) == 2
    assert not DecisionRow.objects.exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-4])
def test_everything_in_it_says_that_it_is_made_up(path: Path) -> None:
    file = told(path)
    said = [*(item["name"] for item in file["people"]), *(item["name"] for item in file.get("citizens", {}).values())]
    for case in file["cases"]:
        said += [case["opens"]["applicant"]["name"]] if "applicant" in case["opens"] else []
        words = ("objection", "mediation", "verify", "correct", "feed_back", "reopen", "supplement")
        said += [step[word] for step in case.get("steps", ()) for word in words if word in step]
    assert [text for text in said if "演示" not in text] == []
    for case in file["cases"]:
        moments = [str(case["opens"]["at"]), *(str(step["at"]) for step in case.get("steps", ()))]
        assert sorted(moments) == moments
        assert moments[-1] < str(file["until"])
