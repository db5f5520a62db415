"""``bench divisions``: how long the code list takes to load, and what a question to the tree costs after."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from shishi.commands.context import Outcome
from shishi.core.divisions import COUNTRY, Level


def bench_divisions(source_folder: Path) -> Outcome:
    """Load the code list into the store as one more snapshot, measure, and take everything back.

    Seconds as strings; counts by level.
    """
    from django.db import transaction

    from shishi.apps.divisions.selectors import division_counts, find_division, load_tree
    from shishi.apps.divisions.services import write_snapshot

    with transaction.atomic():
        seconds = {"load": _seconds(lambda: write_snapshot(source_folder, by="bench", at=datetime.now(UTC)))}
        counts = {level.name.lower(): many for level, many in division_counts().items()}
        seconds |= {
            "one_county": _seconds(lambda: load_tree("341802")),
            "all_counties": _seconds(lambda: load_tree(COUNTRY, down_to=Level.COUNTY)),
            "by_code": _seconds(lambda: find_division("341802")),
            "by_name": _seconds(lambda: find_division("宣州区")),
            "whole_country": _seconds(lambda: load_tree(COUNTRY)),
        }
        transaction.set_rollback(True)
    document = {"seconds": {name: f"{taken:.3f}" for name, taken in seconds.items()}, "units": counts}
    lines = [f"{name:<16}{taken:8.3f} s" for name, taken in seconds.items()]
    return Outcome(document, [*lines, *(f"{name:<16}{many:>8,}" for name, many in counts.items())])


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
