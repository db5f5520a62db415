"""One peer of a bench in a process of its own, so that its memory is its own: ``competing`` starts it."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

_KIB = 1024

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Told:
    """What a peer says of its run: the seconds that count, how many rows it handled, and its answer (JSON), which is
    compared. ``phases`` names parts of the seconds. ``peak_mib`` is filled in when the process ends; a peer whose work
    is done by a server sets ``remote``, because its memory cannot be seen from here."""

    seconds: float
    rows: int
    answer: object = None
    phases: dict[str, float] | None = None
    remote: bool = False
    peak_mib: int | None = None


def timed(work: Callable[[], Result], times: int = 1) -> tuple[float, Result]:
    """The median seconds of several runs, and what the last one gave. More than one are preceded by one to warm up."""
    taken = []
    for _ in range(times if times == 1 else times + 1):
        begun = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - begun)
    return median(taken[-times:]), result


def peak_mib() -> int:
    """The most memory that this process held. Not ``ru_maxrss``: that counts what the parent held before it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / _KIB)
    raise OSError("this system does not tell the peak memory of a process")


def main() -> None:
    """``alone MODULE:FUNCTION``: named arguments as JSON on standard input, ``Told`` as JSON on the last line out."""
    module, _, function = sys.argv[1].partition(":")
    told: Told = getattr(importlib.import_module(module), function)(**json.load(sys.stdin))
    print(json.dumps(asdict(told if told.remote else replace(told, peak_mib=peak_mib())), ensure_ascii=False))


if __name__ == "__main__":
    main()
