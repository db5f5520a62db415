"""The work record on the command line, and the whole list's brief on the last day of a month."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shishi.core.work_record import WORK_RECORD
from shishi.packs.loading import load_pack
from tests.apps.town import PROGRAMME, Town, home, pack_of
from tests.commands.conftest import Shell

RECORD = load_pack(Path(__file__).parents[1] / "little_pack").programmes[0].table(WORK_RECORD)


@pytest.fixture
def shell(labelled: Path, code_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in a town whose programme keeps a work record, with three entries."""
    town = Town(labelled, code_list, pack_of(replace(PROGRAMME, tables=(*PROGRAMME.tables, RECORD))))
    town.hand_in(home("H-1", "issued"), home("H-2"))
    kept = {"body": "市办公室", "division": "341800", "publish": "是"}
    town.hand_in(
        {**kept, "held_on": "2021-09-02", "kind": "measure", "subject": "清单", "text": "列出清单。"},
        {**kept, "held_on": "2021-09-12", "kind": "meeting", "subject": "会", "text": "开会调度。", "publish": "否"},
        {**kept, "held_on": "2021-09-20", "kind": "publicity", "subject": "报", "text": "登报。", "division": "341821"},
        table=WORK_RECORD,
    )
    return Shell(town, tmp_path, capsys)


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ((), ["列出清单。", "开会调度。", "登报。"]),
        (("--kind", "meeting", "--kind", "publicity"), ["开会调度。", "登报。"]),
        (("--from", "2021-09-03", "--to", "2021-09-15"), ["开会调度。"]),
        (("--division", "341821"), ["登报。"]),
        (("--limit", "1", "--offset", "1"), ["开会调度。"]),
    ],
)
def test_entries_are_listed_by_what_is_asked(shell: Shell, asked: tuple[str, ...], texts: list[str]) -> None:
    told = shell.done("record", "homes", "--as-of", "2021-09-30", *asked)
    assert [item["text"] for item in told] == texts


def test_a_programme_that_keeps_none_says_so(shell: Shell) -> None:
    from shishi.apps.programmes.services import install_pack

    bare = pack_of()
    at = shell.town.tick()
    given = {"effective_on": at.date(), "holds_rows": lambda name: False}
    install_pack(bare, **given, by=shell.town.operator, at=at)
    assert shell.refused("record", "homes") == "no_work_record"


def test_the_day_writes_the_lists_brief_on_the_last_of_a_month_alone(shell: Shell) -> None:
    at = "2021-09-30T20:00:00+08:00"
    before = shell.done("day", "2021-09-29", "--at", at)
    last = shell.done("day", "2021-09-30", "--at", at, "-o", shell.folder)
    assert [item.get("pack") for item in before] == [None]
    assert [item.get("pack") for item in last] == [None, "somewhere/2021"]
    assert (last[1]["written"], last[1]["errata"], len(last[1]["files"])) == (1, [], 3)
    again = shell.done(
        "brief", "somewhere", "--kind", "monthly", "--as-of", "2021-09-30", "--at", at, "-o", shell.folder
    )
    assert (again["written"], again["entries"], again["files"]) == (False, 2, last[1]["files"])
    path = next(name for name in again["files"] if name.endswith(".json"))
    checked = shell.done("brief", "check", path, "--at", at)
    assert (checked["issues"], checked["changed"], checked["citations"]) == ([], [], again["citations"] + 2)


@pytest.mark.parametrize(
    ("asked", "code"),
    [((), "unknown_brief_kind"), (("--kind", "monthly", "--division", "341802"), "list_brief_of_a_part")],
)
def test_a_lists_brief_is_monthly_and_of_the_whole(shell: Shell, asked: tuple[str, ...], code: str) -> None:
    assert shell.refused("brief", "somewhere/2021", "--as-of", "2021-09-30", *asked) == code
