"""The demonstration's workbooks, written by a process of their own a few ahead of the one that is handed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from shishi.commands.demonstration.clerk_shapes import Sent, write_as_clerks_do

AHEAD = 12
Item = TypeVar("Item")


def written_ahead(asked: Iterable[tuple[Item, Sent, Path]]) -> Iterator[tuple[Item, Path]]:
    """Each item with the path of its workbook, in their order. ``asked``: what is written, and beside which stem."""
    with ProcessPoolExecutor(1, get_context("spawn")) as writer:
        waiting: deque[tuple[Item, Future[Path]]] = deque()
        coming = ((item, writer.submit(write_as_clerks_do, sent, stem)) for item, sent, stem in asked)
        waiting.extend(islice(coming, AHEAD))
        while waiting:
            item, path = waiting.popleft()
            waiting.extend(islice(coming, 1))
            yield item, path.result()
