"""What was understood is shown before anything is written; what a person corrected once is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.reading import Workbook
from shishi.apps.audit.models import AuditEvent
from tests.apps.town import everything
from tests.commands.conftest import Shell

SHEET = """2021年房屋情况
单位：万平方米
房号,所在区划,阶段,面积
H-1,341802,已登记,0.009
H-2,341802,已登记,0.01
合计,,,0.019
填表人：张三
"""
WHEN = ("--as-of", "2021-09-30", "--at", "2021-10-08T09:00")


@pytest.fixture
def sheet(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A text table from a clerk who calls the number of a home 房号; read by the real reader."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", Workbook)
    path = tmp_path / "房屋.csv"
    path.write_bytes(SHEET.encode("gb18030"))
    return path


def understood(document: dict[str, Any]) -> dict[str, Any]:
    (read,) = document["understood"]["sheets"]
    return read


def test_a_dry_run_shows_what_was_understood_and_writes_nothing(shell: Shell, sheet: Path) -> None:
    before = everything()
    told = shell.done("ledger", "import", "homes", sheet, "--dry-run", "--map", "房号=房屋编号", *WHEN)
    assert everything() == before
    assert (told["understood"]["kind"], told["understood"]["encoding"]) == ("csv", "GB18030")
    read = understood(told)
    assert read["header_rows"] == [3, 3]
    assert [(item["header"], item["field"], item["how"], item["factor"]) for item in read["fields"]] == [
        ("房号", "number", "corrected", "1"),
        ("所在区划", "county", "synonym", "1"),
        ("阶段", "stage", "title", "1"),
        ("面积", "area", "title", "10000"),
    ]
    assert [(item["what"], item["row"]) for item in read["skipped"]] == [
        ("title", 1),
        ("title", 2),
        ("total", 6),
        ("note", 7),
    ]
    assert any("乘以 10000" in note for note in told["notes"])


def test_a_header_that_nobody_knows_names_the_way_to_say_it(shell: Shell, sheet: Path) -> None:
    ended, told = shell.run("ledger", "import", "homes", sheet, *WHEN)
    assert (ended, told["code"]) == (1, "column_missing")
    assert [item["field"] for item in understood(told)["fields"]] == ["county", "stage", "area"]
    assert "--map 房号=房屋编号" in told["message"]


def test_what_was_said_once_is_remembered_told_and_forgotten(shell: Shell, sheet: Path) -> None:
    assert shell.done("ledger", "import", "homes", sheet, "--map", " 房 号 =number", *WHEN)["posted"] == 2
    (event,) = AuditEvent.objects.filter(action="mapping_remembered")
    assert event.detail["field"] == "number"
    again = shell.done("ledger", "import", "homes", sheet, *WHEN)
    assert again["status"] == "unchanged"
    assert any("按您以前指定的读取" in note for note in again["notes"])
    (held,) = shell.done("ledger", "mappings", "homes")
    assert held["field"] == "number"
    assert shell.done("ledger", "mappings", "homes", "--forget", "房号", *WHEN[2:])["field"] == "number"
    assert shell.done("ledger", "mappings", "homes") == []
    assert shell.run("ledger", "import", "homes", sheet, *WHEN)[0] == 1
    assert AuditEvent.objects.filter(action="mapping_forgotten").count() == 1


def test_a_mapping_is_remembered_for_its_sender_alone(shell: Shell, sheet: Path) -> None:
    shell.done("ledger", "import", "homes", sheet, "--map", "房号=房屋编号", "--by", "clerk_xuanzhou", *WHEN)
    assert shell.done("ledger", "mappings", "homes") == []
    assert len(shell.done("ledger", "mappings", "homes", "--by", "clerk_xuanzhou")) == 1


def test_a_refused_workbook_still_shows_what_was_understood_and_remembers_nothing(shell: Shell, sheet: Path) -> None:
    sheet.write_bytes(SHEET.replace("0.019", "0.02").encode("gb18030"))
    before = everything()
    ended, told = shell.run("ledger", "import", "homes", sheet, "--map", "房号=房屋编号", *WHEN)
    assert ended == 1
    assert [(item["row"], item["column"], item["code"]) for item in told["issues"]] == [(6, "D", "total_differs")]
    assert "200平方米" in told["issues"][0]["message"]
    assert "190平方米" in told["issues"][0]["message"]
    assert understood(told)["rows"] == 2
    assert everything() == before


@pytest.mark.parametrize(("said", "code"), [("房号", "mapping_malformed"), ("房号=没有的栏目", "field_unknown")])
def test_a_mapping_that_makes_no_sense_is_wrong_use(shell: Shell, sheet: Path, said: str, code: str) -> None:
    assert shell.refused("ledger", "import", "homes", sheet, "--map", said, *WHEN) == code
    assert shell.refused("ledger", "mappings", "homes", "--forget", "房号") == "mapping_unknown"
