"""Ctrl-C at any stage of an import leaves nothing behind, and a second import of a table waits its turn."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.durability.test_kills import HELD, Store, importing, store, workbook

__all__ = ["store"]

STAGES = ("检查文件", "读取", "比较", "写入")
INTERRUPTED_AT = """
import os, signal, sys
from contextlib import contextmanager
from shishi.commands import hand_ins
from shishi.commands.main import main

# A shell's background commands ignore the key, and so would we.
signal.signal(signal.SIGINT, signal.default_int_handler)

@contextmanager
def stages():
    def told(stage, done, total):
        if stage.startswith(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGINT)
    yield told

hand_ins.stages = stages
sys.exit(main(sys.argv[2:]))
"""


def children_of(file: Path) -> list[str]:
    """Processes that still have to do with the file."""
    found = []
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = told.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(file).encode() in words:
            found.append(told.parent.name)
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_writes_nothing_and_says_so_in_one_line(store: Store, tmp_path: Path, stage: str) -> None:
    file = workbook(tmp_path / "big.xlsx", 300)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, stage, *importing(file)],
        env=store.environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines() == ["已中断，未完成的写入没有留下。"]
    assert children_of(file) == []
    assert store.revisions() == HELD
    assert store.shishi("audit", "verify")["status"] == "intact"


@contextmanager
def somebody_at_it(store: Store) -> Iterator[None]:
    """Hold the turn of the table, as another process would."""
    (path,) = (store.data / "turns").iterdir()
    with path.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate()
        held.write(json.dumps({"person": "王演示", "file": "上午.xlsx", "since": "10:03"}))
        held.flush()
        yield
        held.truncate(0)


def test_a_second_import_of_the_table_says_for_whom_it_waits_and_then_goes_on(store: Store, tmp_path: Path) -> None:
    one = store.twin("waiting")
    try:
        with somebody_at_it(one):
            process = one.start(*importing(workbook(tmp_path / "second.xlsx", 30)))
            assert process.stderr is not None
            told = process.stderr.readline()
            assert process.poll() is None
        process.communicate()
        assert "王演示从 10:03 起（上午.xlsx）正在报送" in told
        assert process.returncode == 0
        assert one.revisions() == 30
    finally:
        one.remove()


def test_who_waits_too_long_is_told_so(store: Store, tmp_path: Path) -> None:
    impatient = "from shishi.apps.ledger import turns; turns.WAIT_SECONDS = 0;"
    code = (
        "import sys; from shishi.commands import main as m; "
        f"m._start_django(); {impatient} sys.exit(m.main(sys.argv[1:]))"
    )
    with somebody_at_it(store):
        done = subprocess.run(
            [sys.executable, "-c", code, *importing(workbook(tmp_path / "third.xlsx", 30)), "--json"],
            env=store.environment,
            capture_output=True,
            text=True,
        )
    told = json.loads(done.stdout)
    assert (done.returncode, told["code"]) == (1, "import_busy")
    assert "王演示" in told["message"]
    assert "Traceback" not in done.stderr
    assert store.revisions() == HELD
