"""Pillow in a cage: a picture is opened by a child process of its own, and the parent gets bytes or a ``Refused``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import shishi
from shishi.adapters.images.base import MOST_BYTES, Developed, Metadata, Order
from shishi.core.errors import Refused

WALL_SECONDS = 60
_MODULE = "shishi.adapters.images.child"
_ENDED = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU)


class PillowDarkroom:
    """See :class:`shishi.adapters.images.base.Darkroom`."""

    def __init__(self, wall_seconds: int = WALL_SECONDS) -> None:
        self._seconds = wall_seconds

    def develop(self, content: bytes, order: Order) -> Developed:
        """See :class:`shishi.adapters.images.base.Darkroom`."""
        if len(content) > MOST_BYTES:
            raise _too_large()
        told, copies = self._answer(content, order)
        if "refused" in told:
            raise Refused(told["refused"], told["message"])
        return Developed(
            kind=told["kind"],
            width=told["width"],
            height=told["height"],
            metadata=_metadata(told["metadata"]),
            view=copies["view"],
            thumb=copies["thumb"],
            grey=copies["grey"],
            detail=copies["detail"],
        )

    def _answer(self, content: bytes, order: Order) -> tuple[dict[str, Any], dict[str, bytes]]:
        asked = {
            "lines": list(order.lines),
            "code": [[int(dark) for dark in row] for row in order.code],
            "font": str(order.font) if order.font else None,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", _MODULE, json.dumps(asked)],
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                timeout=self._seconds,
                process_group=0,  # Ctrl-C is the parent's: it ends the child itself
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise _too_large() from late
        if done.returncode in _ENDED:
            raise _too_large()
        return _taken_apart(done.stdout)


def _taken_apart(said: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    line, _, rest = said.partition(b"\n")
    try:
        told = json.loads(line)
        lengths: Mapping[str, int] = told["copies"]
    except (ValueError, KeyError, TypeError) as broken:
        raise Refused("picture_broken", "照片打不开，可能已损坏。请重新选择原图上传。") from broken
    copies: dict[str, bytes] = {}
    for name, length in lengths.items():
        copies[name], rest = rest[:length], rest[length:]
    return told, copies


def _metadata(told: Mapping[str, str]) -> Metadata:
    return Metadata(
        taken_at=datetime.fromisoformat(told["taken_at"]) if "taken_at" in told else None,
        longitude=told.get("longitude", ""),
        latitude=told.get("latitude", ""),
        device=told.get("device", ""),
        software=told.get("software", ""),
    )


def _environment() -> dict[str, str]:
    """Nothing of the parent's secrets, only where to find the code and the language of the text."""
    found = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    source = str(Path(next(iter(shishi.__path__))).parent)
    return found | {"PYTHONPATH": source, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}


def _too_large() -> Refused:
    message = f"照片过大或过于复杂（最多 {MOST_BYTES // 2**20} MB），没有保存。请用手机的普通画质重新拍摄后上传。"
    return Refused("picture_too_large", message)
