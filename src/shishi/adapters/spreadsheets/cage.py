"""Runs the child process that opens workbooks. Whatever a workbook does to it, the
parent gets lines or a ``Refused``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from tempfile import TemporaryFile

import shishi
from shishi.adapters.spreadsheets.prescan import too_large, unreadable
from shishi.core.errors import Refused

WALL_SECONDS = 180
_MODULE = "shishi.adapters.spreadsheets.child"


def ask_child(*arguments: str, told: object = None) -> Generator[object, None, None]:
    """The child's JSON lines without the closing one; ``told`` goes to its standard input as JSON. ``Refused`` when it
    refuses, is ended by a limit, or dies. Closing the iterator early ends the child."""
    with TemporaryFile() as given:
        given.write(json.dumps(told).encode())
        given.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, *arguments],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    timer = threading.Timer(WALL_SECONDS, child.kill)
    timer.daemon = True
    timer.start()
    try:
        yield from _lines(child)
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _environment() -> dict[str, str]:
    """Nothing of the parent's secrets, only where to find the code and the language of the text."""
    found = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return found | {"PYTHONPATH": str(Path(next(iter(shishi.__path__))).parent), "PYTHONIOENCODING": "utf-8"}


def _lines(child: subprocess.Popen[bytes]) -> Iterator[object]:
    for line in child.stdout or ():
        if not line.endswith(b"\n"):
            break
        said = json.loads(line)
        if isinstance(said, dict) and "refused" in said:
            raise Refused(said["refused"], said["message"])
        if said == {"end": True}:
            return
        yield said
    if child.wait() in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU):
        raise too_large("工作簿过大或过于复杂，处理时超出了内存或时间的限制。")
    raise unreadable("工作簿的内容无法读取，可能已损坏。")
