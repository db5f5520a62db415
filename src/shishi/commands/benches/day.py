"""``bench day``: the cycle of one day over a national programme: figures of all levels, findings, notices, and a brief
in Word and PDF for every province and city."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.benches.competing import Measured, report
from shishi.commands.context import Context, Outcome

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

TITLE = "一个项目的一天：各级数字、问题、提示单，各省各市的简报"
NEEDS_STORE = False
WANTED = 120.0
"""Seconds that issue 3 allows for one million rows."""


def configure(parser: argparse.ArgumentParser) -> None:
    """How large the ledger is."""
    parser.add_argument("--rows", type=int, default=100_000, help="台账的行数，默认 100000；实测用 1000000")
    parser.add_argument("--cities", type=int, default=0, help="只为前几个城市出简报，默认全部（试跑用）")


def measure(context: Context) -> Outcome:
    """Build a store of its own, then run the day in it."""
    with tempfile.TemporaryDirectory(prefix="shishi-bench-day-") as folder:
        os.environ["SHISHI_DATA"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
        import django

        django.setup()
        from shishi.commands.benches.day_store import build_store

        begun = time.perf_counter()
        build_store(Path(folder), context.arguments.rows)
        prepared = time.perf_counter() - begun
        return measured_day(context.arguments.rows, context.arguments.cities, prepared)


def measured_day(rows: int, cities: int, prepared: float) -> Outcome:
    """Run and report the day over the store that is there."""
    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.supervision.stocktake import run_day
    from shishi.commands.benches.day_store import AT, LAST, NAME, figures_of_all_levels, places_of_briefs

    operator = person_named("operator")
    begun = time.perf_counter()
    many = figures_of_all_levels(operator)
    counted = time.perf_counter()
    divisions = places_of_briefs(cities)
    told: list[float] = []
    done = run_day(
        NAME,
        LAST,
        divisions=divisions,
        demonstration=True,
        by=operator,
        at=AT,
        progress=lambda made, _: told.append(time.perf_counter()) if made == 1 else None,
    )
    ended = time.perf_counter()
    doubts, many_doubts = _doubting(operator)
    first = told[0] if told else ended
    phases = {"各级数字": counted - begun, "问题、提示单，至第一份简报": first - counted, "其余简报": ended - first}
    day = Measured("shishi day", ended - begun, rows, _peak(), phases=phases)
    return report(
        [day],
        prepared_seconds=round(prepared, 1),
        figures=many,
        findings=len(done.findings),
        notices=len(done.drafted),
        briefs=done.written,
        doubts=many_doubts,
        doubts_seconds=round(doubts, 2),
        doubts_percent=round(100 * doubts / (ended - begun), 1),
        wanted_seconds=WANTED,
        met=day.seconds <= WANTED,
    )


def _doubting(operator: Person) -> tuple[float, int]:
    """Seconds that the patterns of doubt (疑似虚报) alone take, asked once more, their figures being there; and how many
    were found: what the day would be shorter by without them."""
    from shishi.apps.indicators.selectors import Asked, Reckoning
    from shishi.apps.supervision.doubting import doubts_about
    from shishi.apps.supervision.finding import figures_within_reach, within_reach
    from shishi.commands.benches.day_store import AT, LAST, NAME

    today = Reckoning(operator, Asked(NAME, LAST, AT), AT)
    figures, units = figures_within_reach(today), within_reach(today)
    begun = time.perf_counter()
    found = list(doubts_about(today, units, figures))
    return time.perf_counter() - begun, len(found)


def _peak() -> int:
    """MiB of this process and of the largest of its children."""
    import resource

    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + children) // 1024
