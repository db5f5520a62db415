"""``shishi report``: as a county's clerk and a city's reviewer type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.apps.reporting_town import ReportingTown
from tests.commands.conftest import Shell

WEEK = ("--period", "2021-W38", "--at", "2021-09-26T10:00")
HERE = ("--division", "341802", *WEEK)
LATER = ("--division", "341802", "--period", "2021-W38", "--at", "2021-09-30T10:00")


@pytest.fixture
def shell(db: None, own_folder: Path, code_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    own_folder.mkdir(exist_ok=True)
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True}))
    return Shell(ReportingTown(own_folder, code_list), tmp_path, capsys)


def through(shell: Shell) -> None:
    shell.done("report", "enter", "metrics", "users=100", *HERE, "--by", "clerk_xuanzhou")
    shell.done("report", "review", "metrics", *HERE, "--by", "xuanzhou_reviewer")


def test_the_whole_way_up_on_the_command_line(shell: Shell) -> None:
    sent = shell.done("report", "enter", "metrics", "users=100", "访问量=900", *HERE, "--by", "clerk_xuanzhou")
    assert (sent["state"], sent["period"], sent["values"]) == ("submitted", "2021-W38", {})
    (reviewed,) = shell.done("report", "review", "metrics", "--all", *WEEK, "--by", "xuanzhou_reviewer")
    assert (reviewed["state"], reviewed["next"], reviewed["values"]["users"]) == ("reviewed", "city", "100")
    shell.done("report", "accept", "metrics", "--all", *WEEK, "--by", "reviewer")
    (last,) = shell.done("report", "accept", "metrics", *HERE, "--by", "province")
    assert (last["state"], last["accepted"], last["next"]) == ("accepted", ["city", "province"], None)
    shown = shell.done("report", "show", "metrics", *HERE, "--as", "clerk_xuanzhou")
    assert [step["done"] for step in shown["history"]] == ["提交", "审核", "市级接收", "省级接收"]


def test_nobody_sees_or_does_what_lies_beyond_their_reach(shell: Shell) -> None:
    through(shell)
    assert shell.refused("report", "show", "metrics", *HERE, "--as", "clerk_langxi") == "out_of_reach"
    assert shell.refused("report", "accept", "metrics", *HERE, "--by", "langxi_reviewer") == "out_of_reach"
    assert shell.refused("report", "enter", "metrics", "users=1", *HERE, "--by", "clerk_langxi") == "out_of_reach"
    assert shell.refused("report", "status", "metrics", "--division", "341802", *WEEK, "--as", "clerk_langxi")


def test_what_is_wrong_with_the_figures_is_told_with_its_field(shell: Shell) -> None:
    through(shell)
    next_week = ("--division", "341802", "--period", "2021-W39", "--at", "2021-10-03T10:00", "--by", "clerk_xuanzhou")
    code, document = shell.run("report", "enter", "metrics", "users=99", *next_week)
    assert code == 1
    (issue,) = document["issues"]
    assert (issue["code"], issue["field"]) == ("total_fell", "users")
    assert shell.refused("report", "enter", "metrics", "users", *next_week) == "figure_malformed"
    assert shell.refused("report", "enter", "homes", "area=1", *next_week) == "not_by_period"


def test_a_closed_week_is_opened_again_by_the_city(shell: Shell) -> None:
    through(shell)
    change = ("report", "enter", "metrics", "users=90", *LATER, "--by", "clerk_xuanzhou")
    assert shell.refused(*change, exit_code=1) == "workbook_refused"
    opening = ("report", "reopen", "metrics", *LATER, "--until", "2021-09-30T18:00", "--reason", "漏报")
    assert shell.refused(*opening, "--by", "xuanzhou_reviewer") == "out_of_reach"
    assert shell.done(*opening, "--by", "reviewer")["person"] == "reviewer"
    shell.done(*change)
    shell.done("report", "withdraw", "metrics", *LATER, "--by", "clerk_xuanzhou")
    shown = shell.done("report", "show", "metrics", *LATER, "--as", "reviewer")
    assert shown["values"]["users"] == "100"
    done = [(step["done"], step["person"]) for step in shown["history"]]
    assert sorted(done[2:]) == [("提交", "clerk_xuanzhou"), ("收回", "clerk_xuanzhou"), ("重新打开", "reviewer")]
    assert done[:2] == [("提交", "clerk_xuanzhou"), ("审核", "xuanzhou_reviewer")]


def test_the_status_counts_exactly_and_names_who_is_missing(shell: Shell) -> None:
    through(shell)
    city, *counties = shell.done("report", "status", "metrics", *WEEK, "--as", "reviewer")
    assert [city[name] for name in ("due", "received", "on_time", "accepted", "waiting", "missing")] == [
        3,
        1,
        1,
        0,
        0,
        2,
    ]
    assert (city["completeness"], city["punctuality"]) == ("33.33", "33.33")
    assert [item["statement"]["state"] for item in counties] == ["reviewed", "missing", "missing"]
    levelled = shell.done("report", "status", "metrics", *WEEK, "--level", "county", "--as", "clerk_xuanzhou")
    assert [item["name"] for item in levelled] == ["宣州区"]


def test_figures_and_their_rows_tell_the_standing(shell: Shell) -> None:
    through(shell)
    asked = ("homes", "--as-of", "2021-09-26", "--at", "2021-09-26T11:00", "--division", "3418", "--as", "reviewer")
    (figure,) = shell.done("indicators", *asked, "--indicator", "users")
    assert figure["reporting"] == {"due": 3, "received": 1, "waiting": 0, "unaccepted": 1, "on_time": 1}
    why = shell.done("why", "homes", "users", *asked[1:])
    assert [row["standing"] for row in why["rows"]] == ["已审核，市级未审"]
