"""A drill proves that a backup could be brought back, and says aloud when it could not."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.commands.test_store import fill
from tests.machine import SERVER, Machine


def sign(machine: Machine, code: str, exit_code: int) -> dict[str, Any]:
    """One sign of the store's health."""
    found = machine.shishi("health", exit_code=exit_code)
    return next(item for item in found if item["code"] == code)


def test_a_drill_is_good_until_the_backup_can_no_longer_be_brought_back(machine: Machine, tmp_path: Path) -> None:
    fill(machine, tmp_path)
    if SERVER:  # it would need a second database, and says so
        assert machine.shishi("drill", exit_code=2)["code"] == "drill_needs_sqlite"
        return
    assert not sign(machine, "drill", 1)["well"]
    told = machine.shishi("drill")
    assert Path(told["folder"]).is_dir()
    assert told["events"] > 0
    assert sign(machine, "drill", 0)["well"]
    assert not [item for item in Path(told["folder"]).parent.iterdir() if item.name.startswith("drill-")]

    store = sqlite3.connect(machine.data / "store.sqlite3")
    row, document = store.execute("SELECT id, document FROM programmes_packrevision").fetchone()
    (trigger,) = store.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    assert trigger
    for (name,) in store.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'programmes_packrevision'"
    ).fetchall():
        store.execute(f"DROP TRIGGER {name}")
    changed = json.dumps(json.loads(document) | {"title": "另一份清单"})
    store.execute("UPDATE programmes_packrevision SET document = ? WHERE id = ?", (changed, row))
    store.commit()
    store.close()

    assert machine.shishi("drill", exit_code=1)["code"] == "drill_failed"
    broken = sign(machine, "drill", 1)
    assert (broken["well"], "没有成功" in broken["says"]) == (False, True)
    (last, *_) = machine.shishi("audit", "list", "--limit", "1")
    assert last["action"] == "store.drill"
