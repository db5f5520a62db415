"""Turns 轮次: one workbook of a table is received at a time. Whoever comes second waits
and hears for whom, or is told so.

The turn is the operating system's lock on a file in the data folder: it ends with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from shishi.apps.accounts.models import Person
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Refused
from shishi.core.tables import Table

WAITING = "等候"
WAIT_SECONDS = 300
_LOOK_EACH = 0.2


@contextmanager
def turn(
    table: Table, what: str, *, by: Person, at: datetime, told: Callable[[str, int, int], None] | None = None
) -> Iterator[None]:
    """Be the only one who receives a workbook of the table. ``told`` hears who is at it while we wait; ``Refused``
    (import_busy) after five minutes."""
    path = _path_of(table)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(handle, table, told)
        local = at.astimezone(SHANGHAI)
        _write(handle, {"person": str(by), "file": what, "since": f"{local:%H:%M}"})
        try:
            yield
        finally:
            _write(handle, {})
    finally:
        os.close(handle)


def _path_of(table: Table) -> Path:
    return Path(settings.DATA) / "turns" / f"{hashlib.sha256(table.name.encode()).hexdigest()[:16]}.lock"


def _wait(handle: int, table: Table, told: Callable[[str, int, int], None] | None) -> None:
    begun = time.monotonic()
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            who = f"{_who(handle)}正在报送“{table.title}”"
            if waited >= WAIT_SECONDS:
                message = f"{who}，等了 {WAIT_SECONDS // 60} 分钟还没有做完，没有写入任何内容。请稍后再报送。"
                raise Refused("import_busy", message) from None
            if told:
                told(f"{WAITING}：{who}，做完就轮到（秒）", round(waited), WAIT_SECONDS)
            time.sleep(_LOOK_EACH)
        else:
            return


def _who(handle: int) -> str:
    """What the one before us wrote about themselves."""
    try:
        found = json.loads(os.pread(handle, 4096, 0) or b"{}")
    except ValueError:
        found = {}  # they are writing it just now
    return f"{found['person']}从 {found['since']} 起（{found['file']}）" if found else "另一个人"


def _write(handle: int, document: dict[str, str]) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(document, ensure_ascii=False).encode(), 0)
