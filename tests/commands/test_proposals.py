"""What a workbook changes is held, shown cell by cell, and written when a second person has approved exactly that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from openpyxl import load_workbook

from shishi.adapters.spreadsheets.reading import Workbook
from shishi.apps.accounts.roles import Role
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.ledger.models import Batch, Proposal, RevisionRow
from shishi.apps.ledger.selectors import holds_rows, live
from shishi.apps.programmes.services import install_pack
from tests.apps.town import CITIZEN, DAY, HOMES, LANGXI, OTHER_CITIZEN, PROGRAMME, home, pack_of, read_rows
from tests.commands.conftest import Shell

AT = ("--at", "2021-10-08T09:00")
WHEN = ("--as-of", "2021-09-30", *AT)
CLERK = ("--by", "clerk_xuanzhou")
REVIEWER = ("--by", "reviewer")
SHEET = "房屋台账"


@pytest.fixture
def town_shell(shell: Shell) -> Shell:
    shell.town.hand_in(*(home(f"H{at}", area="80", citizen=CITIZEN) for at in (1, 2)), home("L1", county=LANGXI))
    return shell


@pytest.fixture
def sent(town_shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The rows of 宣州区, handed out to its clerk, who changed two cells."""
    path = tmp_path / "宣州.xlsx"
    asked = ("--prefill", "--division", "341802", *WHEN, "--as", "clerk_xuanzhou")
    town_shell.done("ledger", "template", "homes", "-o", path, *asked)
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", Workbook)
    put(path, {"E6": "已登记", "G7": OTHER_CITIZEN})
    return path


