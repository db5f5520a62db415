"""``bench divisions``: how long the code list takes to load, and what a question to the tree costs after."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from shishi.commands.benches.alone import timed
from shishi.commands.benches.competing import Measured, report
from shishi.commands.context import Context, Outcome
from shishi.core.divisions import COUNTRY, Level

TITLE = "行政区划代码表的装载与查询"
NEEDS_STORE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def measure(context: Context) -> Outcome:
    """Of the code list of this installation."""
    from django.conf import settings

    return bench_divisions(Path(settings.DIVISIONS_SOURCE))


def bench_divisions(source_folder: Path) -> Outcome:
    """Load the code list into the store as one more snapshot, measure, and take everything back.

    ``units``: counts by level.
    """
    from django.db import transaction

    from shishi.apps.divisions.selectors import division_counts, find_division, load_tree
    from shishi.apps.divisions.services import write_snapshot

    with transaction.atomic():
        seconds = {"load": timed(lambda: write_snapshot(source_folder, by="bench", at=datetime.now(UTC)))[0]}
        counts = {level.name.lower(): many for level, many in division_counts().items()}
        seconds |= {
            "one_county": timed(lambda: load_tree("341802"))[0],
            "all_counties": timed(lambda: load_tree(COUNTRY, down_to=Level.COUNTY))[0],
            "by_code": timed(lambda: find_division("341802"))[0],
            "by_name": timed(lambda: find_division("宣州区"))[0],
            "whole_country": timed(lambda: load_tree(COUNTRY))[0],
        }
        transaction.set_rollback(True)
    units = sum(counts.values())
    return report([Measured(name, taken, units) for name, taken in seconds.items()], units=counts)
