"""``bench startup``: how long a command takes that needs no division, as a person at a keyboard waits for it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

from shishi.commands.benches.alone import timed
from shishi.commands.benches.competing import Measured, report
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Refused

TITLE = "一个命令从敲下回车到有回答"
NEEDS_STORE = True
COMMAND = ("programme", "list", "--json")
TIMES = 9
WANTED = 0.7
"""Seconds that issue 2 allows."""


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def measure(context: Context) -> Outcome:
    """Run the command several times in processes of their own."""
    _run()  # the first one warms the file cache
    taken = sorted(timed(_run)[0] for _ in range(TIMES))
    seconds = {"fastest": taken[0], "median": median(taken), "slowest": taken[-1]}
    return report(
        [Measured(name, value, 1) for name, value in seconds.items()],
        command=" ".join(("shishi", *COMMAND)),
        times=TIMES,
        wanted_seconds=WANTED,
        met=seconds["median"] <= WANTED,
    )


def _run() -> None:
    done = subprocess.run([sys.executable, "-m", "shishi.commands.main", *COMMAND], capture_output=True, text=True)
    if done.returncode:
        raise Refused("bench_failed", f"被测的命令没有成功：{done.stderr.strip()[:300]}")
