"""Sending a workbook back with every fault marked in its cell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from shishi.adapters.spreadsheets.cage import ask_child
from shishi.core.errors import Issue


def mark_workbook(source: Path, issues: Sequence[Issue], path: Path) -> None:
    """Write ``path``: ``source`` with coloured, commented cells and a first sheet 错误清单; appears whole or not at all.
    ``Refused`` when the source cannot be opened."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        told = [issue.document() for issue in issues]
        for _ in ask_child("mark", str(source), str(unfinished), told=told):
            pass
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
