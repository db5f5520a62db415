"""``shishi todo`` tells at a prompt what the first page of the office shows."""

from __future__ import annotations

from datetime import date

from shishi.apps.supervision.stocktake import run_day
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
