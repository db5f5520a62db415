"""``shishi todo`` tells at a prompt what the first page of the office shows."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from shishi.apps.supervision.stocktake import run_day
from tests.apps.reporting_town import ReportingTown
from tests.apps.town import DAY, home
from tests.commands.conftest import Shell


def test_a_drafted_notice_waits_for_whoever_may_approve_it_and_for_nobody_else(shell: Shell) -> None:
    town = shell.town
    assert shell.done("todo", "--as", "leader") == []
    town.hand_in(home("X1"), as_of=date(2021, 9, 30), by=town.clerk())
    run_day("homes", DAY, demonstration=True, by=town.operator, at=town.tick())
    waiting = shell.done("todo", "--as", "leader")
    assert {item["verb"] for item in waiting} >= {"审批"}
    assert "审批" not in {item["verb"] for item in shell.done("todo", "--as", "clerk_langxi")}
    assert shell.done("todo", "--started", "--as", "clerk_langxi") == []


def test_statements_and_dues_are_told_at_a_prompt_too(
    db: None, own_folder: Path, code_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_folder.mkdir(exist_ok=True)
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True}))
    town = ReportingTown(own_folder, code_list)
    shell = Shell(town, tmp_path, capsys)
    sunday = ("--at", "2021-09-26T11:00")
    owed = shell.done("todo", "--as", "clerk_xuanzhou", *sunday)
    assert ("补报", "应用周报", True) in {(item["verb"], item["title"], item["overdue"]) for item in owed}
    town.enter(users=100)
    waiting = shell.done("todo", "--as", "xuanzhou_reviewer", *sunday)
    (line,) = [item for item in waiting if item["verb"] == "审核填报"]
    assert (line["args"][4:], line["query"]) == (["2021-W38", "341802"], {})
