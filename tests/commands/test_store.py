"""The data folder and its copies."""

from __future__ import annotations

from tests.commands.conftest import Shell


def test_only_the_account_that_runs_shishi_may_look_into_a_backup(shell: Shell) -> None:
    folder = shell.folder / "backup"
    shell.done("backup", folder)
    assert folder.stat().st_mode & 0o077 == 0
