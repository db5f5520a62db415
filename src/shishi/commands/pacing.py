"""How far a long piece of work is: its stage, how much of it a second, how long it still takes; on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Told = Callable[[str, int, int], None]

QUIET_SECONDS, EACH_SECONDS = 5.0, 10.0
_MINUTE, _HOUR = 60, 3600


def pace(done: int, total: int, seconds: float) -> str:
    """``230,000/500,000　41,000/秒　还要 7 秒``; what is not known yet is left out."""
    parts = [f"{done:,}/{total:,}" if total else f"{done:,}" if done else ""]
    if done and seconds > 0:
        parts.append(f"{round(done / seconds):,}/秒")
        if total > done:
            parts.append(f"还要 {time_left((total - done) * seconds / done)}")
    return "　".join(filter(None, parts))


def time_left(seconds: float) -> str:
    """In words, not finer than anybody can know it."""
    whole = max(1, round(seconds))
    if whole < _MINUTE:
        return f"{whole} 秒"
    if whole < _HOUR:
        return f"{whole // _MINUTE} 分 {whole % _MINUTE} 秒"
    return f"{whole // _HOUR} 小时 {whole % _HOUR // _MINUTE} 分"


class Watch:
    """Turns what a piece of work tells into a line for each moment. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.begun = self._since = clock()
        self._stage = ""

    def line(self, stage: str, done: int, total: int) -> str:
        """The stage and its pace since it began."""
        if stage != self._stage:
            self._stage, self._since = stage, self._clock()
        return f"{stage}　{pace(done, total, self._clock() - self._since)}".rstrip()

    @property
    def seconds(self) -> float:
        """Since the work began."""
        return self._clock() - self.begun


@contextmanager
def stages() -> Iterator[Told]:
    """Hears of every stage while the block runs. A person who watches sees a bar; in a file a line appears now and then
    once it takes long, and at once for what makes it wait."""
    if sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines(sys.stderr, Watch())


def _lines(out: TextIO, watch: Watch) -> Told:
    last, waited = watch.begun + QUIET_SECONDS - EACH_SECONDS, ""

    def told(stage: str, done: int, total: int) -> None:
        nonlocal last, waited
        line = watch.line(stage, done, total)
        now = watch.begun + watch.seconds
        waiting = stage.startswith("等候")
        if (waiting and stage != waited) or now - last >= EACH_SECONDS:
            waited, last = stage if waiting else waited, now
            print(stage if waiting else line, file=out, flush=True)

    return told


def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(24), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, watch = bar.add_task("", total=None), Watch()
        yield lambda stage, done, total: bar.update(
            task, completed=done, total=total or None, description=watch.line(stage, done, total)
        )
