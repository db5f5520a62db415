"""``bench import`` measures right answers only, and says what it could not measure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shishi.commands.benches import importing
from shishi.commands.benches.competing import Measured
from shishi.core.errors import Refused


def test_a_tiny_import_is_measured_from_a_file_to_the_ratios(
    tmp_path: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHISHI_DIVISIONS", str(code_list))
    monkeypatch.setattr(importing, "TIMES", 1)
    told = json.loads(json.dumps(importing._measured(tmp_path, rows=200, sample=20).document))
    measured = {item["name"]: item for item in told["measured"]}
    assert {importing.OURS, importing.FIRST, importing.BARE} <= measured.keys()
    assert measured.keys() | {item["name"] for item in told["absent"]} >= {importing.PANDAS, importing.ADMIN}
    assert all(item["seconds"] > 0 and item["rows"] for item in measured.values())
    assert told["peak"]["mib"] > 20
    assert [item["wanted"] for item in told["ratios"]] == ["≤ 6", "≥ 3", "≥ 20"]
    assert told["ratios"][0]["ratio"] is not None


def test_a_wrong_answer_has_no_speed() -> None:
    wrong = {"status": "accepted", "rows": 200, "posted": 1, "revised": 19, "withdrawn": 0}
    measured = {importing.OURS: Measured(importing.OURS, 1.0, 200, answer=wrong)}
    with pytest.raises(Refused) as refused:
        importing._hold_right(measured, 200)
    assert refused.value.code == "bench_disagrees"
