"""``bench NAME``: measure one thing on this machine and store, and leave nothing behind."""

from __future__ import annotations

import argparse

from shishi.commands.context import Context, Outcome, prepare

NAMES = ("divisions", "startup")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of ``bench``."""
    prepare(parser, _bench, writes=True)
    parser.add_argument("name", choices=NAMES, help="测量什么")


def _bench(context: Context) -> Outcome:
    from pathlib import Path

    from django.conf import settings

    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.commands.bench_divisions import bench_divisions
    from shishi.commands.bench_startup import bench_startup
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(context.by, Action.OPERATE, COUNTRY, "", day_of(context.at))
    if context.arguments.name == "startup":
        return bench_startup()
    return bench_divisions(Path(settings.DIVISIONS_SOURCE))
