"""``bench country``: the whole country at once, ten million homes of three revisions each, in bounded memory."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from shishi.commands.benches.alone import timed
from shishi.commands.benches.competing import Peer, agree, compete, report
from shishi.commands.benches.rollup import BY_HAND, ENGINE, RATIOS
from shishi.commands.context import Context, Outcome

TITLE = "全国一千万条、每条三个版本：八个指标、五级汇总"
NEEDS_STORE = False
ROWS, REVISIONS, MEMORY = 10_000_000, 3, "6GiB"
_HERE = "shishi.commands.benches.rollup_engine"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much, and within what."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"条目数，默认 {ROWS:,}")
    parser.add_argument("--revisions", type=int, default=REVISIONS, help=f"每个条目的版本数，默认 {REVISIONS}")
    parser.add_argument("--memory", default=MEMORY, help=f"列式引擎最多占用的内存，默认 {MEMORY}，超出部分经由磁盘")
    parser.add_argument("--by-hand", action="store_true", help="同时测手写 SQL（不限内存）")


def measure(context: Context) -> Outcome:
    """Make the country, then ask."""
    given = context.arguments
    return bench_country(given.rows, given.revisions, given.memory, by_hand=given.by_hand)


def bench_country(rows: int, revisions: int, memory: str, *, by_hand: bool = False) -> Outcome:
    """``parts_mib``: what the column store takes on disk; ``made_seconds``: how long it was in the making."""
    from shishi.commands.benches.rollup_rows import Made, fill, store_in

    with tempfile.TemporaryDirectory(prefix="shishi-bench-") as folder:
        seconds, _ = timed(lambda: fill(store_in(Path(folder)), Made(rows, revisions)))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet")) >> 20
        asked = {"folder": folder, "rows": rows, "revisions": revisions, "times": 1}
        peers = [Peer(ENGINE, f"{_HERE}:by_engine", {**asked, "memory": memory})]
        peers += [Peer(BY_HAND, f"{_HERE}:by_hand", asked)] if by_hand else []
        measured, absent = compete(peers)
    agree(list(measured.values()))
    told = {"rows": rows, "revisions": revisions, "memory": memory, "parts_mib": size}
    return report(
        list(measured.values()), RATIOS[:1] if by_hand else (), absent, **told, made_seconds=round(seconds, 1)
    )