@contextmanager
def somebody_else() -> Iterator[None]:
    """Meanwhile workbooks are read as the town writes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
        yield


def put(path: Path, cells: dict[str, object]) -> None:
    book = load_workbook(path)
    for place, value in cells.items():
        book.worksheets[0][place].value = value
    book.save(path)


def propose(shell: Shell, path: Path, *more: object) -> dict[str, Any]:
    told: dict[str, Any] = shell.done("ledger", "propose", "homes", path, *WHEN, *CLERK, *more)
    return told


def stages() -> dict[str, object]:
    return {row.key: row.cells["stage"] for row in live(HOMES.name, DAY)}


def test_a_proposal_writes_nothing_and_shows_every_cell(town_shell: Shell, sent: Path) -> None:
    before = RevisionRow.objects.count()
    told = propose(town_shell, sent)
    assert (told["status"], told["cells"], told["revised"]) == ("proposed", 2, 2)
    assert (RevisionRow.objects.count(), Batch.objects.count()) == (before, 1)
    first, second = told["changes"]["rows"]
    assert (first["key"], first["sheet"], first["row"]) == ("H1", SHEET, 6)
    assert first["cells"][0] == {
        "field": "stage", "title": "阶段", "column": "E", "old": "已列入", "new": "已登记", "conflict": False,
    }  # fmt: skip
    assert OTHER_CITIZEN not in str(second)


def test_the_kept_file_and_its_difference_rest_encrypted(town_shell: Shell, sent: Path) -> None:
    told = propose(town_shell, sent)
    found = Proposal.objects.get(pk=told["proposal"])
    for name in (found.sha256, found.shown):
        kept = (Path(settings.DATA) / "files" / name[:2] / name).read_bytes()
        assert "已登记".encode() not in kept
        assert kept[:2] != b"PK"
    assert OTHER_CITIZEN not in str(Proposal.objects.values())


def test_approving_writes_the_batch_with_both_names_once(town_shell: Shell, sent: Path) -> None:
    proposal = propose(town_shell, sent)["proposal"]
    done = town_shell.done("ledger", "proposals", "approve", proposal, *REVIEWER, *AT)
    again = town_shell.done("ledger", "proposals", "approve", proposal, *REVIEWER, *AT)
    assert (done["status"], done["decided_by"]) == ("approved", "reviewer")
    assert again["batch"] == done["batch"]
    batch = Batch.objects.get(pk=done["batch"])
    assert (batch.person, batch.approved_by, batch.revised) == ("clerk_xuanzhou", "reviewer", 2)
    assert stages()["H1"] == "registered"
    assert [event.person for event in AuditEvent.objects.filter(action__startswith="ledger.propos")] == [
        "clerk_xuanzhou",
        "reviewer",
    ]
    assert verify().broken is None


def test_nobody_approves_their_own_nor_beyond_their_reach_nor_without_the_role(town_shell: Shell, sent: Path) -> None:
    town = town_shell.town
    town.person("both", "xuanzhou", Role.REVIEWER, "341802")
    town.person("neighbour", "langxi", Role.REVIEWER, LANGXI)
    town.person("second_clerk", "xuanzhou", Role.CLERK, "341802")
    own = town_shell.done("ledger", "propose", "homes", sent, *WHEN, "--by", "both")["proposal"]
    refused = {
        person: town_shell.refused("ledger", "proposals", "approve", own, "--by", person, *AT)
        for person in ("both", "neighbour", "second_clerk")
    }
    assert refused == {"both": "same_person", "neighbour": "unknown_proposal", "second_clerk": "out_of_reach"}
    assert stages()["H1"] == "listed"


def test_what_changed_since_refuses_the_approval_and_says_what(town_shell: Shell, sent: Path) -> None:
    proposal = propose(town_shell, sent)["proposal"]
    with somebody_else():
        town_shell.town.hand_in(home("H1", "issued", area="80"))
    ended, told = town_shell.run("ledger", "proposals", "approve", proposal, *REVIEWER, *AT)
    assert (ended, told["code"]) == (1, "proposal_stale")
    assert [(item["row"], item["column"]) for item in told["issues"]] == [(6, "E")]
    assert "由“已列入”改为“已登记”" in told["issues"][0]["message"]
    assert "由“已发证”改为“已登记”" in told["issues"][0]["message"]
    assert stages()["H1"] == "issued"


def test_a_conflict_is_shown_and_needs_to_be_approved_as_such(town_shell: Shell, sent: Path) -> None:
    with somebody_else():
        town_shell.town.hand_in(home("H1", "issued", area="80"))
    told = propose(town_shell, sent)
    assert told["conflicts"] == 1
    cell = told["changes"]["rows"][0]["cells"][0]
    assert (cell["made"], cell["old"], cell["new"], cell["conflict"]) == ("已列入", "已发证", "已登记", True)
    approve = ("ledger", "proposals", "approve", told["proposal"], *REVIEWER, *AT)
    assert town_shell.refused(*approve, exit_code=1) == "changed_since"
    assert stages()["H1"] == "issued"
    town_shell.done(*approve, "--overwrite")
    assert stages()["H1"] == "registered"


def test_a_return_carries_reasons_for_each_cell_and_the_marked_workbook(
    town_shell: Shell, sent: Path, tmp_path: Path
) -> None:
    proposal = propose(town_shell, sent)["proposal"]
    marked = tmp_path / "退回.xlsx"
    why = ("--reason", "请补证明", "--cell", "E6=与证书不符", "--marked", marked)
    done = town_shell.done("ledger", "proposals", "return", proposal, *why, *REVIEWER, *AT)
    assert [(item["sheet"], item["column"], item["row"]) for item in done["faults"]] == [(SHEET, "E", 6)]
    cell = load_workbook(marked)[SHEET]["E6"]
    assert cell.fill.fgColor.rgb == "FFFFC7CE"
    assert "与证书不符" in cell.comment.text
    assert town_shell.refused("ledger", "proposals", "approve", proposal, *REVIEWER, *AT) == "proposal_decided"
    seen = town_shell.done("ledger", "proposals", "show", proposal, "--as", "clerk_xuanzhou", *AT)
    assert (seen["status"], seen["reason"]) == ("returned", "请补证明")
    assert verify().broken is None


def test_the_same_file_is_one_proposal_and_its_sender_may_take_it_back(town_shell: Shell, sent: Path) -> None:
    first, second = propose(town_shell, sent), propose(town_shell, sent)
    assert first["proposal"] == second["proposal"]
    with somebody_else():
        town_shell.town.hand_in(home("H1", "issued", area="80"))
    third = propose(town_shell, sent)
    assert third["proposal"] != first["proposal"]
    take = ("ledger", "proposals", "withdraw")
    assert town_shell.refused(*take, third["proposal"], *REVIEWER, *AT) == "not_the_sender"
    town_shell.done(*take, third["proposal"], *CLERK, *AT)
    listed = town_shell.done("ledger", "proposals", "list", "homes", "--as", "reviewer", *AT)
    assert {item["proposal"]: item["status"] for item in listed} == {
        first["proposal"]: "withdrawn",
        third["proposal"]: "withdrawn",
    }
    assert town_shell.done("ledger", "proposals", "list", "homes", "--limit", 1, "--offset", 1, *AT) == listed[1:]
    assert town_shell.done("ledger", "proposals", "list", "homes", "--as", "clerk_langxi", *AT) == []


def test_a_table_that_asks_for_approval_is_not_imported_but_an_unchanged_file_is(town_shell: Shell, sent: Path) -> None:
    asked = replace(PROGRAMME, tables=tuple(replace(table, approval=True) for table in PROGRAMME.tables))
    moment = datetime(2021, 10, 7, tzinfo=UTC)
    install_pack(
        pack_of(asked), effective_on=date(2021, 9, 1), holds_rows=holds_rows, by=town_shell.town.operator, at=moment
    )
    assert town_shell.refused("ledger", "import", "homes", sent, *WHEN, *CLERK) == "approval_required"
    assert stages()["H1"] == "listed"
    withdraw = ("ledger", "withdraw", "homes", "number=H1", "--reason", "拆除", *WHEN)
    assert town_shell.refused(*withdraw, *CLERK) == "out_of_reach"
    put(sent, {"E6": "已列入", "G7": CITIZEN})
    assert town_shell.done("ledger", "import", "homes", sent, *WHEN, *CLERK)["status"] == "unchanged"


def test_a_dry_run_pages_the_cells_and_writes_them_as_a_workbook(town_shell: Shell, sent: Path, tmp_path: Path) -> None:
    path = tmp_path / "对照.xlsx"
    asked = ("--dry-run", "--limit", 1, "--offset", 1, "-o", path, *WHEN, *CLERK)
    told = town_shell.done("ledger", "import", "homes", sent, *asked)["changes"]
    assert (told["person"], told["file"]) == ("clerk_xuanzhou", "宣州.xlsx")
    assert told["totals"] == {"rows": 2, "cells": 2, "conflicts": 0}
    assert [row["key"] for row in told["rows"]] == ["H2"]
    sheet = load_workbook(path).worksheets[0]
    assert sheet["A1"].value == "房屋台账　变更对照"
    assert "clerk_xuanzhou　文件 宣州.xlsx" in sheet["A2"].value
    texts = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert texts[0][:8] == ["工作表", "行", "条目", "变化", "列", "栏目", "原值", "新值"]
    assert texts[1][:8] == [SHEET, "6", "H1", "更新", "E", "阶段", "已列入", "已登记"]
    assert sheet["A5"].fill.fgColor.rgb == "FFFFF6DA"


def test_undoing_shows_what_it_gives_back(town_shell: Shell, sent: Path) -> None:
    batch = town_shell.done("ledger", "import", "homes", sent, *WHEN, *CLERK)["batch"]
    undone = town_shell.done("ledger", "undo", batch, "--reason", "报错", *CLERK, *AT)
    cell = undone["changes"]["rows"][0]["cells"][0]
    assert (undone["undoes"], cell["old"], cell["new"]) == (batch, "已登记", "已列入")
    assert town_shell.done("ledger", "changes", batch, "--as", "reviewer", *AT)["changes"]["totals"]["cells"] == 2
    assert town_shell.refused("ledger", "changes", batch, "--as", "clerk_langxi", *AT) == "out_of_reach"


def test_only_who_reaches_every_row_sees_a_proposal(town_shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "两县.xlsx"
    path.write_text(json.dumps([home("H1", "registered"), home("L1", "registered", county=LANGXI)]))
    done = town_shell.done("ledger", "propose", "homes", path, *WHEN)
    assert done["cells"] == 2
    seen = {
        person: len(town_shell.done("ledger", "proposals", "list", "homes", "--as", person, *AT))
        for person in ("clerk_xuanzhou", "clerk_langxi", "reviewer", "operator")
    }
    assert seen == {"clerk_xuanzhou": 0, "clerk_langxi": 0, "reviewer": 1, "operator": 1}
    asked = ("ledger", "proposals", "show", done["proposal"], "--as", "clerk_xuanzhou", *AT)
    assert town_shell.refused(*asked) == "unknown_proposal"
