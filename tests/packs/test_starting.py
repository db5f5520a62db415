"""Next year's list: started from nothing or from last year's, in YAML only."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.core.errors import Misuse
from shishi.core.work_record import WORK_RECORD
from shishi.packs.examples import check_examples
from shishi.packs.loading import load_pack
from shishi.packs.starting import PENDING, NewPack, placeholders, start_pack

PACKS = Path(__file__).parents[2] / "packs"
OLDER = PACKS / "xuancheng" / "2021"
THREE = {"back_streets": "背街小巷整治", "canteens": "老年食堂建设", "charging": "小区充电桩建设"}


def new(**other: object) -> NewPack:
    told = {"jurisdiction": "xuancheng", "year": 2022, "title": "宣城市2022年清单", "division": "341800"}
    return NewPack(**(told | {"programmes": THREE} | other))  # type: ignore[arg-type]  # changed by tests


def test_a_list_of_three_new_promises_is_a_sound_pack_that_says_what_is_to_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "xuancheng" / "2022"
    files = start_pack(folder, new())
    pack = load_pack(folder)
    check_examples(pack)
    assert [item.code for item in pack.programmes] == sorted(THREE)
    told = placeholders(folder)
    assert {Path(name).name for name, _ in told} == {"pack.yaml", "back_streets.yaml", "canteens.yaml", "charging.yaml"}
    assert all(PENDING in Path(name).read_text().splitlines()[line - 1] for name, line in told)
    assert len(files) == 10


def test_a_programme_is_carried_over_without_what_belongs_to_its_year(tmp_path: Path) -> None:
    folder = tmp_path / "xuancheng" / "2022"
    start_pack(folder, new(programmes={}, carried=["title_certificates"], continues=True), OLDER)
    pack = load_pack(folder)
    check_examples(pack)
    [programme] = pack.programmes
    assert (programme.targets, programme.trajectories) == ((), ())
    assert {item.since.year for item in programme.indicators if item.since} == {2022}
    own = [table for table in programme.tables if table.short != WORK_RECORD and not table.by_service]
    assert {table.continues for table in own} == {f"xuancheng/2021/title_certificates/{table.short}" for table in own}
    assert {item.programme for item in pack.responsibilities} == {programme.code}
    assert "# 难办证治理" in (folder / "programmes" / "title_certificates.yaml").read_text()


def test_tables_start_empty_unless_they_are_said_to_go_on(tmp_path: Path) -> None:
    start_pack(tmp_path / "2022", new(programmes={}, carried=["resettlement_homes"]), OLDER)
    assert not any(table.continues for item in load_pack(tmp_path / "2022").programmes for table in item.tables)


@pytest.mark.parametrize(("change", "code"), [
    ({"programmes": {}}, "pack_programme_missing"),
    ({"carried": ["moon"]}, "pack_programme_unknown"),
])  # fmt: skip
def test_what_cannot_be_started_is_refused_and_nothing_is_written(
    change: dict[str, object], code: str, tmp_path: Path
) -> None:
    with pytest.raises(Misuse) as refused:
        start_pack(tmp_path / "2022", new(**change), OLDER)
    assert refused.value.code == code
    assert not (tmp_path / "2022").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("我的")
    with pytest.raises(Misuse, match="已经有内容"):
        start_pack(tmp_path, new())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
