"""``bench lists``: what a page of a large ledger takes, for a national administrator and for a county's clerk."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from shishi.commands.benches.alone import Told
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse, Refused

TITLE = "一百万行台账的列表页：各种页、各种角色要多久"
NEEDS_STORE = False
ROWS, TIMES = 1_000_000, 100
_PEOPLE = ("national", "clerk")
_CHILD = "shishi.commands.benches.list_pages:measure_lists"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"台账行数，默认 {ROWS:,}")
    parser.add_argument("--times", type=int, default=TIMES, help=f"每种页问几次，默认 {TIMES}")
    parser.add_argument("--folder", type=Path, help="在哪里建测量用的库（默认临时文件夹，用后删除）")


def measure(context: Context) -> Outcome:
    """In a store of its own, which is gone afterwards. The document has the milliseconds of each kind of page."""
    given = context.arguments
    if given.rows < 1000 or given.times < 5:
        raise Misuse("bench_size", "至少要 1000 行、每种页问 5 次。请改 --rows 或 --times。")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-", dir=given.folder) as folder:
        told = _run(Path(folder), given.rows, given.times)
    pages = _pages(told.phases or {})
    document = {"rows": given.rows, "times": given.times, "peak_mib": told.peak_mib, **pages}
    return Outcome(document, _lines(pages))


def _pages(phases: Mapping[str, float]) -> dict[str, object]:
    """Milliseconds by kind and person, the clerk's beside the administrator's."""
    milliseconds = {name: round(seconds * 1000, 1) for name, seconds in phases.items()}
    kinds = list(dict.fromkeys(name.split("|")[0] for name in milliseconds if "|" in name))
    table = [
        {
            "page": kind,
            **{f"{who}_{part}": milliseconds[f"{kind}|{who}|{part}"] for who in _PEOPLE for part in ("p50", "p95")},
        }
        for kind in kinds
    ]
    once = {name: milliseconds[name] for name in milliseconds if "|" not in name}
    return {"pages": table, "once": once}


def _lines(pages: Mapping[str, object]) -> list[str]:
    table: list[dict[str, object]] = pages["pages"]  # type: ignore[assignment]  # made just above here
    once: dict[str, object] = pages["once"]  # type: ignore[assignment]  # made just above here
    lines = ["毫秒：全国管理员 中位 / 95%　　县级经办人 中位 / 95%　　页"]
    for row in table:
        numbers = [row[name] for name in ("national_p50", "national_p95", "clerk_p50", "clerk_p95")]
        lines.append("{:>9} / {:>7}　　{:>9} / {:>7}　　{}".format(*numbers, row["page"]))
    return [*lines, *(f"{taken:>9} 毫秒　{name}" for name, taken in once.items())]


def _run(folder: Path, rows: int, times: int) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "shishi.commands.benches.alone", _CHILD],
        input=json.dumps({"rows": rows, "times": times}),
        env={**os.environ, "SHISHI_DATA": str(folder), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Refused("bench_failed", "测量没有跑完，请看上面它说了什么。")
    return Told(**json.loads(done.stdout.splitlines()[-1]))
