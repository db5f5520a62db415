"""Likeness 相似: a short mark of what a picture shows, that survives being saved anew, cut at the edges, written upon.

The mark is made of the middle four fifths of the picture: 256 signs of a two-dimensional cosine transform (are the
sixteen by sixteen slowest waves above their median?), and 64 of the eight by eight slowest. Whoever cuts a tenth off a
picture cannot cut into that middle. To look up a picture that may have been cut, the middle is searched for in it: at
every place where it can lie, two steps for each edge, and then, for the few that come near, in finer steps. The other
way round (the known picture was cut, the new one is whole) works alike, with a smaller middle.

Two streets with a house at the same place share most of the slowest waves, and by the number of signs that differ
they are as like as a street and the same one that was written upon. What tells them apart is which signs differ.
Saving, cutting and writing turn the signs of waves that stand near the median; another picture turns any. So signs
are weighed as well (:meth:`Search.apart`), by how far the wave stands from the median. The strength of waves falls
with their frequency in nearly all pictures, therefore the distance is taken times the frequency squared; and from the
middle of all these on, more counts no more, so that no few strong waves decide alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from shishi.adapters.images.base import LIKENESS_SIDE

Words = NDArray[np.uint64]
Numbers = NDArray[np.float64]

WAVES, FEW = 16, 8
CELLS = 32
"""A window is first averaged into so many cells along each edge."""
MIDDLE = (0.1, 0.9)
CUT = 0.1
"""The share of an edge that may have been cut off."""
STEPS, FINE = 2, 4
Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The mark of a picture: 8 bytes, and 32 bytes that tell more."""

    few: bytes
    many: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """A picture as it is looked up: the marks of every place where the middle of a known picture may lie in it.
    ``few``: one word for each coarse window; ``many``: four words for each coarse window."""

    few: Words
    many: Words
    square: Numbers

    def fine(self, places: Iterable[int]) -> tuple[tuple[int, ...], Words]:
        """The numbers of the fine windows within those coarse ones, and four words for each: reckoned where something
        came near, and only there."""
        chosen = [at for place in sorted(set(places)) for at in _within()[place]]
        numbers = tuple(len(_coarse()) + at for at in chosen)
        if not chosen:
            return numbers, np.zeros((0, WAVES * WAVES // 64), dtype=np.uint64)
        return numbers, _marks(self.square, [_finer()[at] for at in chosen])[1]

    def apart(self, window: int, known: Words) -> Numbers:
        """For each known mark (a row of four words) the weight of the signs in which it differs from what that window
        shows, in thousandths of the weight of all signs. ``window``: coarse ones are numbered first, then fine ones."""
        waves = np.round(_waves(self.square, [(*_coarse(), *_finer())[window]])[0], 6)
        from_median = waves - np.median(waves)
        distances = (np.abs(from_median) * _frequencies_squared()).reshape(-1)
        weights = np.minimum(distances, np.median(distances))
        signs = np.unpackbits(known.view(np.uint8).reshape(len(known), -1), axis=1)
        differ = signs != (from_median > 0).reshape(-1)
        return np.asarray(differ @ weights * 1000 / (weights.sum() or 1))


def likeness_of(grey: bytes) -> Likeness:
    """The mark of a picture given as LIKENESS_SIDE² grey values. A picture of one colour has no likeness: every sign
    is 0, and :func:`is_plain` says so."""
    few, many = _marks(_square(grey), [(MIDDLE, MIDDLE)])
    return Likeness(few.tobytes(), many.tobytes())


def is_plain(likeness: Likeness) -> bool:
    """Whether nothing distinguishes the picture: all plain ones would look alike."""
    return not any(likeness.many)


def search_of(grey: bytes) -> Search:
    """Everything that is compared when a picture is looked up."""
    square = _square(grey)
    few, many = _marks(square, _coarse())
    return Search(few[:, 0], many, square)


def _square(grey: bytes) -> Numbers:
    found = np.frombuffer(grey, dtype=np.uint8).astype(np.float64)
    return found.reshape(LIKENESS_SIDE, LIKENESS_SIDE)


def _marks(square: Numbers, windows: list[tuple[Window, Window]]) -> tuple[Words, Words]:
    """For each window (across, down) its 64 and its 256 signs, as one and as four words."""
    chosen = _waves(square, windows)
    return _signs(chosen[:, :FEW, :FEW]), _signs(chosen)


def _waves(square: Numbers, windows: list[tuple[Window, Window]]) -> Numbers:
    """For each window (across, down) its WAVES × WAVES slowest waves, down by across."""
    edges = sorted({edge for pair in windows for edge in pair})
    place = {edge: at for at, edge in enumerate(edges)}
    turns = np.concatenate([_turn(edge) for edge in edges])
    waves = (turns @ square @ turns.T).reshape(len(edges), WAVES, len(edges), WAVES)
    across = [place[window[0]] for window in windows]
    down = [place[window[1]] for window in windows]
    return np.asarray(waves[down, :, across, :])


def _signs(waves: Numbers) -> Words:
    flat = waves.reshape(len(waves), -1)
    # Rounded: what is left of a wave that is not there at all has no sign.
    rounded = np.round(flat, 6)
    above = rounded > np.median(rounded, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(np.uint64)


@cache
def _turn(edge: Window) -> Numbers:
    """The matrix that takes a line of pixels to the slow waves of a window of it (without the constant one)."""
    start, end = (share * LIKENESS_SIDE for share in edge)
    borders = np.linspace(start, end, CELLS + 1)
    pixels = np.arange(LIKENESS_SIDE)
    covered = np.minimum(pixels + 1, borders[1:, None]) - np.maximum(pixels, borders[:-1, None])
    cells = np.clip(covered, 0, None) / (borders[1] - borders[0])
    angles = np.pi * (2 * np.arange(CELLS) + 1) * np.arange(1, WAVES + 1)[:, None] / (2 * CELLS)
    return np.asarray(np.sqrt(2 / CELLS) * np.cos(angles) @ cells)


@cache
def _frequencies_squared() -> Numbers:
    """Of each wave, WAVES × WAVES."""
    squares = np.arange(1, WAVES + 1, dtype=np.float64) ** 2
    return np.asarray(squares[:, None] + squares)


def _between(low: float, high: float, steps: int) -> list[float]:
    return [round(low + (high - low) * (2 * at + 1) / (2 * steps), 6) for at in range(steps)]


def _edges(steps: int) -> Iterator[list[Window]]:
    """Where the middle of a known picture may lie along an edge: first if the new one was cut, then if that one was."""
    low, high = MIDDLE
    most = low / (1 - CUT)
    yield list(product(_between(0, most, steps), _between(1 - most, 1, steps)))
    yield list(
        product(_between(low, low + CUT * (high - low), steps), _between(high - CUT * (high - low), high, steps))
    )


@cache
def _coarse() -> list[tuple[Window, Window]]:
    return [(MIDDLE, MIDDLE), *(pair for edges in _edges(STEPS) for pair in product(edges, edges))]


@cache
def _finer() -> list[tuple[Window, Window]]:
    return [pair for edges in _edges(FINE) for pair in product(edges, edges)]


@cache
def _within() -> tuple[tuple[int, ...], ...]:
    """For each coarse window the fine ones that lie nearer to it than to any other."""
    coarse, fine = (np.array(windows).reshape(len(windows), 4) for windows in (_coarse(), _finer()))
    nearest = np.abs(fine[:, None] - coarse).sum(axis=2).argmin(axis=1)
    return tuple(tuple(np.flatnonzero(nearest == at).tolist()) for at in range(len(coarse)))
