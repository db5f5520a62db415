"""Runs the child process that opens workbooks. Whatever a workbook does to it, the
parent gets lines or a ``Refused``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Full, Queue
from tempfile import TemporaryFile
from typing import IO

import orjson

import shishi
from shishi.adapters.spreadsheets.prescan import too_large, unreadable
from shishi.core.errors import Refused

WALL_SECONDS = 180
WAIT = "wait"
_MODULE = "shishi.adapters.spreadsheets.child"
_AHEAD = 8
"""Lines that are kept ready: the child reads on while the parent works."""
_LOOK_UP = 0.5


def ask_child(
    *arguments: str, told: object = None, meanwhile: Callable[[], None] | None = None
) -> Generator[object, None, None]:
    """The child's JSON lines without the closing one; ``told`` goes to its standard input as JSON,
    ``meanwhile`` is called when it is at work. ``Refused`` when it refuses, is ended by a limit, or dies.
    Closing the iterator early ends the child."""
    child = _spare.take(arguments) if told is None else None
    if child is None:
        with TemporaryFile() as given:
            given.write(json.dumps(told).encode())
            given.seek(0)
            child = _start(given, *arguments)
    timer = threading.Timer(WALL_SECONDS, child.kill)
    timer.daemon = True
    timer.start()
    lines: Queue[bytes] = Queue(_AHEAD)
    done = threading.Event()
    reader = threading.Thread(target=_read_ahead, args=(child, lines, done), daemon=True)
    reader.start()
    try:
        if meanwhile:
            meanwhile()
        yield from _said(child, iter(lines.get, b""))
    finally:
        done.set()
        timer.cancel()
        child.kill()
        child.wait()
        reader.join()
        if child.stdout:
            child.stdout.close()


@contextmanager
def spare_child() -> Iterator[None]:
    """While many workbooks are opened one after the other, a child that has started up already waits for the next one.
    Each still opens one workbook only."""
    _spare.wanted = True
    try:
        yield
    finally:
        _spare.wanted = False
        _spare.dismiss()


class _Spare:
    """The child that waits, and whether one should."""

    def __init__(self) -> None:
        self.wanted = False
        self._waiting: subprocess.Popen[bytes] | None = None

    def take(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes] | None:
        """The child that waits, told what to do; ``None`` when there is none."""
        if not self.wanted:
            return None
        child, self._waiting = self._waiting or _start(subprocess.PIPE, WAIT), _start(subprocess.PIPE, WAIT)
        if child.stdin is None:
            return None
        try:
            child.stdin.write(json.dumps(arguments).encode() + b"\n")
            child.stdin.close()
        except BrokenPipeError:  # it died while it waited
            child.wait()
            return None
        return child

    def dismiss(self) -> None:
        """End the child that waits."""
        child, self._waiting = self._waiting, None
        if child is not None:
            child.kill()
            child.communicate()


_spare = _Spare()


def _start(given: IO[bytes] | int, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE, *arguments],
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        process_group=0,  # Ctrl-C is the parent's: it ends the child itself
    )


def _read_ahead(child: subprocess.Popen[bytes], lines: Queue[bytes], done: threading.Event) -> None:
    """Put the child's lines into the queue, and an empty one at the end."""
    for line in child.stdout or ():
        if not _put(lines, line, done):
            return
    _put(lines, b"", done)


def _put(lines: Queue[bytes], line: bytes, done: threading.Event) -> bool:
    while not done.is_set():
        try:
            lines.put(line, timeout=_LOOK_UP)
        except Full:
            continue
        return True
    return False


def _environment() -> dict[str, str]:
    """Nothing of the parent's secrets, only where to find the code and the language of the text."""
    found = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return found | {"PYTHONPATH": str(Path(next(iter(shishi.__path__))).parent), "PYTHONIOENCODING": "utf-8"}


def _said(child: subprocess.Popen[bytes], lines: Iterator[bytes]) -> Iterator[object]:
    for line in lines:
        if not line.endswith(b"\n"):
            break
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            break
        if isinstance(said, dict) and "refused" in said:
            raise Refused(said["refused"], said["message"])
        if said == {"end": True}:
            return
        yield said
    if child.wait() in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU):
        raise too_large("工作簿过大或过于复杂，处理时超出了内存或时间的限制。")
    raise unreadable("工作簿的内容无法读取，可能已损坏。")
