"""DuckDB in this process: one database in memory, which holds nothing."""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connected() -> duckdb.DuckDBPyConnection:
    """A connection of one's own, to be closed; what is registered in it nobody else sees."""
    return whole(os.getpid()).cursor()


class _Own(threading.local):
    """Of each thread: its connection, and the process that made it."""

    held: tuple[int, duckdb.DuckDBPyConnection] | None = None


_own = _Own()


def asking() -> duckdb.DuckDBPyConnection:
    """The connection of this thread, which stays: for a question that registers nothing and begins nothing. To make one
    for each question takes a third of what a short one takes."""
    process = os.getpid()
    if _own.held is None or _own.held[0] != process:
        _own.held = process, connected()
    return _own.held[1]


@cache
def whole(process: int) -> duckdb.DuckDBPyConnection:
    """The database itself. One for each process: it is costly to make and does not survive a fork."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "arrow_lossless_conversion": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
            "temp_directory": str(Path(gettempdir()) / f"shishi-{process}"),
        },
    )
