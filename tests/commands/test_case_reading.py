"""``shishi case statistics`` and ``shishi case reveal``: what the pages of cases say, for programs."""

from __future__ import annotations

from openpyxl import load_workbook

from shishi.apps.audit.selectors import search
from shishi.apps.cases.models import CaseRow
from tests.apps.town import CITIZEN
from tests.commands.conftest import Shell
from tests.web.cased import cased


def test_the_log_of_a_process_is_told_in_numbers(shell: Shell) -> None:
    cased(shell.town)
    target = shell.folder / "统计.xlsx"
    at = ("--at", shell.town.tick().isoformat())
    told = shell.done("case", "statistics", "permit", "--all", "-o", target, *at)
    assert (told["process"], told["cases"], told["open"], told["ended"]) == ("somewhere/2021/permit", 4, 3, 1)
    assert {line["step"]: line["open"] for line in told["steps"]} == {"Task_accept": 2, "Task_review": 1}
    assert told["duration"] == {"count": 1, "median": 180, "p90": 180}
    assert told["office_hours"] == {"opens": "08:30", "closes": "17:30", "source": None, "verified": False}
    assert [item["outlook"] for item in told["forecast"]] == ["unknown"]
    assert told["forecast"][0]["law"]["comparable"] == 0
    assert "环节" in load_workbook(target).sheetnames
    assert shell.refused("case", "statistics", "permit", "-o", shell.folder / "a.txt", *at) == "file_kind"
    assert shell.refused("case", "statistics", "nothing", *at) == "unknown_process"


def test_what_is_masked_is_shown_for_a_reason_on_the_trail(shell: Shell) -> None:
    case = CaseRow.objects.get(uuid=str(cased(shell.town)["case"]))
    told = shell.done("case", "reveal", case.number, "apply.citizen", "--reason", "核对身份")
    assert told["text"] == CITIZEN
    event = search(action="case.reveal")[0]
    assert "核对身份" in str(event.detail)
    assert CITIZEN not in str(event.detail)
    assert shell.refused("case", "reveal", case.number, "apply.citizen", "--reason", " ") == "reveal_reason_missing"
    assert shell.refused("case", "reveal", case.number, "apply.nothing", "--reason", "看看") == "unknown_fact"
