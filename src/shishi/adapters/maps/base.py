"""The port: a map gives the outlines of divisions by their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Point = tuple[float, float]
"""Longitude and latitude in degrees."""
Ring = tuple[Point, ...]
"""A closed line: its last point is its first."""
Outline = tuple[tuple[Ring, ...], ...]
"""Polygons, each its outer ring and its holes."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Outlines by significant code. ``left_out``: how many features had no code that
    could be one, and were not read."""

    outlines: Mapping[str, Outline]
    left_out: int = 0


class Maps(Protocol):
    """Where outlines come from."""

    def shapes(self, division: str) -> Shapes | None:
        """Those within a division (significant code); ``None`` where there is no map of it."""
