"""The demonstration's verification is carried out as its file tells, and the file tells what can be carried out."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.assurance.verification_seen import verifications_for
from shishi.apps.audit.selectors import verify
from shishi.commands.demonstration.growing import username
from shishi.commands.demonstration.verification import Verified
from shishi.core.calendars import moment_of
from shishi.core.verification import PROPOSED
from tests.apps.town import home
from tests.commands.conftest import Shell

FILES = sorted(Path(settings.PACKS).glob("*/*/demonstration/verification.yaml"))
PLAN = {
    "programme": "homes",
    "indicator": "issued",
    "hands_in": "county",
    "title": "发证核实",
    "as_of": date(2021, 9, 30),
    "confidence": "0.95",
    "margin": "0.05",
    "minimum": 2,
    "planned": "2021-10-28 09:00",
    "seed_source": "演示号码",
    "seed_on": date(2021, 11, 1),
    "drawn": "2021-11-01 16:00",
    "seed": "04 11 19",
    "visits": [date(2021, 11, 2), date(2021, 11, 12)],
    "refuted": {"every": 7, "reason": "not_there", "text": "没有"},
    "disputed": {"every": 5, "reason": "date_differs", "text": "日期不同"},
    "recheck": {"at": "2021-11-15 10:00", "text": "已补", "visited": date(2021, 11, 18)},
}


def test_a_verification_goes_from_its_plan_to_its_recheck(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "somewhere" / "2021"
    (folder / "demonstration").mkdir(parents=True)
    told = {
        "body": {"code": "elsewhere", "title": "演示核实组", "division": "341800"},
        "verifiers": {"va": "甲", "vb": "乙", "vc": "丙"},
        "plans": [PLAN],
    }
    (folder / "demonstration" / "verification.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))
    clerk = shell.town.person(username("homes", "341802"), "xuanzhou", Role.CLERK, "341802")
    shell.town.hand_in(*(home(f"X{number:02}", "issued") for number in range(15)), by=clerk)
    lines = list(Verified(folder).run({"homes"}))
    assert "总体 15 行，应抽 15 行" in lines[0]
    assert "属实 13 行" in lines[1]
    (view,) = verifications_for(person_named("operator"), at=moment_of(date(2022, 1, 1), time(9)))
    assert (view.complete, view.verified, view.rechecked) == (True, 13, 1)
    assert verify().broken is None
    assert list(Verified(folder).run({"another"})) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-4:-2]))
def test_every_file_names_days_in_order_and_reasons_that_there_are(path: Path) -> None:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert len(told["verifiers"]) >= 3
    for plan in told["plans"]:
        assert str(plan["planned"])[:10] < str(plan["seed_on"]) <= str(plan["drawn"])[:10]
        assert plan["as_of"] <= plan["visits"][0] <= plan["visits"][1] <= plan["recheck"]["visited"]
        assert all(PROPOSED.reason(plan[kind]["reason"]) for kind in ("refuted", "disputed"))


def test_there_is_such_a_file() -> None:
    assert FILES
