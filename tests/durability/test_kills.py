"""``kill -9`` at any moment of an import leaves either before or after, never between (DESIGN §4.3).

``make kills`` ends an import of 5,000 rows at fifty moments and the column store's catching up at ten more; the
ordinary suite does three and two on a small workbook.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from shishi.adapters.spreadsheets.template import write_template
from shishi.packs.loading import load_pack

PACK = Path(__file__).parents[1] / "little_pack"
SEED = 20210930
AS_OF = "2021-09-30"


@dataclass(frozen=True)
class Store:
    """A data folder and the program that works on it."""

    folder: Path
    code_list: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "SHISHI_DATA": str(self.folder),
            "SHISHI_DIVISIONS": str(self.code_list),
            "PYTHONPATH": str(settings.REPOSITORY / "src"),
        }
        environment.pop("DATABASE_URL", None)
        return subprocess.Popen(
            [sys.executable, "-m", "shishi.commands.main", *words, "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shishi(self, *words: str) -> Any:
        out, told = (process := self.start(*words)).communicate()
        assert process.returncode == 0, told
        return json.loads(out)

    def killed(self, *words: str, after: float) -> bool:
        """Start it and end it with SIGKILL once it has worked so long; ``False`` when it was done before."""
        process = self.start(*words)
        for worked in work_of(process):
            if worked >= after:
                process.kill()
                break
        process.communicate()
        return process.returncode != 0

    def copy(self, name: str) -> Store:
        target = self.folder.with_name(name)
        shutil.copytree(self.folder, target)
        return Store(target, self.code_list)

    def revisions(self) -> int:
        with sqlite3.connect(self.folder / "store.sqlite3") as store:
            (many,) = store.execute("SELECT count(*) FROM ledger_revisionrow").fetchone()
        store.close()
        return int(many)

    def files(self) -> int:
        """Received files on disk: one more than batches while a batch is being written."""
        return sum(path.is_file() for path in (self.folder / "files").rglob("*"))

    def figure(self, engine: str = "duckdb") -> int:
        (figure,) = self.shishi("indicators", "homes", "--indicator", "homes", "--as-of", AS_OF, "--engine", engine)
        return int(figure["value"])


HELD = 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, code_list: Path) -> Store:
    """A store in which some rows are held already."""
    folder = tmp_path_factory.mktemp("kills")
    store = Store(folder / "store", code_list)
    store.shishi("init")
    store.shishi("pack", "install", str(PACK))
    store.shishi("ledger", "import", "homes", str(workbook(folder / "held.xlsx", HELD)), "--as-of", AS_OF)
    assert store.figure() == HELD
    return store


def workbook(path: Path, rows: int) -> Path:
    (programme,) = load_pack(PACK).programmes
    kinds = ("listed", "registered")
    values = (
        {"number": f"H-{n}", "county": "341802", "stage": kinds[n % 2], "owner": f"演示户{n}"} for n in range(rows)
    )
    write_template(programme.table("homes"), path, rows=values)
    return path


def importing(file: Path) -> tuple[str, ...]:
    return ("ledger", "import", "homes", str(file), "--as-of", AS_OF)


def work_of(process: subprocess.Popen[str]) -> Iterator[float]:
    """Seconds that the process has been on a processor, every other millisecond until it ends: moments that are the
    same on a busy machine and an idle one."""
    told = Path(f"/proc/{process.pid}/schedstat")
    while process.poll() is None:
        with suppress(OSError):
            yield int(told.read_text().split()[0]) / 1e9
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.002)


def measured(store: Store, *words: str) -> float:
    process = store.start(*words)
    *_, worked = work_of(process)
    process.communicate()
    assert process.returncode == 0
    return worked


def moments(many: int, seconds: float) -> list[float]:
    """Spread over the whole work, one in each of ``many`` equal parts."""
    chance = random.Random(SEED)
    return [(part + chance.random()) * seconds / many for part in range(many)]


def end_imports(store: Store, rows: int, kills: int) -> str:
    """Kill, look, repeat, look again; returns what happened in a sentence."""
    file = workbook(store.folder.with_name("big.xlsx"), rows)
    trial = store.copy("trial")
    took = measured(trial, *importing(file))
    before = writing = after = 0
    for number, moment in enumerate(moments(kills, took)):
        one = store.copy(f"kill-{number}")
        killed = one.killed(*importing(file), after=moment)
        held = one.revisions()
        assert held in (HELD, rows), f"{held} revisions after a kill at {moment:.3f} s of work"
        before, after = before + (held == HELD), after + (held == rows)
        writing += held == HELD and one.files() > store.files()
        assert killed or held == rows
        assert one.shishi("audit", "verify")["status"] == "intact"
        assert one.figure() == held
        again = one.shishi(*importing(file))
        assert again["status"] == ("accepted" if held == HELD else "unchanged")
        assert (one.revisions(), one.figure()) == (rows, rows)
        shutil.rmtree(one.folder)
    told = f"{before} before ({writing} of them while it was writing), {after} after, none between"
    return f"{kills} kills over {took:.2f} s of work on importing {rows:,} rows: {told}"


def end_catching_up(store: Store, rows: int, kills: int) -> str:
    """Kill while the column store takes in what the ledger has; the next question is answered like the reference's."""
    full = store.copy("full")
    full.shishi(*importing(workbook(store.folder.with_name("full.xlsx"), rows)))
    asking = ("indicators", "homes", "--indicator", "homes", "--as-of", AS_OF)
    took = measured(full.copy("asked"), *asking)
    cut = 0
    for number, moment in enumerate(moments(kills, took)):
        one = full.copy(f"asking-{number}")
        cut += one.killed(*asking, after=moment)
        assert one.figure() == rows
        shutil.rmtree(one.folder)
    assert full.figure("reference") == rows
    return f"{kills} kills over {took:.2f} s of work on catching up: {cut} cut short, every next answer right"


def test_an_import_that_is_killed_leaves_before_or_after(store: Store) -> None:
    end_imports(store, rows=300, kills=3)


def test_a_column_store_that_is_killed_while_catching_up_answers_right_next_time(store: Store) -> None:
    end_catching_up(store, rows=300, kills=2)


@pytest.mark.kills
def test_fifty_kills(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [end_imports(store.copy("many"), rows=5000, kills=50), end_catching_up(store, rows=5000, kills=10)]
    with capsys.disabled():
        print("\n" + "\n".join(lines))
