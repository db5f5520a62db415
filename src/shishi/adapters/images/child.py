"""The child process that opens a foreign picture, under limits that the parent never has to bear.

``python -m shishi.adapters.images.child ORDER`` takes the picture on standard input, and the order as JSON. It writes
one line of JSON (what the picture is and how long its copies are, or ``{"refused": …, "message": …}``), then the
copies, one after the other. Nothing is written to a disk.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

from shishi.adapters.images.base import MOST_BYTES
from shishi.core.errors import Refused

MEMORY = 1536 * 2**20
CPU_SECONDS = 30


def main(arguments: list[str]) -> int:
    """Develop one picture; a refusal is an answer too. Exit code 0 whenever an answer was given."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        from shishi.adapters.images.developing import develop

        told, copies = develop(content, json.loads(arguments[0]))
    except Refused as refused:
        told, copies = {"refused": refused.code, "message": refused.message}, {}
    except MemoryError:
        message = "照片展开后占用内存过多，没有保存。请用手机的普通画质重新拍摄或另存后上传。"
        told, copies = {"refused": "picture_too_large", "message": message}, {}
    _say(told, copies)
    return 0


def _say(told: Mapping[str, Any], copies: Mapping[str, bytes]) -> None:
    lengths = {name: len(copy) for name, copy in copies.items()}
    sys.stdout.buffer.write(json.dumps({**told, "copies": lengths}).encode() + b"\n")
    for copy in copies.values():
        sys.stdout.buffer.write(copy)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
