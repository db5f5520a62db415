"""Next year's list in an afternoon: three new promises, YAML only, from an empty folder to a figure with its target;
and a promise that goes on, with last year's rows.

What is typed here is what ``docs/howto/next_year.md`` says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.adapters.spreadsheets.template import write_template
from shishi.commands.main import main
from shishi.packs.loading import load_pack

PROGRAMMES = {"canteens": "老年食堂建设", "charging": "小区充电桩建设", "back_streets": "背街小巷整治"}
AT = "2022-03-31T12:00"
PACKS = Path(__file__).parents[2] / "packs"
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


UNIT = {
    "unit_number": "341802999001GB00012F00010003", "division": "341802001001", "building": "NBZ-341802-901-01",
    "room": "103", "owner_number": "199999198001010012", "household_number": "H-341802-90002", "stage": "listed",
    "blocked": False, "reason": "in_progress",
}  # fmt: skip
ISSUED = {
    "stage": "cert_issued", "first_registered_on": "2021-12-20", "made_on": "2022-02-10", "collected_on": "2022-02-11",
    "reason": None,
}  # fmt: skip
PROJECT = {
    "project_code": "NBZ-341802-901", "division": "341802", "name": "演示小区", "force": "land", "causes": ("planning",),
    "listed_on": "2020-10-20",
}  # fmt: skip
BUILDING = {
    "building_code": "NBZ-341802-901-01", "division": "341802001001", "project": "NBZ-341802-901", "name": "1号楼",
    "plan_version": 1, "plan": "补齐手续", "responsible": "演示单位", "due_on": "2022-12-31", "obstacles_removed": False,
}  # fmt: skip


@pytest.fixture
def hand_in(run: Run, tmp_path: Path) -> Callable[..., Any]:
    """Rows of a table of ``title_certificates``, as of a day."""

    def done(folder: Path, short: str, day: str, *rows: Mapping[str, object]) -> Any:
        whole = next(item for item in load_pack(folder).programmes if item.code == "title_certificates")
        table = whole.table(short)
        path = tmp_path / f"{short}-{day}.xlsx"
        write_template(table, path, rows=rows)  # type: ignore[arg-type]  # days as texts are cells too
        told = run("ledger", "import", table.name, path, "--as-of", day, "--at", f"{day}T12:00")
        return {name: told[name] for name in ("status", "posted", "revised", "withdrawn")}

    return done


def test_a_promise_that_goes_on_has_last_year_s_rows_their_history_and_their_figures(
    run: Run, hand_in: Callable[..., Any], tmp_path: Path
) -> None:
    older, newer = PACKS / "xuancheng" / "2021", tmp_path / "lists" / "xuancheng" / "2022"
    run("init", "--demonstration")
    run("pack", "install", older, "--at", "2021-01-04T09:00")
    for short, row in (("projects", PROJECT), ("buildings", BUILDING), ("units", UNIT)):
        hand_in(older, short, "2021-12-24", row)

    run(
        "pack",
        "new",
        newer,
        "--title",
        "宣城市2022年实事清单",
        "--from",
        older,
        "--only",
        "title_certificates",
        "--continue",
    )
    for path in newer.rglob("*.yaml"):
        path.write_text(path.read_text().replace("待填", "练习"))
    assert run("pack", "install", newer, "--at", "2022-01-04T09:00")["status"] == "installed"

    def figure(programme: str, indicator: str, day: str) -> dict[str, Any]:
        asked = run("indicators", programme, "--as-of", day, "--division", "341802", "--at", f"{day}T20:00")
        return next(item for item in asked if item["indicator"] == indicator)

    new, old = "xuancheng/2022/title_certificates", "xuancheng/2021/title_certificates"
    carried = figure(new, "units", "2022-01-10")
    assert (carried["value"], carried["carried_from"]) == ("1", "2021-12-24"), "carried, and said to be so"

    assert hand_in(newer, "units", "2022-02-14", UNIT | ISSUED) == {
        "status": "accepted", "posted": 0, "revised": 1, "withdrawn": 0,
    }  # fmt: skip
    assert figure(new, "issued_units", "2022-02-14")["value"] == "1"
    assert figure(new, "units", "2022-02-14")["value"] == "1"
    assert figure(new, "projects", "2022-02-14")["value"] == "1"
    assert figure(old, "issued_units", "2022-02-14")["value"] == "0", "last year's list ends with last year's rows"
    why = run("why", new, "issued_units", "--division", "341802", "--as-of", "2022-02-14", "--at", "2022-02-14T20:00")
    assert [row["key"] for row in why["rows"]] == ["341802999001GB00012F00010003"]
    assert len(run("ledger", "batches", f"{new}/units", "--at", "2022-02-15T09:00")) == 2

    path = tmp_path / "all.xlsx"
    at = ("--at", "2022-02-15T09:00")
    run("ledger", "export", f"{new}/units", "-o", path, "--as-of", "2022-01-10", "--reveal", "练习", *at)
    (kept,) = read_workbook(path, load_pack(newer).programmes[0].table("units")).rows
    assert kept.cells["owner_number"][1] == "199999198001010012", "what was sealed last year opens this year"
    held = ("--as-of", "2022-02-15", "--reason", "移出台账", "--at", "2022-02-15T10:00")
    for short, key in (
        ("units", "unit_number=341802999001GB00012F00010003"),
        ("buildings", "building_code=NBZ-341802-901-01"),
        ("projects", "project_code=NBZ-341802-901"),
    ):
        run("ledger", "withdraw", f"{new}/{short}", key, *held)  # last year's references hold nothing back
    assert figure(new, "projects", "2022-02-15")["value"] == "0"
    assert figure(old, "projects", "2022-02-15")["value"] == "1"
    assert run("audit", "verify")["status"] == "intact"


def test_what_cannot_go_on_is_refused_before_anything_is_installed(
    run: Run, hand_in: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older, newer = PACKS / "xuancheng" / "2021", tmp_path / "lists" / "xuancheng" / "2022"
    run("init", "--demonstration")
    run("pack", "new", newer, "--title", "练习", "--from", older, "--only", "title_certificates", "--continue")

    def refused(code: str) -> None:
        capsys.readouterr()
        assert main(["pack", "install", str(newer), "--at", "2022-01-05T09:00", "--json"]) == 1
        assert code in {issue["code"] for issue in json.loads(capsys.readouterr().out)["issues"]}

    refused("continued_table_missing")
    run("pack", "install", older, "--at", "2021-01-04T09:00")
    units = newer / "tables" / "title_certificates" / "units.yaml"
    whole = units.read_text()
    units.write_text(whole.replace("key: [unit_number]", "key: [unit_number, room]"))
    refused("table_change_orphans_rows")
    units.write_text(whole)
    buildings = newer / "tables" / "title_certificates" / "buildings.yaml"
    kept = buildings.read_text()
    buildings.write_text(re.sub("(?m)^continues: .*$", "", kept))
    refused("continued_reference_lost")
    (older_units,) = re.findall("(?m)^continues: .*$", whole)
    buildings.write_text(re.sub("(?m)^continues: .*$", older_units, kept))
    refused("continued_twice")
    buildings.write_text(kept)
    units.write_text(re.sub("(?m)^continues: .*$", "", whole))
    assert run("pack", "install", newer, "--at", "2022-01-05T09:00")["status"] == "installed"
    for short, row in (("projects", PROJECT), ("buildings", BUILDING), ("units", UNIT)):
        hand_in(newer, short, "2022-02-14", row)
    units.write_text(whole)
    assert (
        main(["pack", "install", str(newer), "--effective-on", "2022-03-01", "--at", "2022-03-01T09:00", "--json"]) == 1
    )
    assert "continues_too_late" in capsys.readouterr().out


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
