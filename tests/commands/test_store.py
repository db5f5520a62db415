"""The data folder and its copies."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Shell


def test_only_the_account_that_runs_shishi_may_look_into_a_backup(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store of a test lies in a transaction and cannot be copied.
    monkeypatch.setattr("shishi.commands.store._copy_store", lambda target: None)
    folder = shell.folder / "backup"
    shell.done("backup", folder)
    assert folder.stat().st_mode & 0o077 == 0
