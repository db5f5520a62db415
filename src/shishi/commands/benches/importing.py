"""``bench import``: a workbook on top of a full ledger, beside a bare read of it and what people import with today."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

from shishi.commands.benches.competing import Measured, Peer, Ratio, report, run
from shishi.commands.benches.import_files import CHANGED_EACH, HOMES, homes, write_workbook
from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse, Refused

TITLE = "报送一个大工作簿，与直接读取、pandas 脚本、django-import-export 相比"
NEEDS_STORE = False
ROWS, SMALL, SAMPLE, TIMES = 50_000, 200, 2_000, 3
OURS, FIRST, BARE, PANDAS, ADMIN = (
    "shishi",
    "shishi, first import",
    "python-calamine",
    "openpyxl + pandas",
    "django-import-export",
)
PEAK_MIB, SMALL_SECONDS = 2048, 2.0
_PEERS = "shishi.commands.benches.import_peers"


def configure(parser: argparse.ArgumentParser) -> None:
    """How large."""
    parser.add_argument(
        "--rows", type=int, default=ROWS, help=f"工作簿和台账各有多少行（默认 {ROWS}；全国规模 500000）"
    )
    parser.add_argument("--columns", type=int, default=len(HOMES.fields), choices=[len(HOMES.fields)], help="栏目数")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="django-import-export 只做这么多行，再按比例推算")


def measure(context: Context) -> Outcome:
    """Everything in a folder that is gone afterwards."""
    given = context.arguments
    if given.rows < SMALL or given.sample < CHANGED_EACH:
        raise Misuse("usage", f"--rows 至少 {SMALL}，--sample 至少 {CHANGED_EACH}。")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-") as folder:
        return _measured(Path(folder), given.rows, min(given.sample, given.rows))


def _measured(folder: Path, rows: int, sample: int) -> Outcome:
    files = {name: folder / f"{name}.xlsx" for name in ("first", "second", "small", "sample")}
    write_workbook(files["first"], HOMES, homes(rows), rows)
    for name, many in (("second", rows), ("small", SMALL), ("sample", sample)):
        write_workbook(files[name], HOMES, homes(many, changed=True), many)
    given = {"data": str(folder / "data")}
    second = str(files["second"])
    peers = [
        Peer(FIRST, f"{_PEERS}:prepare", {**given, "first": str(files["first"]), "rows": rows}),
        Peer(OURS, f"{_PEERS}:ours", {**given, "file": second}),
        Peer(BARE, f"{_PEERS}:bare_read", {"file": second}),
        Peer(PANDAS, f"{_PEERS}:pandas_script", {"file": second, "data": str(folder)}, ("pandas",)),
    ]
    admin = {"file": str(files["sample"]), "data": str(folder), "rows": sample}
    peers.append(Peer(ADMIN, f"{_PEERS}:django_import_export", admin, ("import_export", "tablib")))
    absent = {peer.name: peer.absent for peer in peers if peer.absent}
    measured = {peer.name: run(peer) for peer in peers if peer.name not in absent}
    _hold_right(measured, rows)
    if ADMIN in measured:
        measured[ADMIN] = _extrapolated(measured[ADMIN], rows)
    small = _small(given, files["small"])
    ratios = [
        Ratio("shishi / python-calamine", OURS, BARE, at_most=6),
        Ratio("openpyxl + pandas / shishi", PANDAS, OURS, at_least=3),
        Ratio("django-import-export / shishi", ADMIN, OURS, at_least=20),
    ]
    peak = measured[OURS].peak_mib or 0
    return report(
        [*measured.values(), small],
        ratios,
        absent,
        file_mib=round(files["second"].stat().st_size / 2**20, 1),
        changed=len(range(0, rows, CHANGED_EACH)),
        peak={"mib": peak, "wanted": PEAK_MIB, "met": peak <= PEAK_MIB},
        small={"seconds": round(small.seconds, 2), "wanted": SMALL_SECONDS, "met": small.seconds <= SMALL_SECONDS},
    )


def _hold_right(measured: Mapping[str, Measured], rows: int) -> None:
    """A wrong answer has no speed."""
    changed = len(range(0, rows, CHANGED_EACH))
    wanted = {"status": "accepted", "rows": rows, "posted": 0, "revised": changed, "withdrawn": 0}
    for name in (BARE, PANDAS):
        if name in measured and measured[name].rows != rows:
            raise Refused("bench_disagrees", f"“{name}”读到 {measured[name].rows} 行，应为 {rows} 行，测量作废。")
    if measured[OURS].answer != wanted:
        raise Refused("bench_disagrees", f"导入的结果是 {measured[OURS].answer}，应为 {wanted}，测量作废。")


def _extrapolated(sample: Measured, rows: int) -> Measured:
    note = f"{sample.rows:,} 行实测 {sample.seconds:.1f} 秒，按行数推算"
    return replace(sample, seconds=sample.seconds * rows / sample.rows, rows=rows, note=note)


def _small(given: Mapping[str, object], file: Path) -> Measured:
    """Two hundred rows into the full ledger, start-up and all."""
    taken = [run(Peer("", f"{_PEERS}:ours", {**given, "file": str(file)})) for _ in range(TIMES)]
    name = f"shishi, {SMALL} rows with start-up"
    return Measured(name, median(item.seconds for item in taken), SMALL, max(item.peak_mib or 0 for item in taken))
