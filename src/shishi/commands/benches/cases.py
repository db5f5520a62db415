"""``bench cases``: to-do lists among many tasks, completions a second with many open cases, many approved in one go;
beside SpiffWorkflow alone."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shishi.commands.benches.alone import Told
from shishi.commands.benches.competing import Measured, report
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse, Refused

TITLE = "办件：百万任务里的待办、每秒办结、批量办理，和单用 SpiffWorkflow 比"
NEEDS_STORE = False
READY = 12
"""Seconds after which all of several processes have begun."""
_RUNS = "shishi.commands.benches.case_runs"


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--cases", type=int, default=100_000, help="在办的办件数，默认 100,000")
    parser.add_argument("--share", type=int, default=4, help="每几件有一件在被测的县，默认 4")
    parser.add_argument("--times", type=int, default=10, help="每件有几项待办任务（测待办列表），默认 10")
    parser.add_argument("--seconds", type=float, default=20, help="连续办结多少秒，默认 20")
    parser.add_argument("--people", type=int, default=2, help="几个人同时办（各一个进程），默认 2")
    parser.add_argument("--many", type=int, default=10_000, help="一次批量办理多少件，默认 10,000；0 不测")
    parser.add_argument("--folder", type=Path, help="在哪里建测量用的数据文件夹（默认临时文件夹，用后删除）")


def measure(context: Context) -> Outcome:
    """In a store of its own: SQLite in a temporary folder, or the empty database that ``DATABASE_URL`` names."""
    given = context.arguments
    if given.cases < 1000 or not 1 <= given.people <= 4 or given.share < 1:
        raise Misuse("bench_size", "办件至少 1,000 件，同时办的人 1–4 个。请改 --cases、--people。")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-", dir=given.folder) as name:
        run = _Runner(Path(name))
        measured = [run.one("造库", "build", cases=given.cases, share=given.share, times=given.times)]
        looked = run.told("lists", cases=given.cases * given.times)
        measured += [Measured(name, taken, given.cases * given.times) for name, taken in (looked.phases or {}).items()]
        for title, function in (("连续办结", "complete"), ("建件并办完三步，按办结计", "advance")):
            for people in sorted({1, given.people}):
                measured.append(_together(run, title, function, people, given.seconds))
        if given.many:
            measured.append(run.one(f"批量办理 {given.many:,} 件", "many_at_once", many=given.many))
        measured.append(run.one("只用 SpiffWorkflow：读 JSON、办一步、写 JSON", "plain_spiff", many=300))
    rates = {item.name: round(item.rows / item.seconds, 1) for item in measured if item.rows and item.seconds}
    return report(measured, cases=given.cases, tasks=given.cases * given.times, per_second=rates, vendor=_vendor())


def _together(run: _Runner, name: str, function: str, people: int, seconds: float) -> Measured:
    """Several people at once, each in a process of their own with a connection of its own, as the workers of a site
    are; what counts is what they did together."""
    begins = time.time() + READY
    started = [run.start(function, part=part, of=people, seconds=seconds, begins=begins) for part in range(people)]
    told = [run.ended(process) for process in started]
    done = sum(item.rows for item in told)
    took = max(item.seconds for item in told)
    print(f"{took:9.2f} s  {done / took:9.1f}/s  {name}（{people} 人）", file=sys.stderr, flush=True)
    return Measured(f"{name}（{people} 人同时）", took, done, note=f"{done / took:.1f} 件/秒")


class _Runner:
    """Starts each run in a process of its own over the same store."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "SHISHI_DATA": str(folder)}

    def one(self, name: str, function: str, **asked: object) -> Measured:
        """Run it and wait."""
        told = self.told(function, **asked)
        note = json.dumps(told.answer, ensure_ascii=False)[:200] if told.answer else ""
        print(f"{told.seconds:9.2f} s  {told.rows / told.seconds:9.1f}/s  {name}", file=sys.stderr, flush=True)
        return Measured(name, told.seconds, told.rows, told.peak_mib, note=note)

    def told(self, function: str, **asked: object) -> Told:
        """Run it and wait; what it said."""
        return self.ended(self.start(function, **asked))

    def start(self, function: str, **asked: object) -> subprocess.Popen[str]:
        """Begin it."""
        words = [sys.executable, "-m", "shishi.commands.benches.alone", f"{_RUNS}:{function}"]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as given:
            given.write(json.dumps(asked))
            given.seek(0)
            return subprocess.Popen(words, env=self._environment, stdin=given, stdout=subprocess.PIPE, text=True)

    def ended(self, process: subprocess.Popen[str]) -> Told:
        """Wait for it. ``Refused`` (bench_failed)."""
        out, _ = process.communicate()
        if process.returncode:
            raise Refused("bench_failed", "测量没有跑完，请看上面它说了什么。")
        return Told(**json.loads(out.splitlines()[-1]))


def _vendor() -> str:
    return "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
