"""Matters, meetings and findings as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps.test_matter_lists import FIRST, SECOND, a_list
from tests.apps.town import home
from tests.commands.conftest import Shell

AT = ("--at", "2021-09-30T20:00")


def open_one(shell: Shell, *more: str) -> str:
    words = ("--from", "市长批示", "--deliverable", "全部登记", "--lead", "xuanzhou", "--within", "3", *more, *AT)
    return str(shell.done("matter", "open", "homes", "办结遗留项目", *words)["id"])


def test_a_matter_is_typed_from_its_opening_to_its_closing(shell: Shell, tmp_path: Path) -> None:
    proof = tmp_path / "验收单.pdf"
    proof.write_bytes(b"%PDF-1.4")
    matter = open_one(shell, "--milestone", "2021-10-08=完成测绘", "--indicator", "issued")
    clerk = (*AT, "--by", "clerk_xuanzhou")
    assert shell.done("matter", "assign", matter, *AT)["number"] == "交办〔2021〕1号"
    shell.done("matter", "accept", matter, *clerk)
    shell.done("matter", "progress", matter, "--text", "已进场", *clerk)
    shell.done("matter", "reach", matter, "1", "--text", "测绘完成", *clerk)
    shell.done("matter", "remind", matter, *AT)
    assert shell.refused("matter", "remind", matter, *AT) == "reminded_today"
    shell.done(
        "matter", "report", matter, "--text", "办结", "--evidence", proof, "--evidence", "宣府〔2021〕9号", *clerk
    )
    closed = shell.done("matter", "close", matter, *AT)
    assert (closed["state"], closed["evidence"]) == ("closed", ["验收单.pdf", "宣府〔2021〕9号"])
    (listed,) = shell.done("matter", "list", "--mine", "--at", "2021-09-30T21:00")
    assert listed["milestones"][0]["reached"] is True


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--milestone", "十月完成"), "milestone_malformed"),
        (("--lead", "nobody"), "unknown_body"),
    ],
)
def test_a_matter_that_is_typed_wrong_is_refused_with_the_way_out(
    shell: Shell, words: tuple[str, ...], code: str
) -> None:
    told = ("--from", "批示", "--deliverable", "登记", "--lead", "xuanzhou", "--within", "3")
    assert shell.refused("matter", "open", "homes", "事项", *told, *words, *AT) == code


def test_a_decision_of_a_meeting_becomes_a_matter(shell: Shell) -> None:
    told = ("--title", "碰头会", "--chair", "张主任", "--decision", "三日内补报", *AT)
    meeting = shell.done("meeting", "record", "homes", "daily", "2021-09-30", *told)
    matter = open_one(shell, "--source", "meeting", "--meeting", str(meeting["id"]), "--decision", "1")
    again = shell.done("meeting", "show", str(meeting["id"]), "--at", "2021-09-30T20:00")
    assert again["decisions"] == [{"number": 1, "text": "三日内补报", "matters": [int(matter)]}]


def test_findings_are_listed_drafted_and_dismissed_by_their_ids(shell: Shell) -> None:
    shell.town.hand_in(home("H-1"), home("H-2"))
    shell.done("day", "2021-09-30", *AT)
    item, *_ = shell.done("finding", "list", "homes", *AT)
    assert shell.done("finding", "draft", item["id"], *AT)["id"] == item["notice"]
    shell.done("notice", "withdraw", item["notice"], "--reason", "另行核实", *AT)
    told = shell.done("finding", "dismiss", item["id"], "--reason", "已核实", *AT)
    assert told["dismissed"]["person"] == "operator"
    assert shell.refused("finding", "draft", item["id"], *AT) == "finding_dismissed"


def test_the_words_of_a_draft_are_changed_and_its_bodies_reminded(shell: Shell) -> None:
    shell.town.hand_in(home("H-1"), home("H-2"))
    shell.done("day", "2021-09-30", *AT)
    draft, *_ = shell.done("notice", "list", "--state", "draft", "--at", "2021-09-30T20:00")
    changed = shell.done("notice", "reword", str(draft["id"]), "--requirement", "请倒排工期。", *AT)
    assert (changed["title"], changed["requirement"]) == (draft["title"], "请倒排工期。")
    shell.done("notice", "issue", str(draft["id"]), *AT)
    shell.done("notice", "remind", str(draft["id"]), *AT)
    assert shell.refused("notice", "remind", str(draft["id"]), *AT) == "reminded_today"


def test_a_list_is_looked_at_opened_once_and_sent_back_marked(shell: Shell) -> None:
    path, marked = a_list(shell.town, FIRST, SECOND), shell.folder / "标记.xlsx"
    looked = shell.done("matter", "import", "homes", path, "--dry-run", *AT)
    assert (looked["new"], looked["made"], looked["lines"][1]["within"]) == (2, [], 10)
    made = shell.done("matter", "import", "homes", path, "--assign", *AT)
    assert len(made["made"]) == 2
    assert shell.done("matter", "show", made["made"][0])["state"] == "assigned"
    again = shell.done("matter", "import", "homes", path, *AT)
    assert (again["new"], again["held"], again["made"]) == (0, 2, [])
    wrong = a_list(shell.town, (*FIRST[:6], "年底前", ""), name="错.xlsx")
    assert shell.refused("matter", "import", "homes", wrong, "--marked", marked, *AT, exit_code=1) == "matters_refused"
    assert marked.read_bytes()[:2] == b"PK"
    assert shell.done("matter", "template", "-o", shell.folder / "模板.xlsx")["file"]
