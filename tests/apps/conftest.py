"""A town for the tests that ask for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps.town import Town, read_rows


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A store with divisions, a pack and people; workbooks are told as rows."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    return Town(own_folder, code_list)


@pytest.fixture
def office(db: None, own_folder: Path, code_list: Path) -> Town:
    """The same store with the real reader of workbooks."""
    return Town(own_folder, code_list)
