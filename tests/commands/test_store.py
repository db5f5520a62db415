"""The data folder and its copies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.apps.town import CITIZEN
from tests.commands.conftest import AS_OF, Shell
from tests.machine import SERVER, Machine


def figures(machine: Machine) -> Any:
    return machine.shishi("indicators", "homes", *AS_OF)


def test_only_the_account_that_runs_shishi_may_look_into_a_backup(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store of a test lies in a transaction and cannot be copied.
    monkeypatch.setattr("shishi.commands.store._copy_store", lambda target: None)
    folder = shell.folder / "backup"
    shell.done("backup", folder)
    assert folder.stat().st_mode & 0o077 == 0


def test_a_backup_survives_the_loss_of_everything_but_the_keys(
    filled: Machine, importing: tuple[str, ...], tmp_path: Path
) -> None:
    backup, safe, machine = tmp_path / "backup", tmp_path / "safe", filled
    before = figures(machine)
    told = machine.shishi("backup", str(backup))
    assert told["files"] == len(json.loads((backup / "manifest.json").read_text()))
    assert not (backup / "keys").exists()
    shutil.copytree(machine.data / "keys", safe)

    machine.lose_store()
    shutil.rmtree(machine.data / "files")
    shutil.rmtree(machine.data / "keys")
    assert machine.shishi("restore", str(backup), exit_code=1)["code"] == "keys_missing"
    restored = machine.shishi("restore", str(backup), "--keys", str(safe))
    assert restored["files"] == 1
    assert machine.shishi("audit", "verify")["status"] == "intact"
    assert figures(machine) == before
    assert machine.shishi(*importing)["status"] == "unchanged"
    machine.shishi("ledger", "export", "homes", "-o", str(tmp_path / "out.xlsx"), "--reveal", "核对")
    assert machine.shishi("restore", str(backup), exit_code=2)["code"] == "store_exists"

    (machine.data / "keys" / "ring.json").unlink()
    lost = machine.shishi("ledger", "export", "homes", "-o", str(tmp_path / "out.xlsx"), exit_code=1)
    assert lost["code"] == "keys_missing"


def test_a_damaged_backup_or_foreign_keys_are_refused_and_leave_no_store(
    filled: Machine, another_fresh: Machine, tmp_path: Path
) -> None:
    backup, foreign, other = tmp_path / "backup", tmp_path / "foreign", another_fresh
    filled.shishi("backup", str(backup))
    shutil.copytree(other.data / "keys", foreign)
    other.lose_store()
    shutil.rmtree(other.data)
    assert other.shishi("restore", str(backup), "--keys", str(foreign), exit_code=1)["code"] == "cannot_decrypt"
    assert other.shishi("programme", "list", exit_code=2)["code"] == "store_missing"
    shutil.rmtree(other.data / "keys")
    keys = ("--keys", str(filled.data / "keys"))
    assert other.shishi("restore", str(backup), *keys)["files"] == 1

    with (backup / ("store.dump" if SERVER else "store.sqlite3")).open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    (other.data / "store.json").unlink()
    assert other.shishi("restore", str(backup), *keys, exit_code=1)["code"] == "backup_damaged"


def test_what_is_sensitive_is_nowhere_in_a_backup(filled: Machine, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    filled.shishi("backup", str(backup))
    kept = {path.name: path.read_bytes() for path in backup.rglob("*") if path.is_file()}
    if SERVER:
        # The dump is compressed; this is what it says.
        told = subprocess.run(["pg_restore", "--file=-", backup / "store.dump"], capture_output=True, check=True)
        kept["store.dump"] = told.stdout
        assert b"H-0" in told.stdout
    for name, content in kept.items():
        assert CITIZEN.encode() not in content, name


def test_a_store_is_not_looked_for_where_it_does_not_lie(fresh: Machine) -> None:
    """Whoever forgets DATABASE_URL must not be answered by an empty store, nor the other way round."""
    facts = json.loads((fresh.data / "store.json").read_text())
    assert facts["database"] == ("postgresql" if SERVER else "sqlite")
    facts["database"] = "sqlite" if SERVER else "postgresql"
    (fresh.data / "store.json").write_text(json.dumps(facts))
    for command in (("programme", "list"), ("init",)):
        assert fresh.shishi(*command, exit_code=2)["code"] == "store_elsewhere"


def test_a_backup_of_the_other_kind_of_store_is_refused(filled: Machine, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    filled.shishi("backup", str(backup))
    names, code = ("store.sqlite3", "store.dump"), "backup_of_postgres"
    if SERVER:
        names, code = ("store.dump", "store.sqlite3"), "backup_of_sqlite"
    (backup / names[0]).rename(backup / names[1])
    listed = (backup / "manifest.json").read_text().replace(*names)
    (backup / "manifest.json").write_text(listed)
    filled.lose_store()
    assert filled.shishi("restore", str(backup), exit_code=2)["code"] == code


MEANWHILE = """
import subprocess, sys
import django
django.setup()
from shishi.apps.audit import selectors

read, written = selectors.recorded, []

def recorded(kind):
    found = read(kind)
    if kind == "post":
        words = ["post", "add", "operator", "office", "clerk", "--division", "341802"]
        subprocess.run([sys.executable, "-m", "shishi.commands.main", *words], check=True, stdout=subprocess.DEVNULL)
        written.append(kind)
    return found

selectors.recorded = recorded
first, second = selectors.verify(), None
selectors.recorded = read
second = selectors.verify()
print(written, first.broken, second.broken, second.events - first.events)
"""


def test_what_is_written_while_the_trail_is_verified_is_not_taken_for_tampering(fresh: Machine) -> None:
    """A post is written after the events were read and before the posts are."""
    environment = {**fresh.environment, "DJANGO_SETTINGS_MODULE": "shishi.conf.settings"}
    done = subprocess.run([sys.executable, "-c", MEANWHILE], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "['post'] None None 1", done.stderr
