"""What ``make pages`` built out of Sass and ES modules (``tools/pages.mjs``): names of files with their content's hash.

Pages are served without it, too: then in the plain sheet and without scripts, and whoever starts the site is told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "built"
HOW = "网页的样式和脚本还没有生成，页面会很朴素。请运行 make setup（或只运行 make pages）后重新打开。"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file with the files that it needs; ``gzip`` is what all of them weigh on the wire, in bytes."""

    file: str
    gzip: int
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """Everything that was built, by its name without ending."""

    styles: dict[str, Bundle] = field(default_factory=dict)
    scripts: dict[str, Bundle] = field(default_factory=dict)
    workers: dict[str, Bundle] = field(default_factory=dict)
    """Scripts that run apart from any page, each in one file."""


@lru_cache(maxsize=1)
def built() -> Built:
    """What was there when it was first asked for, as WhiteNoise knows its files from the start; empty before the first
    build."""
    try:
        told = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Built()
    kinds = {
        kind: {
            name: Bundle(one["file"], one["gzip"], tuple(one.get("shared", ())))
            for name, one in told.get(kind, {}).items()
        }
        for kind in ("styles", "scripts", "workers")
    }
    return Built(**kinds)
