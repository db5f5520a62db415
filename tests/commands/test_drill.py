"""A drill proves that a backup could be brought back, and says aloud when it could not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.machine import POSTGRES_ALONE, SERVER, Machine, server


def sign(machine: Machine, code: str, exit_code: int) -> dict[str, Any]:
    """One sign of the store's health."""
    found = machine.shishi("health", exit_code=exit_code)
    return next(item for item in found if item["code"] == code)


def tamper(machine: Machine) -> None:
    """Somebody changes a pack past the program, and past what refuses it."""
    with machine.opened() as store:
        row, document = store.execute("SELECT id, document FROM programmes_packrevision").fetchone()
        told = document if isinstance(document, dict) else json.loads(document)
        changed = json.dumps(told | {"title": "另一份清单"})
        if SERVER:
            store.execute("ALTER TABLE programmes_packrevision DISABLE TRIGGER ALL")
            store.execute("UPDATE programmes_packrevision SET document = %s WHERE id = %s", (changed, row))
        else:
            about = "FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'programmes_packrevision'"
            triggers = store.execute(f"SELECT name {about}").fetchall()
            assert triggers
            for (name,) in triggers:
                store.execute(f"DROP TRIGGER {name}")
            store.execute("UPDATE programmes_packrevision SET document = ? WHERE id = ?", (changed, row))
        store.commit()


def left_behind() -> list[str]:
    """The databases of drills on the server."""
    if not SERVER:
        return []
    with server() as asked:
        found = asked.execute("SELECT datname FROM pg_database WHERE datname LIKE 'shishi_drill_%'").fetchall()
    return [name for (name,) in found]


def test_a_drill_is_good_until_the_backup_can_no_longer_be_brought_back(filled: Machine) -> None:
    machine = filled
    assert not sign(machine, "drill", 1)["well"]
    told = machine.shishi("drill")
    assert Path(told["folder"]).is_dir()
    assert told["events"] > 0
    assert sign(machine, "drill", 0)["well"]
    assert not [item for item in Path(told["folder"]).parent.iterdir() if item.name.startswith("drill-")]
    assert left_behind() == []

    tamper(machine)
    assert machine.shishi("drill", exit_code=1)["code"] == "drill_failed"
    broken = sign(machine, "drill", 1)
    assert (broken["well"], "没有成功" in broken["says"]) == (False, True)
    (last, *_) = machine.shishi("audit", "list", "--limit", "1")
    assert last["action"] == "store.drill"
    assert left_behind() == []


@POSTGRES_ALONE
def test_a_role_that_may_make_no_database_is_told_two_ways_out_and_may_go_the_second(
    filled: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = filled
    role, kept = f"{machine.database}_role", f"{machine.database}_kept"
    with server() as asked:
        asked.execute(f"CREATE ROLE {role} LOGIN")
        asked.execute(f"CREATE DATABASE {kept} OWNER {role} TEMPLATE template0")
    with machine.opened() as store:
        store.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        store.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        store.commit()
    own = urlsplit(machine.environment["DATABASE_URL"])
    address = own._replace(netloc=f"{role}@{own.netloc.rpartition('@')[2]}")
    monkeypatch.setattr(Machine, "environment", {**machine.environment, "DATABASE_URL": address.geturl()})
    spare = address._replace(path=f"/{kept}").geturl()
    try:
        assert machine.shishi("drill", exit_code=2)["code"] == "drill_needs_database"
        assert machine.shishi("drill", "--database", spare)["events"] > 0
        with psycopg.connect(spare) as cleared:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert cleared.execute(tables).fetchone() == (0,)
            cleared.execute("CREATE TABLE somebody_s (n int)")
        refused = machine.shishi("drill", str(tmp_path / "again"), "--database", spare, exit_code=2)
        assert refused["code"] == "database_not_empty"
        assert not (tmp_path / "again").exists()
    finally:
        monkeypatch.undo()
        with server() as asked:
            asked.execute(f"DROP DATABASE {kept} WITH (FORCE)")
        with machine.opened() as store:
            store.execute(f"DROP OWNED BY {role}")
            store.commit()
        with server() as asked:
            asked.execute(f"DROP ROLE {role}")
