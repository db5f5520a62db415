"""Every programme has the work record without writing it; a word in its file leaves it out or adds columns."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from shishi.core.checking import Place, RowContext, check_row
from shishi.core.errors import Refused
from shishi.core.evaluation import Moments
from shishi.core.tables import Table, Values
from shishi.core.work_record import WORK_RECORD, WorkKind
from shishi.packs.loading import load_pack

LITTLE = Path(__file__).parents[1] / "little_pack"
DAY = date(2021, 9, 30)
ENTRY: Values = {
    "held_on": date(2021, 9, 10),
    "kind": "field_visit",
    "subject": "赴两地调研",
    "body": "市办证办公室",
    "division": "341800",
    "text": "赴两地调研，现场研究解决问题。",
    "publish": True,
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LITTLE, tmp_path / "pack"))


def say(pack: Path, words: str) -> None:
    with (pack / "programmes/homes.yaml").open("a", encoding="utf-8") as file:
        file.write(words)


def record(pack: Path) -> Table:
    return load_pack(pack).programmes[0].table(WORK_RECORD)


def test_every_programme_of_the_shipped_packs_has_the_same_record() -> None:
    folders = sorted((LITTLE.parents[1] / "packs").glob("*/2021"))
    tables = [item.table(WORK_RECORD) for folder in folders for item in load_pack(folder).programmes]
    assert len(tables) >= 12
    given = min((table.fields for table in tables), key=len)
    assert {table.fields[: len(given)] for table in tables} == {given}, "a programme may add columns, after these"
    assert [choice.value for choice in tables[0].by_name["kind"].values] == list(WorkKind)
    assert [choice.title for choice in tables[0].by_name["kind"].values] == [kind.label for kind in WorkKind]


def test_a_programme_can_do_without(pack: Path) -> None:
    say(pack, "work_record: {kept: false}\n")
    assert [table.short for table in load_pack(pack).programmes[0].tables] == ["homes"]


def test_a_programme_can_add_columns_and_count_them(pack: Path) -> None:
    say(pack, "work_record: {fields: {issue: {title: 期号, type: integer}}}\n")
    indicator = (
        "  bulletins: {title: 编印工作动态, measure: count, table: work_record, unit: 期, "
        "where: {field: issue, more_than: 0}}\n"
    )
    text = (pack / "programmes/homes.yaml").read_text(encoding="utf-8")
    (pack / "programmes/homes.yaml").write_text(text.replace("targets:\n", indicator + "targets:\n"), encoding="utf-8")
    assert [item.name for item in record(pack).fields][-1] == "issue"
    assert load_pack(pack).programmes[0].indicator("bulletins").table == record(pack).name


@pytest.mark.parametrize("words", ["work_record: {fields: {text: {title: 内容, type: text}}}\n", None])
def test_what_the_platform_gives_is_not_written_again(pack: Path, words: str | None) -> None:
    if words:
        say(pack, words)
    else:
        shutil.copy(pack / "tables/homes/homes.yaml", pack / "tables/homes/work_record.yaml")
    with pytest.raises(Refused) as refused:
        load_pack(pack)
    assert {issue.code for issue in refused.value.issues} == {"pack_duplicate_code"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"until": date(2021, 9, 9)}, "until_before_start"),
        ({"held_on": date(2021, 10, 1)}, "held_in_future"),
        ({"number": 2}, "number_without_unit"),
        ({"number": 2, "unit": "个城市", "until": date(2021, 9, 12)}, ""),
        ({"publish": None}, "required"),
    ],
)
def test_entries_are_checked(pack: Path, change: Values, code: str) -> None:
    row = {**ENTRY, **change}
    context = RowContext(Moments(DAY), Place(""))
    found = {issue.code for issue in check_row(record(pack), row, context)}
    assert found == ({code} if code else set())
