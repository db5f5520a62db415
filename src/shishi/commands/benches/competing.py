"""Peers of a bench: each run in this very run, on this very machine, in a process of
its own; a table and a document."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from shishi.commands.benches.alone import Told
from shishi.commands.context import Outcome
from shishi.core.calendars import day_of
from shishi.core.errors import Refused

_ALONE = "shishi.commands.benches.alone"
_EXTRA = "make bench-setup"
_GIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Peer:
    """``run`` is ``module:function``; it takes ``given`` (JSON) by name and returns ``alone.Told``. ``packages`` are
    the modules that it needs; ``missing`` says what else is not there and how to have it (empty: nothing)."""

    name: str
    run: str
    given: Mapping[str, object] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    missing: str = ""

    @property
    def absent(self) -> str:
        """Why it can't run here and what to do; empty when it can."""
        lacking = [package for package in self.packages if find_spec(package) is None]
        return f"没有安装 {'、'.join(lacking)}：{_EXTRA}" if lacking else self.missing


@dataclass(frozen=True, slots=True)
class Measured:
    """One peer's run; ``note`` says what must be known to read it (an extrapolation, a server's unseen memory)."""

    name: str
    seconds: float
    rows: int
    peak_mib: int | None = None
    answer: object = None
    phases: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """``first`` divided by ``second`` (names of what was measured), in seconds;
    ``at_most`` or ``at_least`` is wanted."""

    what: str
    first: str
    second: str
    at_most: float | None = None
    at_least: float | None = None

    def of(self, measured: Mapping[str, Measured]) -> dict[str, object]:
        """As the document has it; ``ratio`` and ``met`` are null when either was not measured."""
        wanted = f"≤ {self.at_most}" if self.at_most is not None else f"≥ {self.at_least}" if self.at_least else ""
        told: dict[str, object] = {"what": self.what, "ratio": None, "wanted": wanted, "met": None}
        if self.first not in measured or self.second not in measured:
            return told
        ratio = measured[self.first].seconds / max(measured[self.second].seconds, 1e-9)
        met = (self.at_most is None or ratio <= self.at_most) and (self.at_least is None or ratio >= self.at_least)
        return told | {"ratio": round(ratio, 2), "met": met if wanted else None}


def run(peer: Peer, note: str = "") -> Measured:
    """The peer in a process of its own. ``Refused`` (bench_failed) when it fails, with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", _ALONE, peer.run],
        input=json.dumps(dict(peer.given), ensure_ascii=False),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Refused("bench_failed", f"“{peer.name}”没有跑完，请看它说了什么：{done.stderr.strip()[-600:]}")
    told = Told(**json.loads(done.stdout.splitlines()[-1]))
    return Measured(peer.name, told.seconds, told.rows, told.peak_mib, told.answer, told.phases or {}, note)


def compete(peers: Sequence[Peer]) -> tuple[dict[str, Measured], dict[str, str]]:
    """Every peer in its order: what was measured by name, and of those that are absent how to have them."""
    absent = {peer.name: peer.absent for peer in peers if peer.absent}
    return {peer.name: run(peer) for peer in peers if peer.name not in absent}, absent


def agree(measured: Sequence[Measured]) -> None:
    """Whatever a peer tells is what the first one tells (of a mapping, each part that it has); ``Refused``
    (bench_disagrees) otherwise: a wrong answer has no speed."""
    first, *others = measured
    for other in others:
        theirs, own = (item.answer if isinstance(item.answer, dict) else {"": item.answer} for item in (other, first))
        wrong = [str(name) for name in theirs if name not in own or theirs[name] != own[name]]
        if wrong or not theirs:
            detail = f"（{'、'.join(wrong)}）" if any(wrong) else ""
            raise Refused(
                "bench_disagrees", f"“{other.name}”与“{first.name}”的答案不同{detail}，测量作废，请先查明原因。"
            )


def report(
    measured: Sequence[Measured], ratios: Sequence[Ratio] = (), absent: Mapping[str, str] | None = None, **more: object
) -> Outcome:
    """The document of a bench, and its table for people. ``more`` goes into the document as it is."""
    by_name = {item.name: item for item in measured}
    compared = [ratio.of(by_name) for ratio in ratios]
    lacking = absent or {}
    document = {
        "machine": machine(),
        "date": day_of(datetime.now(UTC)).isoformat(),
        "versions": versions(),
        **more,
        "measured": [_document(item) for item in measured],
        "ratios": compared,
        "absent": [{"name": name, "how": how} for name, how in lacking.items()],
    }
    return Outcome(document, [*_table(measured), "", *_ratio_lines(compared), *_absent_lines(lacking)])


def machine() -> dict[str, object]:
    """Processor, how many of it, memory (GiB), system."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    found = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return {
        "processor": found[0].partition(":")[2].strip() if found else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / _GIB, 1),
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """Of Python and of everything that may take part."""
    found = {"python": platform.python_version()}
    names = ("shishi", "duckdb", "pyarrow", "django", "python-calamine", "openpyxl", "psycopg", "pandas")
    for name in (*names, "sqlalchemy", "django-import-export", "pyspark"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _document(item: Measured) -> dict[str, object]:
    told: dict[str, object] = {"name": item.name, "seconds": round(item.seconds, 4), "peak_mib": item.peak_mib}
    told["rows"] = item.rows
    if item.phases:
        told["phases"] = {name: round(seconds, 4) for name, seconds in item.phases.items()}
    return told | ({"note": item.note} if item.note else {})


def _table(measured: Sequence[Measured]) -> list[str]:
    lines = [f"{'秒':>9}{'峰值 MiB':>9}{'行数':>13}  名称"]
    for item in measured:
        peak = "—" if item.peak_mib is None else f"{item.peak_mib:,}"
        note = f"（{item.note}）" if item.note else ""
        lines.append(f"{item.seconds:>10.3f}{peak:>11}{item.rows:>15,}  {item.name}{note}")
        lines += [f"{seconds:>10.3f}{'':>26}    其中 {name}" for name, seconds in item.phases.items()]
    return lines


def _ratio_lines(compared: Sequence[Mapping[str, object]]) -> list[str]:
    lines = []
    for item in compared:
        ratio = "未测" if item["ratio"] is None else str(item["ratio"])
        met = "" if item["met"] is None else "达到" if item["met"] else "未达到"
        lines.append(f"{ratio:>10}  {item['what']}  {item['wanted']}  {met}".rstrip())
    return lines


def _absent_lines(absent: Mapping[str, str]) -> list[str]:
    return [f"未测：{name}。{how}" for name, how in absent.items()]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
