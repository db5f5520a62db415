"""Next year's list in an afternoon: three new promises, YAML only, from an empty folder to a figure with its target.

What is typed here is what ``docs/howto/next_year.md`` says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.template import write_template
from shishi.commands.main import main
from shishi.packs.loading import load_pack

PROGRAMMES = {"canteens": "老年食堂建设", "charging": "小区充电桩建设", "back_streets": "背街小巷整治"}
AT = "2022-03-31T12:00"
GOALS = """
targets:
  finished:
    document: 宣城市2022年实事清单（练习）
    verified: false
    values: {341800: 10, 341802: 6, 341821: 4}
trajectories:
  finished:
    shape: linear
    source: 练习
    verified: false
    points:
      2022-01-01: {share: 0}
      2022-12-31: {share: 1}
"""
Run = Callable[..., Any]


@pytest.fixture
def run(db: None, own_folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """One command that has to succeed; what it says as a document."""

    def done(*words: object) -> Any:
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        told = capsys.readouterr()
        assert code == 0, told.out + told.err
        return json.loads(told.out)

    return done


def test_three_new_promises_are_written_checked_installed_reported_and_counted(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "lists" / "xuancheng" / "2022"
    titles = [word for code, title in PROGRAMMES.items() for word in ("--programme", f"{code}={title}")]
    told = run("pack", "new", folder, "--title", "宣城市2022年实事清单", "--division", "341800", *titles)
    assert len(told["pending"]) == 11
    for path in folder.rglob("*.yaml"):
        text = path.read_text().replace("待填", "练习")
        path.write_text(text + GOALS if path.parent.name == "programmes" else text)
    checked = run("pack", "check", folder)
    assert checked["pending"] == []
    assert any("老年食堂建设：目标“已完成”" in line for line in checked["unverified"])

    run("init", "--demonstration")
    assert run("pack", "install", folder, "--at", "2022-01-04T09:00")["status"] == "installed"
    table = load_pack(folder).programmes[1].table("items")
    rows = [
        {"number": f"{n:03}", "name": f"食堂{n}", "division": "341802", "stage": "finished" if n < 3 else "started"}
        | ({"finished_on": "2022-03-01"} if n < 3 else {})
        for n in range(6)
    ]
    write_template(table, tmp_path / "canteens.xlsx", rows=rows)
    run("ledger", "import", "canteens/items", tmp_path / "canteens.xlsx", "--as-of", "2022-03-31", "--at", AT)
    figures = {
        (item["indicator"], item["division"]): item
        for item in run("indicators", "canteens", "--as-of", "2022-03-31", "--level", "county", "--at", AT)
    }
    finished = figures["finished", "341802"]
    assert (finished["value"], finished["target"]) == ("3", "6")
    assert figures["finish_rate", "341802"]["value"] == "50.00"
    assert figures["finished", "341821"]["value"] is None, "never reported is not zero"
    assert {item["code"] for item in run("programme", "list")} == set(PROGRAMMES)


def test_a_slip_names_file_line_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "xuancheng" / "2022"
    main(["pack", "new", str(folder), "--title", "练习", "--division", "341800", "--programme", "canteens=食堂"])
    path = folder / "programmes" / "canteens.yaml"
    path.write_text(path.read_text().replace("measure: ratio", "mesure: ratio"))
    capsys.readouterr()
    assert main(["pack", "check", str(folder)]) == 1
    told = capsys.readouterr().err
    line = next(at for at, text in enumerate(path.read_text().splitlines(), 1) if "mesure" in text)
    assert f"canteens.yaml:{line} " in told
    assert "mesure" in told
    assert "measure" in told


@pytest.mark.parametrize(("words", "code"), [
    (("2022x",), "pack_folder_unfit"),
    (("2022",), "division_missing"),
    (("2022", "--division", "341800"), "pack_programme_missing"),
    (("2022", "--division", "341800", "--programme", "canteens"), "pack_programme_untitled"),
])  # fmt: skip
def test_what_is_missing_from_the_command_is_said(
    words: tuple[str, ...], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *more = words
    assert main(["pack", "new", str(tmp_path / "hefei" / name), "--title", "练习", *more, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == code
