"""``bench engines``: one figure after another, by DuckDB and by Spark on this machine, over the same parts."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from shishi.commands.benches.alone import Told, timed
from shishi.commands.benches.competing import Peer, Ratio, agree, compete, report
from shishi.commands.context import Context, Outcome
from shishi.core.indicators import Measure
from shishi.core.questions import Question
from shishi.core.rollup import Leaves

TITLE = "同样的问题逐个问 DuckDB 和本机的 Spark（先运行 tools/spark.sh）"
NEEDS_STORE = False
ROWS, REVISIONS, TIMES = 200_000, 3, 3
DUCKDB, SPARK = "duckdb", "spark local[2]"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"条目数，默认 {ROWS:,}，各有 {REVISIONS} 个版本")


def measure(context: Context) -> Outcome:
    """Both over parts that are made for the run."""
    from shishi.commands.benches.rollup_rows import Made, fill, store_in

    rows = context.arguments.rows
    with tempfile.TemporaryDirectory(prefix="shishi-bench-") as folder:
        fill(store_in(Path(folder)), Made(rows, REVISIONS))
        asked = {"folder": folder, "rows": rows}
        by_duckdb = Peer(DUCKDB, f"{__name__}:one_by_one", {**asked, "engine": "duckdb"})
        by_spark = Peer(SPARK, f"{__name__}:one_by_one", {**asked, "engine": "spark"}, packages=("pyspark",))
        measured, absent = compete([by_duckdb, by_spark])
    agree(list(measured.values()))
    ratios = (Ratio(f"{SPARK} ÷ {DUCKDB}", SPARK, DUCKDB),)
    return report(list(measured.values()), ratios, absent, rows=rows, revisions=REVISIONS)


def one_by_one(folder: str, rows: int, engine: str) -> Told:
    """The median seconds of each question, the start apart. Spark's memory is another process's and not seen."""
    from shishi.adapters.engines.duckdb import DuckDBEngine
    from shishi.adapters.engines.spark import SparkEngine
    from shishi.commands.benches.rollup_rows import HOMES, LEVELS, Made, Still, questions, store_in

    made, store = Made(rows, REVISIONS), store_in(Path(folder))
    source = Still(made)
    asked = DuckDBEngine(source, store) if engine == "duckdb" else SparkEngine(source, store, "local[2]")
    start, places = timed(lambda: asked.places(HOMES, made.as_of, made.known_at))
    nodes = {code: ("00", *(code[:digits] for digits in LEVELS)) for code in places}
    phases, answer = {"（另计）启动和第一个问题": start}, dict[str, list[tuple[str, str]]]()
    for name, question in questions(made).items():
        phases[name], answer[name] = timed(partial(_asked, asked, question, nodes), TIMES)
    return Told(sum(phases[name] for name in answer), rows * REVISIONS, answer, phases, remote=engine == "spark")


def _asked(engine: Leaves, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    distinct = question.indicator.measure is Measure.DISTINCT
    found = engine.distinct(question, nodes) if distinct else engine.leaves(question)
    return sorted((code, str(value)) for code, value in found.items())
