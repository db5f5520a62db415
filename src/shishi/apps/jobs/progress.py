"""Progress 进度 of a running job, kept in a small file beside the store.

While a job writes, it holds the one write lock of an SQLite store: nobody could write there how far it is, and a reader
would see nothing before the end. The file is put in place whole, so a reader never sees half of it. The same folder
holds a lock for each running job; it ends with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

EACH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Reached:
    """How far it is: of the stage ``done`` of ``of`` (0: not known), how many a second, how many seconds it may still
    take (``None``: not known)."""

    stage: str
    done: int = 0
    of: int = 0
    per_second: int = 0
    seconds_left: int | None = None

    @property
    def percent(self) -> int | None:
        """Done of the stage, in whole percent."""
        return min(100, self.done * 100 // self.of) if self.of else None


def _folder() -> Path:
    return Path(settings.DATA) / "jobs"


def reached(job: UUID) -> Reached | None:
    """The last that was told; ``None`` before the first word."""
    try:
        return Reached(**json.loads((_folder() / f"{job}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def teller(job: UUID, clock: Callable[[], float] = time.monotonic) -> Callable[[str, int, int], None]:
    """What a running job tells its progress to. Not every word is kept, but each first word of a stage is."""
    since, last, stage_now = clock(), 0.0, ""

    def told(stage: str, done: int, of: int) -> None:
        nonlocal since, last, stage_now
        now = clock()
        if stage != stage_now:
            stage_now, since, last = stage, now, 0.0
        if last and now - last < EACH_SECONDS:
            return
        last = now
        passed = now - since
        pace = done / passed if done and passed > 0 else 0
        left = round((of - done) / pace) if pace and of > done else None
        _put(job, Reached(stage, done, of, round(pace), left))

    return told


def _put(job: UUID, found: Reached) -> None:
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    target = _folder() / f"{job}.json"
    draft = target.with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(asdict(found), ensure_ascii=False), encoding="utf-8")
    draft.replace(target)


def forget(job: UUID) -> None:
    """Take away what was told of a job that has ended."""
    for ending in ("json", "lock"):
        (_folder() / f"{job}.{ending}").unlink(missing_ok=True)


@contextmanager
def hold(job: UUID) -> Iterator[bool]:
    """Be the only process that does this job; gives ``False`` when another one is at it."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(_folder() / f"{job}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
