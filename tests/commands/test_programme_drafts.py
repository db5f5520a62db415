"""What the editor's pages do, the command line does: propose, draft, look, submit, approve, weigh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shishi.commands.main import main
from shishi.packs.loading import load_pack
from tests.apps.test_programme_drafts import House, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(own_folder: Path, code_list: Path) -> House:
    made = House(own_folder, code_list)
    facts = {"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}
    (own_folder / "store.json").write_text(json.dumps(facts))
    return made


def ask(capsys: pytest.CaptureFixture[str], *words: str, exits: int = 0) -> Any:
    capsys.readouterr()
    assert main(["pack", *words, "--json", "--at", "2021-09-30T10:00"]) == exits
    return json.loads(capsys.readouterr().out)


def test_a_table_is_proposed_with_its_reasons(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ask(capsys, "propose", str(workbook(tmp_path / "食堂.xlsx")), "-o", str(tmp_path / "items.yaml"))
    kinds = {field["title"]: field["type"] for field in told["fields"]}
    assert kinds == {
        "食堂名称": "text", "所在县区": "division", "进展": "enumeration", "床位": "integer", "开工日期": "date",
    }  # fmt: skip
    assert told["key"] == [told["fields"][0]["name"]]
    assert all(field["reasons"] for field in told["fields"])
    assert "title: 食堂名称" in (tmp_path / "items.yaml").read_text(encoding="utf-8")


def test_a_draft_goes_from_its_beginning_to_its_approval(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(ask(capsys, "draft", "begin", "homes", "--by", "drafter")["draft"])
    ask(capsys, "draft", "files", number, "-o", str(tmp_path / "draft"))
    file = tmp_path / "draft/programmes/homes.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("at_least: issued", "at_least: registered"), encoding="utf-8"
    )
    assert ask(capsys, "draft", "save", number, str(tmp_path / "draft"), "--by", "drafter")["issues"] == []
    shown = ask(capsys, "draft", "show", number)
    assert [(change["where"], change["what"]) for change in shown["changes"]] == [("指标“发证套数”", "条件")]
    assert ask(capsys, "draft", "effect", number, "--as-of", "2021-09-30")[0]["differs"] is False
    exported = ask(capsys, "draft", "export", number, "-o", str(tmp_path / "pack"))
    assert load_pack(tmp_path / "pack").version == exported["version"]
    ask(capsys, "draft", "submit", number, "--effective-on", "2021-09-30", "--by", "drafter")
    refused = ask(capsys, "draft", "approve", number, "--by", "drafter", exits=2)
    assert refused["code"] == "out_of_reach"
    assert ask(capsys, "draft", "approve", number, "--by", "leader")["state"] == "installed"
    assert ask(capsys, "install", str(tmp_path / "pack"))["status"] == "unchanged"


def test_a_draft_may_begin_with_a_workbook_be_returned_and_dropped(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(workbook(tmp_path / "食堂.xlsx"))
    begun = ask(
        capsys, "draft", "begin", "somewhere/2021/canteens", "--from", path, "--title", "老年食堂", "--by", "drafter"
    )
    assert (begun["title"], begun["new"]) == ("老年食堂", True)
    number = str(begun["draft"])
    refused = ask(capsys, "draft", "submit", number, "--effective-on", "2021-09-30", "--by", "drafter", exits=1)
    assert {issue["code"] for issue in refused["issues"]} == {"draft_pending"}
    assert ask(capsys, "draft", "drop", number, "--by", "drafter")["state"] == "dropped"
    assert [item["state"] for item in ask(capsys, "draft", "list")] == ["dropped"]
    misnamed = ask(capsys, "draft", "begin", "canteens", "--from", path, "--by", "drafter", exits=2)
    assert misnamed["code"] == "programme_name_malformed"


def test_the_burden_is_told_of_what_is_installed_of_a_folder_and_of_a_draft(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = ask(capsys, "burden")
    assert [form["reports_per_year"] for form in installed["forms"]] == [365]
    assert installed["forms"][0]["minutes"] is None
    folder = ask(capsys, "burden", str(Path(__file__).parents[1] / "little_pack"))
    assert folder == installed
    number = str(ask(capsys, "draft", "begin", "homes", "--by", "drafter")["draft"])
    assert ask(capsys, "burden", "--draft", number)["read_by_nobody"] == installed["read_by_nobody"]
