"""DuckDB in this process: one database in memory, which holds nothing."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connected() -> duckdb.DuckDBPyConnection:
    """A connection of one's own, to be closed; what is registered in it nobody else sees."""
    return _database(os.getpid()).cursor()


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """One for each process: it is costly to make and does not survive a fork."""
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
