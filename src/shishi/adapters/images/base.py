"""The port of pictures: what may come in, what is made of it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

MOST_BYTES = 50 * 2**20
MOST_PIXELS = 120_000_000
MOST_SIDE = 20_000
VIEW_SIDE, THUMB_SIDE = 1600, 480
"""Longest side of the copy to look at, and of the small one, in pixels."""
LIKENESS_SIDE = 256
"""The picture as a square of so many grey values: what likenesses are computed from."""
DETAIL_SIDE = 512
"""A piece of the middle at its own resolution: where the grid of a photographed screen shows."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write under the copy to look at: ``lines`` of text by the ``font``, and the rows of a QR code."""

    lines: Sequence[str] = ()
    code: Sequence[Sequence[bool]] = ()
    font: Path | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a picture says of itself (EXIF). Claims: anybody can write them. ``taken_at`` has a zone only where the
    picture names one; ``longitude`` and ``latitude`` are decimal degrees in text."""

    taken_at: datetime | None = None
    longitude: str = ""
    latitude: str = ""
    device: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class Developed:
    """A picture that was opened. ``kind``: jpeg, png, webp or heic, by its content. ``view`` and ``thumb``: JPEG, made
    anew, without any metadata. ``grey``: LIKENESS_SIDE² bytes; ``detail``: DETAIL_SIDE² bytes, empty for a small
    picture."""

    kind: str
    width: int
    height: int
    metadata: Metadata
    view: bytes
    thumb: bytes
    grey: bytes
    detail: bytes


class Darkroom(Protocol):
    """Opens a foreign picture whatever it does to the one who opens it."""

    def develop(self, content: bytes, order: Order) -> Developed:
        """``Refused``: picture_unknown (no kind that is taken), picture_active (SVG, HTML or a file of two kinds),
        picture_too_large (bytes, pixels, memory or time), picture_broken (cut off or damaged)."""
