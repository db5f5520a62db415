"""The bench of the day works: a small country, its findings, notices and briefs; what is measured is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shishi.commands.benches.day import measured_day
from shishi.commands.benches.day_store import build_store


def test_a_small_day_is_run_whole_and_told_by_phases(
    db: None, own_folder: Path, code_list: Path, tmp_path: Path
) -> None:
    build_store(tmp_path, 240)
    document: Any = measured_day(240, cities=2, prepared=0.0).document
    [day] = document["measured"]
    assert day["rows"] == 240
    assert set(day["phases"]) == {"各级数字", "问题、提示单，至第一份简报", "其余简报"}
    assert document["briefs"] >= 1
    assert document["figures"]["country"] > 0
    assert document["figures"]["village"] > 0
    assert document["wanted_seconds"] == 120.0
