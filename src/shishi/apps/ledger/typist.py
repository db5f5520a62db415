"""A second hand: types blocks of a large workbook in a process of its own, beside the one that receives it.

It has no store. What typing has to look up (divisions, rows of other tables) it is told with each block; a block for
which that was not enough goes back and is typed by whoever asked.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from shishi.adapters.crypto import Cipher
from shishi.adapters.spreadsheets.base import Block
from shishi.apps.ledger.blocks import BlockReader, TypedBlock
from shishi.core.errors import Issue
from shishi.core.tables import Table

AHEAD = 2
"""Blocks that may wait for it: one is under its hands, the next one lies ready."""

Typed = tuple[TypedBlock, list[Issue]]
Known = TypeVar("Known")
Entries = Mapping[str, Mapping[str, str | None]]


class _NotTold(Exception):
    """Typing asked for something that did not come with the block."""


@dataclass
class _Told:
    """What typing has to look up, as it was told (see :class:`shishi.core.values.Lookups`)."""

    day: date
    divisions: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def hear(self, divisions: Mapping[str, str], entries: Entries) -> None:
        self.divisions |= divisions
        for table, known in entries.items():
            self.entries.setdefault(table, {}).update(known)

    def division(self, text: str) -> str:
        try:
            return self.divisions[text]
        except KeyError:
            raise _NotTold from None

    def entry_of(self, table: str, key: str) -> str | None:
        try:
            return self.entries[table][key]
        except KeyError:
            raise _NotTold from None


_hands: list[tuple[BlockReader, _Told]] = []
"""In the second process: what it types with."""


def _begin(table: Table, day: date, cipher: Cipher) -> None:
    gc.disable()  # what it makes goes away with it
    told = _Told(day)
    _hands[:] = [(BlockReader(table, told, cipher, lambda referred, raws: None), told)]


def _type(block: Block | None, divisions: Mapping[str, str], entries: Entries) -> Typed | None:
    """``None`` when something was not told, or there is no block."""
    reader, told = _hands[0]
    told.hear(divisions, entries)
    try:
        return reader.read(block) if block is not None else None
    except _NotTold:
        return None


class Typist:
    """The second process. ``divisions`` and ``entries`` are looked into as they grow: nothing is told twice."""

    def __init__(self, table: Table, day: date, cipher: Cipher, divisions: Mapping[str, str], entries: Entries) -> None:
        self._divisions, self._entries = divisions, entries
        self._heard: dict[str, int] = {}
        self._waiting: list[Future[Typed | None]] = []
        # A fresh process: a fork would carry an open store and threads along.
        self._pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_begin, initargs=(table, day, cipher)
        )
        self.ask(None)

    @staticmethod
    def is_welcome() -> bool:
        """Whether there is a processor for it."""
        return (os.cpu_count() or 1) > 1

    def is_free(self) -> bool:
        """Whether it can take one more block now."""
        self._waiting = [future for future in self._waiting if not future.done()]
        return len(self._waiting) < AHEAD

    def ask(self, block: Block | None) -> Future[Typed | None] | None:
        """The block as it will be typed; ``None`` when the second process is not there any more."""
        divisions = dict(self._news("", self._divisions))
        entries = {table: dict(self._news(table, known)) for table, known in self._entries.items()}
        try:
            future = self._pool.submit(_type, block, divisions, entries)
        except BrokenProcessPool:
            return None
        self._waiting.append(future)
        return future

    def _news(self, name: str, known: Mapping[str, Known]) -> Iterator[tuple[str, Known]]:
        yield from islice(known.items(), self._heard.get(name, 0), None)
        self._heard[name] = len(known)

    def close(self) -> None:
        """End it, whatever it is at."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def typed_by(future: Future[Typed | None]) -> Typed | None:
    """What it typed; ``None`` when it could not, or is gone."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
