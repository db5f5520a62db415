"""The command line keeps its contract (DESIGN §6): documents on standard output, words on standard error, three exit
codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.template import write_template
from shishi.commands.main import VERBS, main
from shishi.packs.loading import load_pack

PACK = Path(__file__).parents[1] / "little_pack"
AT = "2021-09-30T12:00"
HOMES = load_pack(PACK).programmes[0].table("homes")
ROWS = [
    {"number": f"H-{n}", "county": "341802", "stage": "registered", "citizen": "11010519491231002X"} for n in range(3)
]
Shell = Callable[..., tuple[int, str, str]]

DESIGNED = (
    *("init", "body add", "body list", "user add", "user list", "post add", "post list", "pack check", "pack install"),
    *("programme list", "table show", "ledger template", "ledger import", "ledger export", "indicators", "why", "day"),
    *("brief", "notice list", "notice issue", "notice acknowledge", "notice reply", "notice close", "audit verify"),
    *("backup", "restore", "serve", "demo", "bench"),
)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run one command in this process: exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def ready(db: None, own_folder: Path, shell: Shell, tmp_path: Path) -> Path:
    """A demonstration store with the little pack and three rows; the workbook is kept."""
    assert shell("init", "--demonstration")[0] == 0
    assert shell("pack", "install", str(PACK), "--at", "2021-09-01T09:00")[0] == 0
    path = tmp_path / "homes.xlsx"
    write_template(HOMES, path, rows=ROWS)
    assert shell("ledger", "import", "homes", str(path), "--as-of", "2021-09-30", "--at", AT)[0] == 0
    return tmp_path


@pytest.mark.parametrize("command", DESIGNED)
def test_every_designed_command_has_help(shell: Shell, command: str) -> None:
    code, out, _ = shell(*command.split(), "--help")
    assert code == 0
    assert out.startswith("usage: shishi ")


def test_without_a_verb_all_verbs_are_listed_and_an_unknown_one_is_wrong_use(shell: Shell) -> None:
    code, out, err = shell()
    assert (code, err) == (0, "")
    assert all(verb in out for verb in VERBS)
    code, out, err = shell("frobnicate")
    assert (code, out) == (2, "")
    assert "frobnicate" in err


READS = {
    "programme list": list,
    "table show homes": dict,
    "table schema homes": dict,
    "user list": list,
    "body list": list,
    "post list": list,
    "ledger batches homes": list,
    "indicators homes --as-of 2021-09-30": list,
    "indicators homes --as-of 2021-09-30 --level county": list,
    "why homes homes --division 341802 --as-of 2021-09-30": dict,
    "notice list": list,
    "audit verify": dict,
    "audit list": list,
    "division find 宣州区": dict,
    "inbox": list,
}


def test_json_is_one_document_and_nothing_else(ready: Path, shell: Shell) -> None:
    for line, kind in READS.items():
        code, out, err = shell(*line.split(), "--json", "--at", AT)
        assert (code, err) == (0, ""), line
        assert isinstance(json.loads(out), kind), line
        code, _, err = shell(*line.split(), "--at", AT)
        assert (code, err) == (0, ""), line


def test_documents_have_the_designed_shape(ready: Path, shell: Shell) -> None:
    def asked(line: str) -> Any:
        return json.loads(shell(*line.split(), "--json", "--at", AT)[1])

    (programme,) = asked("programme list")
    assert set(programme) == {"pack", "code", "title", "tables", "indicators"}
    assert programme["indicators"][0] == {"code": "homes", "title": "房屋套数", "unit": "套"}
    table = asked("table show homes")
    assert {"table", "title", "key", "division_field", "fields", "checks"} <= set(table)
    assert {"name", "title", "type", "required", "values", "minimum", "maximum", "sensitive"} <= set(table["fields"][0])
    figure = asked("indicators homes --as-of 2021-09-30 --indicator issued")[0]
    assert set(figure) == {
        *("indicator", "division", "name", "value", "unit", "numerator", "denominator", "target", "expected"),
        *("behind_points", "behind_days", "assurance", "carried_from", "reporting", "versions"),
    }
    assert (figure["division"], figure["value"], figure["target"]) == ("341800", "0", "8")


Wrong = tuple[str, int, str]
WRONG: Mapping[str, Wrong] = {
    "unknown person who reads": ("indicators homes --as-of 2021-09-30 --as nobody", 2, "unknown_person"),
    "unknown person who writes": ("ledger import homes {file} --as-of 2021-09-30 --by nobody", 2, "unknown_person"),
    "unknown table": ("ledger import trees {file} --as-of 2021-09-30", 2, "unknown_table"),
    "unknown programme": ("indicators trees --as-of 2021-09-30", 2, "unknown_programme"),
    "unknown indicator": ("why homes trees --division 341802 --as-of 2021-09-30", 2, "unknown_indicator"),
    "unknown division": ("indicators homes --as-of 2021-09-30 --division 999999", 2, "division_unknown"),
    "ambiguous division": ("division find 鼓楼区", 2, "division_ambiguous"),
    "unknown batch": ("ledger undo none --reason x", 2, "unknown_batch"),
    "unknown row": ("ledger withdraw homes number=H-9 --as-of 2021-09-30 --reason x", 2, "unknown_row"),
    "unknown role": ("post add operator office king --division 341800", 2, "unknown_role"),
    "unknown engine": ("indicators homes --as-of 2021-09-30 --engine abacus", 2, ""),
    "day that is none": ("indicators homes --as-of 2021-09-31", 2, ""),
    "day to come": ("ledger import homes {file} --as-of 2021-10-01", 2, "as_of_in_future"),
    "moment to come": (
        "indicators homes --as-of 2021-09-30 --known-at 2021-10-01T00:00",
        2,
        "known_at_in_future",
    ),
    "missing argument": ("ledger import homes", 2, ""),
    "missing file": ("ledger import homes nowhere.xlsx --as-of 2021-09-30", 2, "file_missing"),
    "file that is no workbook": ("ledger import homes {pack} --as-of 2021-09-30", 1, "header_not_found"),
    "pack that is none": ("pack check {folder}", 1, "pack_refused"),
    "folder that is not there": ("ledger export homes -o nowhere/x.xlsx", 2, ""),
}


def test_what_is_wrong_is_told_with_a_code_and_the_way_out_and_nothing_is_written(ready: Path, shell: Shell) -> None:
    names = {"file": str(ready / "homes.xlsx"), "pack": str(PACK / "pack.yaml"), "folder": str(ready)}
    before = shell("audit", "list", "--json", "--at", AT)[1]
    for case, (line, exit_code, code) in WRONG.items():
        got, out, err = shell(*line.format_map(names).split(), "--json", "--at", AT)
        assert got == exit_code, case
        document = json.loads(out)
        assert document["issues"], case
        assert all(issue["code"] and issue["message"] for issue in document["issues"]), case
        assert code in ("", document["code"], document["issues"][0]["code"]), case
        assert err.strip() or exit_code == 1, case
    assert shell("audit", "list", "--json", "--at", AT)[1] == before


def test_a_short_name_works_while_it_is_unique_then_the_candidates_are_listed(
    ready: Path, shell: Shell, tmp_path: Path
) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(PACK, twin)
    text = (twin / "pack.yaml").read_text()
    (twin / "pack.yaml").write_text(text.replace("jurisdiction: somewhere", "jurisdiction: elsewhere"))
    assert shell("pack", "install", str(twin), "--at", AT)[0] == 0
    code, out, _ = shell("table", "show", "homes", "--json")
    document = json.loads(out)
    assert (code, document["code"]) == (2, "name_ambiguous")
    assert all(f"{name}/2021/homes/homes" in document["message"] for name in ("somewhere", "elsewhere"))
    assert shell("table", "show", "somewhere/2021/homes/homes")[0] == 0


def test_only_a_demonstration_store_lets_itself_be_told_the_time(db: None, own_folder: Path, shell: Shell) -> None:
    assert shell("init")[0] == 0
    code, out, _ = shell("audit", "verify", "--json", "--at", AT)
    assert (code, json.loads(out)["code"]) == (2, "at_not_allowed")
    code, out, _ = shell("init", "--demonstration", "--json")
    assert (code, json.loads(out)["code"]) == (2, "store_is_real")


def test_init_is_safe_to_repeat(db: None, own_folder: Path, shell: Shell) -> None:
    first = json.loads(shell("init", "--json")[1])
    events = json.loads(shell("audit", "list", "--json")[1])
    assert json.loads(shell("init", "--json")[1]) == first
    assert json.loads(shell("audit", "list", "--json")[1]) == events
    assert "user.add" in [event["action"] for event in events]


def test_without_a_store_every_command_says_what_to_do(db: None, own_folder: Path, shell: Shell) -> None:
    code, out, err = shell("programme", "list", "--json")
    assert (code, json.loads(out)["code"]) == (2, "store_missing")
    assert "shishi init" in err
