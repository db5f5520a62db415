"""``bench fresh``: how soon a hand-in is in the figures of every level, and what today's figure of a division takes."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from shishi.commands.benches.alone import Told
from shishi.commands.benches.competing import Measured, report
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse, Refused

TITLE = "报送入库后各级数字多快可见，今天的数字要多久"
NEEDS_STORE = False
ROWS, NEWS = 1_000_000, 10_000
_CHILD = "shishi.commands.benches.fresh_figures:measure_fresh"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"台账条目数，默认 {ROWS:,}")
    parser.add_argument("--news", type=int, default=NEWS, help=f"一次报送的行数，默认 {NEWS:,}")
    parser.add_argument("--folder", type=Path, help="在哪里建测量用的库（默认临时文件夹，用后删除）")


def measure(context: Context) -> Outcome:
    """In a store of its own, which is gone afterwards."""
    given = context.arguments
    if given.rows < 10 * given.news or given.news < 10:
        raise Misuse("bench_size", "台账至少要有一次报送的十倍那么多行，一次报送至少 10 行。请改 --rows 或 --news。")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-", dir=given.folder) as folder:
        told = _run(Path(folder), given.rows, given.news)
    measured = [Measured(name, taken, given.rows, told.peak_mib) for name, taken in (told.phases or {}).items()]
    return report(measured, rows=given.rows, news=given.news)


def _run(folder: Path, rows: int, news: int) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "shishi.commands.benches.alone", _CHILD],
        input=json.dumps({"rows": rows, "news": news}),
        env={**os.environ, "SHISHI_DATA": str(folder), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Refused("bench_failed", "测量没有跑完，请看上面它说了什么。")
    return Told(**json.loads(done.stdout.splitlines()[-1]))
