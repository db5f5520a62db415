"""The demonstration's work record: every programme of both lists has entries that a clerk could hand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.commands.demonstration.work_record import clerks_of, hand_ins_of, record_plan
from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.errors import Misuse
from shishi.core.evaluation import Moments
from shishi.core.programmes import Pack
from shishi.core.work_record import WORK_RECORD, sentence
from shishi.packs.loading import load_pack

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="module", params=["mohurd", "xuancheng"])
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(PACKS / request.param / "2021")


def test_every_programme_has_entries_and_somebody_who_hands_them_in(pack: Pack) -> None:
    plan = record_plan(PACKS, pack)
    assert plan is not None
    assert plan.entries.keys() == {item.code for item in pack.programmes}
    assert {clerk.username for clerk in clerks_of(plan, pack)} == {item.person for item in hand_ins_of(plan, pack)}
    handed = sum(len(item.rows) for item in hand_ins_of(plan, pack))
    assert handed == sum(map(len, plan.entries.values()))


def test_every_entry_passes_every_check_and_stands_as_a_sentence(pack: Pack) -> None:
    plan = record_plan(PACKS, pack)
    assert plan is not None
    for item in hand_ins_of(plan, pack):
        (table,) = (table for programme in pack.programmes for table in programme.tables if table.name == item.table)
        assert not check_sheet(table, [(row, Place(row=line)) for line, row in enumerate(item.rows, start=1)])
        for row in item.rows:
            assert not check_row(table, row, RowContext(Moments(item.day)))
            assert row["text"] == sentence(str(row["text"]))


def test_entries_of_a_programme_that_the_list_does_not_hold_are_refused(tmp_path: Path, pack: Pack) -> None:
    folder = tmp_path / pack.name / "demonstration"
    folder.mkdir(parents=True)
    text = (PACKS / pack.name / "demonstration" / f"{WORK_RECORD}.yaml").read_text(encoding="utf-8")
    (folder / f"{WORK_RECORD}.yaml").write_text(text.replace(pack.programmes[0].code, "moon"), encoding="utf-8")
    with pytest.raises(Misuse) as refused:
        record_plan(tmp_path, pack)
    assert refused.value.code == "demonstration_recipe_unfit"
