"""``bench startup``: how long a command takes that needs no division, as a person at a keyboard waits for it."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from shishi.commands.context import Outcome
from shishi.core.errors import Refused

COMMAND = ("programme", "list", "--json")
TIMES = 9
WANTED = 0.7
"""Seconds that issue 2 allows."""


def bench_startup() -> Outcome:
    """Run the command several times in processes of their own. Seconds as strings."""
    _seconds()  # the first one warms the file cache
    taken = sorted(_seconds() for _ in range(TIMES))
    seconds = {"fastest": taken[0], "median": median(taken), "slowest": taken[-1]}
    document = {
        "command": " ".join(("shishi", *COMMAND)),
        "times": TIMES,
        "seconds": {name: f"{value:.3f}" for name, value in seconds.items()},
        "wanted": str(WANTED),
        "met": seconds["median"] <= WANTED,
    }
    return Outcome(document, [f"{name:<16}{value:8.3f} s" for name, value in seconds.items()])


def _seconds() -> float:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "shishi.commands.main", *COMMAND], capture_output=True, text=True)
    if done.returncode:
        raise Refused("bench_failed", f"被测的命令没有成功：{done.stderr.strip()[:300]}")
    return time.perf_counter() - begun
