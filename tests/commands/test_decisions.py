"""``shishi decision``: what the pages of joint decisions do, for programs and for who has no browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shishi.apps.decisions.services import draft_decision
from shishi.commands.main import main
from tests.apps.test_decisions import NEW, Staircase

pytestmark = pytest.mark.django_db

REGISTER = "101 1 90.00 钱多\n201 2 90.00 孙二\n301 3 90.00 李三、李四 代表=李三\n"


@pytest.fixture
def stairs(own_folder: Path, code_list: Path, db: None) -> Staircase:
    facts = {"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}
    (own_folder / "store.json").write_text(json.dumps(facts))
    return Staircase(code_list)


def ask(capsys: pytest.CaptureFixture[str], *words: str, exits: int = 0) -> Any:
    capsys.readouterr()
    assert main(["decision", *words, "--json", "--at", "2021-09-02T10:00"]) == exits
    return json.loads(capsys.readouterr().out)


def test_a_vote_is_worked_from_the_command_line(
    stairs: Staircase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uuid = str(draft_decision(NEW, by=stairs.clerk, at=stairs.tick()).uuid)
    here = ("--decision", uuid, "--by", "clerk")
    register = tmp_path / "名册.txt"
    register.write_text("101 1 九十 钱多", encoding="utf-8")
    unread = ask(capsys, "register", str(register), *here, exits=1)
    assert unread["issues"][0]["code"] == "register_unread"
    register.write_text(REGISTER, encoding="utf-8")
    assert ask(capsys, "register", str(register), *here)["measures"][1]["whole"] == "3"
    shared = ask(capsys, "terms", "300.00", "--floors", "2", "1", "0.5", *here)["shares"]
    assert {item["unit"]: item["amount"] for item in shared} == {"101": "0.00", "201": "120.00", "301": "180.00"}
    codes = ask(capsys, "open", "2021-09-20", *here)["codes"]
    assert sorted(codes) == ["101", "201", "301"]
    for unit in ("101", "201"):
        told = ask(capsys, "ballot", unit, "agree", "--kept", "档案柜", *here)
    assert (told["outcome"], told["measures"][0]["part_share"]) == ("passed", "2/3")
    early = ask(capsys, "close", *here, exits=2)
    assert early["code"] == "vote_running"
    ask(capsys, "ballot", "301", "against", "--kept", "档案柜", *here)
    objected = ask(capsys, "object", "怕吵。", *here)["objections"]
    done = ask(capsys, "mediate", str(objected[0]["number"]), "谈好了。", "--settled", *here)
    assert done["objections"][0]["settled"] is True
    closed = ask(capsys, "close", *here)
    assert (closed["state"], closed["outcome"]) == ("closed", "failed")
    assert len(closed["protocol_digest"]) == 64
    paper = tmp_path / "记录.pdf"
    printed = ask(capsys, "protocol", "-o", str(paper), "--decision", uuid, "--as", "clerk")
    assert printed["digest"] == closed["protocol_digest"]
    assert paper.read_bytes().startswith(b"%PDF")


def test_a_list_that_says_no_shares_gets_no_vote(stairs: Staircase, capsys: pytest.CaptureFixture[str]) -> None:
    told = ask(capsys, "new", "homes", "宣州区", "1号楼", "加装电梯", "--by", "clerk", exits=2)
    assert told["code"] == "threshold_missing"
    assert ask(capsys, "list", "--as", "clerk") == []
