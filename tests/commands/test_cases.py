"""Cases as they are typed: the same services as behind the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apps.case_town import REMEDY, XUANZHOU, CaseTown

AT = ("--at", "2021-09-13T09:30")
OPEN = (
    "case",
    "open",
    "permit",
    XUANZHOU,
    "--applicant",
    "张三",
    "--answer",
    "number=H-01",
    "--answer",
    "county=341802",
)


class Typed:
    """Runs ``shishi … --json`` over the store of cases."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *words: object, ends: int = 0) -> Any:
        from shishi.commands.main import main

        self.capture.readouterr()
        ended = main([*map(str, words), *AT, "--json"])
        told = json.loads(self.capture.readouterr().out)
        assert ended == ends, told
        return told


@pytest.fixture
def typed(db: None, own_folder: Path, code_list: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True}))
    CaseTown(own_folder, code_list)
    return Typed(capsys)


def test_a_case_is_typed_from_its_opening_to_the_review(typed: Typed, tmp_path: Path) -> None:
    paper = tmp_path / "证.pdf"
    paper.write_bytes(b"%PDF-1.4")
    window = ("--by", "window")
    number = typed(*OPEN, "--once", "one", *window)["number"]
    assert typed(*OPEN, "--once", "one", *window)["number"] == number
    (line,) = typed("case", "todo", "--as", "window")["lines"]
    assert [way["code"] for way in typed("case", "task", line["task"], "--as", "window")["outcomes"]] == [
        "accept",
        "refuse",
        "supplement",
    ]
    assert typed("case", "material", number, "title", "give", "--file", paper, *window)["state"] == "given"
    assert typed("case", "complete", line["task"], "accept", *window, ends=1)["code"] == "materials_lacking"
    typed("case", "material", number, "pledge", "promise", "--text", "没有纠纷", *window)
    assert typed("case", "complete", line["task"], "accept", *window)["state"] == "done"
    shown = typed("case", "show", number, "--as", "window")
    assert (shown["state"], shown["thread"][-1]["action"]) == ("accepted", "accept")
    assert shown["clock"]["legal"]["reckoning"].startswith("2021年9月13日当日不计，自次日起算20个工作日")
    (review,) = typed("case", "todo", "--as", "reviewer")["lines"]
    answered = ("--answer", "finding=属实", "--by", "reviewer")
    assert typed("case", "complete", review["task"], "approve", *answered)["state"] == "held"
    assert typed("case", "list", "--as", "far")["lines"] == []


def test_what_lacks_is_typed_once_and_a_refusal_with_its_law(typed: Typed) -> None:
    window = ("--by", "window")
    number = typed(*OPEN, *window)["number"]
    (line,) = typed("case", "todo", "--as", "window")["lines"]
    asked = typed("case", "ask-supplement", line["task"], "--field", "apply.owner=写全名", *window)
    assert asked["asked"] == ["apply.owner"]
    assert typed("case", "supplement", number, "--answer", "apply.owner=张三三", *window)["state"] == "submitted"
    told = ("--text", "不属于本机关", "--basis", "演示规定第七条", "--remedy", REMEDY)
    typed("case", "refuse", line["task"], *told, *window)
    assert typed("case", "show", number, "--as", "window")["state"] == "refused"
    assert typed("case", "tick")["overdue"] == 0


def test_what_is_typed_wrongly_says_how_it_is_written(typed: Typed) -> None:
    assert typed("case", "show", "房341802-2021-000099", ends=2)["code"] == "unknown_case"
    wrong = (*OPEN[:4], "--applicant", "张三", "--answer", "H-01", "--by", "window")
    assert typed(*wrong, ends=2)["code"] == "answer_malformed"
    assert typed("case", "reckon", "--by", "window", ends=2)["code"] == "out_of_reach"
