"""``bench processes``: cases of a given process from start to end, and an activity for a thousand, each step saved,
beside SpiffWorkflow as its documentation uses it."""

from __future__ import annotations

import argparse
from dataclasses import replace

from shishi.commands.benches.competing import Measured, Peer, Ratio, compete, report
from shishi.commands.context import Context, Outcome
from shishi.commands.usage import between

TITLE = "办件流程：每秒办完多少环节，千份并行，与直接使用 SpiffWorkflow 相比"
NEEDS_STORE = False
CASES, INSTANCES, PLAIN_STEPS = 200, 1000, 20
MOST_SECONDS, LEAST_EACH_SECOND = 10, 100
_HERE = "shishi.commands.benches.process_peers"
SPIFF, REFERENCE, PLAIN = "shishi（SpiffWorkflow）", "shishi（参照引擎）", "SpiffWorkflow 直接使用"
MANY, MORE, PLAIN_MANY = "shishi 多份并行", "shishi 四倍份数", "SpiffWorkflow 多份并行"
RATIOS = (
    Ratio("直接使用 ÷ shishi", PLAIN, SPIFF),
    Ratio("直接使用 ÷ 参照引擎", PLAIN, REFERENCE),
    Ratio("四倍份数 ÷ 一倍", MORE, MANY, at_most=5),
    Ratio("SpiffWorkflow 多份并行 ÷ shishi", PLAIN_MANY, MANY),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--cases", type=between(1, 100_000), default=CASES, help=f"办件数，默认 {CASES}")
    parser.add_argument(
        "--instances", type=between(PLAIN_STEPS, 2500), default=INSTANCES, help=f"并行份数，默认 {INSTANCES}"
    )


def measure(context: Context) -> Outcome:
    """All of them, one after another."""
    return bench_processes(context.arguments.cases, context.arguments.instances)


def bench_processes(cases: int, instances: int) -> Outcome:
    """Every peer alone; what is wanted of ours is told beside it."""
    measured, absent = compete(peers(cases, instances))
    found = [_noted(item) for item in measured.values()]
    each = {item.name: round(item.rows / max(item.seconds, 1e-9)) for item in found}
    made = report(found, RATIOS, absent, cases=cases, instances=instances, each_second=each)
    told = [f"{each[name]:>10,}  环节每秒  {name}" for name in (SPIFF, REFERENCE, PLAIN)]
    told.append(_verdict(f"每秒办完环节 ≥ {LEAST_EACH_SECOND}", each[SPIFF] >= LEAST_EACH_SECOND))
    if instances >= INSTANCES:
        word = f"{instances:,} 份并行、逐份保存 ≤ {MOST_SECONDS} 秒"
        told.append(_verdict(word, measured[MANY].seconds <= MOST_SECONDS))
    return replace(made, lines=[*made.lines, *told])


def peers(cases: int, instances: int) -> list[Peer]:
    """Ours and what people use."""
    return [
        Peer(SPIFF, f"{_HERE}:ours", {"engine": "spiff", "cases": cases}),
        Peer(REFERENCE, f"{_HERE}:ours", {"engine": "reference", "cases": cases}),
        Peer(PLAIN, f"{_HERE}:plain", {"cases": cases}),
        Peer(MANY, f"{_HERE}:many", {"instances": instances}),
        Peer(MORE, f"{_HERE}:many", {"instances": instances * 4}),
        Peer(PLAIN_MANY, f"{_HERE}:many_plain", {"instances": instances, "steps": PLAIN_STEPS}),
    ]


def _noted(item: Measured) -> Measured:
    if item.name != PLAIN_MANY:
        return item
    return replace(item, note=f"量前 {PLAIN_STEPS} 步，按份数外推")


def _verdict(what: str, met: bool) -> str:
    return f"{'达到' if met else '未达到'}  {what}"
