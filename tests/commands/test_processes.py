"""``shishi process``: what any diagram draws that is run and is not; what is installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shishi.commands.benches.processes import PLAIN, PLAIN_MANY, SPIFF, bench_processes
from shishi.commands.main import main
from tests.commands.conftest import Shell
from tests.diagrams import HERE, REFUSED, RUN


def checked(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    code = main(["process", "check", str(path), "--json"])
    return code, json.loads(capsys.readouterr().out)["files"]


def test_a_folder_of_diagrams_is_gone_through_and_each_element_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, files = checked(HERE / "run", capsys)
    assert code == 0
    assert [Path(item["file"]).stem for item in files] == RUN
    assert all(process["whole"] for item in files for process in item["processes"])
    (drawn,) = (item for item in files if item["file"].endswith("drawn_only.bpmn"))
    assert {note["element"] for note in drawn["only_drawn"]} >= {"Note_1", "Data_1", "Group_1"}
    (parallel,) = (item for item in files if item["file"].endswith("/parallel.bpmn"))
    told = {part["element"]: part["kind"] for part in parallel["processes"][0]["run"]}
    assert (told["Join"], told["Task_fire"]) == ("parallel", "user")


def test_what_is_not_run_is_told_by_its_element_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, files = checked(HERE / "refused", capsys)
    assert code == 1
    not_run = {Path(item["file"]).stem: item for item in files if item["status"] != "runs"}
    assert sorted({*not_run, "two_processes"}) == REFUSED
    for item in not_run.values():
        assert all(note["line"] and note["code"] for note in item["not_run"])
    script = not_run["script"]["not_run"]
    assert [(note["element"], note["code"]) for note in script] == [("Script_1", "diagram_not_run")]
    assert not_run["entity_bomb"]["status"] == not_run["outside_entity"]["status"] == "unreadable"


def test_a_called_process_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(HERE / "run" / "calls.bpmn", tmp_path)
    code, (item,) = checked(tmp_path, capsys)
    assert code == 1
    assert [(note["code"], note["element"]) for note in item["not_run"]] == [("diagram_call_unknown", "Call_review")]


def test_a_folder_without_diagrams_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["process", "check", str(tmp_path)]) == 2
    assert "diagram_missing" in capsys.readouterr().err


def test_people_read_which_elements_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["process", "check", str(HERE / "refused" / "dead_end.bpmn")]) == 1
    told = capsys.readouterr().out
    assert "Task_2 第 19 行" in told
    assert "走不到结束" in told


def test_the_bench_holds_ours_beside_spiff_as_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    told: Any = bench_processes(2, 20).document
    rows = {item["name"]: item["rows"] for item in told["measured"]}
    assert rows[SPIFF] == rows[PLAIN] == 10
    assert rows[PLAIN_MANY] == 20
    assert [item["what"] for item in told["ratios"] if item["met"] is not None] == ["四倍份数 ÷ 一倍"]


def test_an_installed_process_is_listed_and_shown_with_what_runs_it(shell: Shell, tmp_path: Path) -> None:
    pack = tmp_path / "2021"
    shutil.copytree(HERE.parent / "little_pack", pack)
    said = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(
        said.replace("jurisdiction: somewhere", "jurisdiction: elsewhere"), encoding="utf-8"
    )
    shell.done("pack", "install", pack)
    (listed,) = [item for item in shell.done("process", "list") if item["process"].endswith("/permit")]
    assert listed["steps"] > 0
    shown = shell.done("process", "show", "permit")
    assert (shown["name"], shown["digest"], shown["engine"]) == (listed["process"], listed["digest"], "spiff")
    assert all("xml" not in diagram for diagram in shown["diagrams"])
    assert shell.refused("process", "show", "nothing") == "process_unknown"
    assert main(["process", "show", "permit"]) == 0
    told = shell.capture.readouterr().out
    assert "由 SpiffWorkflow 运行" in told
    assert "连线" in told
