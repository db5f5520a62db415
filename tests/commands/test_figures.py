"""What pages of figures show and do, on the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shishi.apps.indicators import differences, overview
from tests.apps.town import GUANGDE, Town, home, read_rows
from tests.commands.conftest import Shell

DAY = ("--at", "2021-09-30T20:00")


@pytest.fixture
def shell(
    db: None,
    own_folder: Path,
    code_list: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    own_folder.mkdir(exist_ok=True)
    (own_folder / "store.json").write_text('{"demonstration": true}')
    differences.forget()
    overview.forget()
    town = Town(own_folder, code_list)
    town.hand_in(home("X1", "issued"), home("X2"), as_of=date(2021, 9, 29), by=town.clerk(), file="一.xlsx")
    town.hand_in(home("X2", "issued"), by=town.clerk(), file="二.xlsx")
    return Shell(town, tmp_path, capsys)


def test_a_difference_names_its_rows_and_closes(shell: Shell) -> None:
    asked = ("difference", "homes", "issued", "--from", "2021-09-29", "--to", "2021-09-30", *DAY)
    found = shell.done(*asked)
    assert (found["before"]["value"], found["after"]["value"], found["difference"], found["explained"]) == (
        "1",
        "2",
        "1",
        "1",
    )
    (row,) = found["rows"]
    assert (row["key"], row["change"], row["amount"], row["cause"]["file"]) == ("X2", "came_in", "1", "二.xlsx")
    assert {"title": "阶段", "before": "已列入", "after": "已发证"} in row["cells"]
    assert found["batches"][0]["file"] == "二.xlsx"
    assert shell.refused(*asked, "--as", "clerk_guangde", "--division", "341802") == "out_of_reach"


def test_rows_that_are_left_out_say_why(shell: Shell) -> None:
    shell.town.hand_in(home("G1", county=GUANGDE), by=shell.town.clerk("guangde"))
    found = shell.done("why", "homes", "issued", "--as-of", "2021-09-30", "--left-out", *DAY)
    assert [(row["key"], row["failing"]) for row in found["rows"]] == [
        ("G1", [{"condition": "“阶段”不低于“已发证”", "known": True}])
    ]


def test_what_the_page_exports_the_command_line_exports(shell: Shell, tmp_path: Path) -> None:
    asked = ("indicators", "homes", "--as-of", "2021-09-30", *DAY, "-o")
    for form, begin in ((".csv", b"\xef\xbb\xbf"), (".xlsx", b"PK")):
        assert shell.done(*asked, str(tmp_path / f"all{form}"))["rows"] == 3
        assert (tmp_path / f"all{form}").read_bytes().startswith(begin)
    assert shell.refused(*asked, str(tmp_path / "all.exe")) == "form_unknown"


def test_the_ledger_lists_the_rows_of_a_figure_and_no_others(shell: Shell) -> None:
    asked = ("ledger", "rows", "homes", "--as-of", "2021-09-29", "--indicator", "issued", *DAY)
    found = shell.done(*asked)
    assert (found["total"], [row["key"] for row in found["rows"]]) == (1, ["X1"])
    assert shell.refused(*asked, "--as", "clerk_guangde", "--division", "341802") == "out_of_reach"
