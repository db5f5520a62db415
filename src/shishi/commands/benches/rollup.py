"""``bench rollup``: eight indicators for all five levels, as of a day and known at a moment, beside what people use."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from shishi.commands.benches.alone import timed
from shishi.commands.benches.competing import Peer, Ratio, agree, compete, report
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse

TITLE = "八个指标、五级汇总，与手写 SQL、PostgreSQL、ORM、pandas 相比"
NEEDS_STORE = False
ROWS, REVISIONS, TIMES = 200_000, 3, 3
_HERE = "shishi.commands.benches"
ENGINE, BY_HAND, JSONB, TYPED = "shishi", "手写 DuckDB SQL", "PostgreSQL jsonb", "PostgreSQL 分列"
JSONB_ONCE = "PostgreSQL jsonb，有效行先成表"
ORM, PANDAS = "Django ORM 逐区划", "pandas"
RATIOS = (
    Ratio("shishi ÷ 手写 SQL", ENGINE, BY_HAND, at_most=1.15),
    Ratio("jsonb ÷ shishi", JSONB, ENGINE, at_least=15),
    Ratio("jsonb 有效行先成表 ÷ shishi", JSONB_ONCE, ENGINE),
    Ratio("分列 ÷ shishi", TYPED, ENGINE),
    Ratio("ORM ÷ shishi", ORM, ENGINE),
    Ratio("pandas ÷ shishi", PANDAS, ENGINE),
)
NOTES = {
    JSONB: "每个指标一条 SQL，直接问 jsonb 明细；服务器的内存不计入",
    JSONB_ONCE: "同一连接上另测：有效行转成分列的临时表，再一并汇总",
    TYPED: "有效行先成临时表，再一并汇总；服务器的内存不计入",
    ORM: "每级抽若干区划，按区划数外推；只给现行行",
}
NO_SERVER = "没有 PostgreSQL：用 tools/postgres.sh shishi bench rollup，或设 DATABASE_URL"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"条目数，默认 {ROWS:,}")
    parser.add_argument("--revisions", type=int, default=REVISIONS, help=f"每个条目的版本数，默认 {REVISIONS}")


def measure(context: Context) -> Outcome:
    """Make the rows, then ask everybody the same."""
    return bench_rollup(context.arguments.rows, context.arguments.revisions)


def bench_rollup(rows: int, revisions: int) -> Outcome:
    """All peers that are here. ``Misuse`` (bench_size) below ten rows or one revision."""
    from shishi.commands.benches.rollup_postgres import ONCE
    from shishi.commands.benches.rollup_rows import Made, fill, store_in

    if rows < 10 or revisions < 1:
        raise Misuse("bench_size", "至少 10 个条目、1 个版本，请改 --rows 或 --revisions。")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-") as folder:
        seconds, _ = timed(lambda: fill(store_in(Path(folder)), Made(rows, revisions)))
        measured, absent = compete(peers(folder, rows, revisions))
    if JSONB in measured:
        both = measured[JSONB]
        measured[JSONB] = replace(both, phases={})
        measured[JSONB_ONCE] = replace(both, name=JSONB_ONCE, seconds=both.phases[ONCE], phases={})
    found = [replace(item, note=NOTES.get(item.name, "")) for item in measured.values()]
    agree(found)
    return report(found, RATIOS, absent, rows=rows, revisions=revisions, made_seconds=round(seconds, 1))


def peers(folder: str, rows: int, revisions: int) -> list[Peer]:
    """Ours first: the others are compared with it."""
    size = {"folder": folder, "rows": rows, "revisions": revisions}
    url = os.environ.get("DATABASE_URL", "")
    server = {**size, "url": url}
    missing = "" if url.startswith("postgres") else NO_SERVER
    return [
        Peer(ENGINE, f"{_HERE}.rollup_engine:by_engine", {**size, "times": TIMES}),
        Peer(BY_HAND, f"{_HERE}.rollup_engine:by_hand", {**size, "times": TIMES}),
        Peer(JSONB, f"{_HERE}.rollup_postgres:on_postgres", {**server, "cells": "jsonb"}, missing=missing),
        Peer(TYPED, f"{_HERE}.rollup_postgres:on_postgres", {**server, "cells": "typed"}, missing=missing),
        Peer(ORM, f"{_HERE}.rollup_peers:by_orm", size),
        Peer(PANDAS, f"{_HERE}.rollup_peers:by_pandas", size, packages=("pandas",)),
    ]
