"""What a pack may let out: every name is looked up, and nothing that tells who somebody is passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shishi.core.errors import Refused
from shishi.core.publishing import Publishing
from shishi.core.ratings import AVERAGE, COUNT, SUM, TABLE
from shishi.packs.loading import load_pack

LITTLE = Path(__file__).parents[1] / "little_pack"


def loaded(folder: Path, part: str) -> Publishing | None:
    """What the little pack lets out with this part of its programme."""
    shutil.copytree(LITTLE, folder, dirs_exist_ok=True)
    file = folder / "programmes" / "homes.yaml"
    file.write_text((LITTLE / "programmes" / "homes.yaml").read_text() + part)
    return load_pack(folder).programmes[0].publishing


def test_without_the_part_nothing_is_public(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") is None


def test_what_is_named_is_public_and_ratings_bring_their_table(tmp_path: Path) -> None:
    found = loaded(tmp_path, "publishing: {indicators: [issued], brief: daily, rows: {homes: [stage]}, ratings: true}")
    assert found == Publishing(("issued",), brief="daily", rows={"homes": ("stage",)}, ratings=True)
    [programme] = load_pack(tmp_path).programmes
    assert programme.table(TABLE).by_service
    average = programme.indicator(AVERAGE)
    assert (average.unit, average.numerator, average.denominator) == ("分", SUM, COUNT)
    assert programme.indicator(COUNT).table == programme.table(TABLE).name
    assert programme.table(TABLE).by_name["comment"].sensitive


def test_what_the_platform_gives_cannot_be_written_beside_it(tmp_path: Path) -> None:
    own = "publishing: {indicators: [issued], ratings: true}"
    assert loaded(tmp_path / "good", own)
    file = tmp_path / "good" / "tables" / "homes" / f"{TABLE}.yaml"
    file.write_text((LITTLE / "tables" / "homes" / "homes.yaml").read_text())
    with pytest.raises(Refused) as refused:
        load_pack(tmp_path / "good")
    assert "pack_duplicate_code" in {issue.code for issue in refused.value.issues}


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("{indicators: [happiness]}", "pack_unknown_reference"),
        ("{indicators: [issued], brief: weekly}", "pack_unknown_reference"),
        ("{indicators: [issued], rows: {nowhere: [stage]}}", "pack_unknown_reference"),
        ("{indicators: [issued], rows: {homes: [colour]}}", "pack_unknown_reference"),
        ("{indicators: [issued], rows: {homes: [owner]}}", "pack_unpublishable_field"),
        ("{indicators: [issued], rows: {homes: [citizen]}}", "pack_unpublishable_field"),
        ("{indicators: [issued], down_to: village}", "pack_wrong_type"),
        ("{indicators: [issued], small_numbers: {minimum: 5, indicators: [rate]}}", "pack_unknown_reference"),
        (
            "{indicators: [issued], brief: daily, small_numbers: {minimum: 5, indicators: [issued]}}",
            "pack_small_numbers_told",
        ),
    ],
)
def test_what_must_not_or_cannot_be_public_is_a_fault_with_its_line(tmp_path: Path, part: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        loaded(tmp_path, f"publishing: {part}")
    assert code in {issue.code for issue in refused.value.issues}
    assert all(issue.line for issue in refused.value.issues)
