"""``bench NAME``: measure one thing on this machine, beside what people use today, and leave nothing behind.

A bench is a module of ``benches``: ``TITLE``, ``NEEDS_STORE``, ``configure(parser)`` and ``measure(context)``.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from functools import partial

from shishi.commands.context import Context, Outcome, command

NAMES = (
    "cases",
    "country",
    "fresh",
    "day",
    "divisions",
    "startup",
    "rollup",
    "engines",
    "lists",
    "pages",
    "photos",
    "processes",
    "import",
)
_MODULES = {"import": "importing"}


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of every bench."""
    commands = parser.add_subparsers(required=True, metavar="测量什么")
    for name in NAMES:
        bench = importlib.import_module(f"shishi.commands.benches.{_MODULES.get(name, name)}")
        run = partial(_operated, bench.measure) if bench.NEEDS_STORE else bench.measure
        own = command(commands, name, bench.TITLE, run, writes=True, needs_store=bench.NEEDS_STORE)
        bench.configure(own)


def _operated(measure: Callable[[Context], Outcome], context: Context) -> Outcome:
    """A bench that works on the store is for those who run it."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(context.by, Action.OPERATE, COUNTRY, "", day_of(context.at))
    return measure(context)
