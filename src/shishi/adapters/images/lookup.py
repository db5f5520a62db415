"""Looking a picture up among all that were ever taken: a scan over short marks, a second look at what comes near.

A million marks are 40 MB in memory; one look-up compares the picture's windows with every short mark (exclusive or,
and counting ones), then 256 signs with the few that are left, and weighs the signs that differ in what then looks
alike. Windows that lie beside each other have nearly the same signs: they are gathered around what most of them say,
and only marks that come near this middle are compared with each of them. Nothing is lost by it, since a mark cannot
be near a window and further from its middle than both distances together (the triangle inequality). No tree and no
buckets: nothing to keep in order, and a mark that is added is found at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shishi.adapters.images.likeness import Likeness, Search, Words

NEAR_FEW = 17
"""Of 64 signs at most so many differ in what is looked at a second time."""
NEAR_MANY = 96
"""Of 256, in what is looked at a third time, window by window in fine steps."""
SIGNS = 256
ALIKE = 62
"""Of 256: what may be a picture of the same. Two pictures of different things differ in 128, give or take 10; those of
things at the same places in much fewer."""
APART = 180
"""Of 1000, the weight of the signs that may differ in a picture of the same, at the window where it is likest
(:meth:`Search.apart`). Chosen from two series of drawn streets (``bench photos``, series 0 and 1): of each 1,000
photos changed in three ways, and 20,000 strangers held against both thousands, 40 million pairs. In true pairs the
weight is below 95 (cropped) and 128 (watermarked anew) nine times of ten, below 147 to 155 and 180 to 197 ninety-nine
times. Of the false pairs 13 differ in at most ALIKE signs (3 and 4 of them within a series); their weights are 169,
170, 186, 191, 196 and from 204 on. At 180 two of the 13 are left, and 0.3 of 100 cropped photos and 0.7 watermarked
ones are lost at most; at 165 up to 1.5 would be, and at 200 five false pairs would be left. No finer mark is held:
what is left are streets whose large forms stand at the same places, which 256 signs cannot tell apart for certain."""
TOGETHER = 8
"""Windows that differ in at most so many of 64 signs are gathered. More together is fewer passes over all marks, and
more marks that must be compared with each window."""
_AT_ONCE = 1 << 16
_GROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class Match:
    """A known picture that looks alike: how many of 256 signs differ."""

    number: int
    differing: int


class Album:
    """Marks by number. Only one thread adds; many may look up."""

    def __init__(self) -> None:
        self._few = np.zeros(_GROWS, dtype=np.uint64)
        self._many = np.zeros((_GROWS, 4), dtype=np.uint64)
        self._numbers = np.zeros(_GROWS, dtype=np.int64)
        self._held = 0

    def __len__(self) -> int:
        return self._held

    def add(self, marks: Iterable[tuple[int, Likeness]]) -> None:
        """Take marks in, each with the number that it is known by."""
        told = list(marks)
        if not told:
            return
        self._make_room(len(told))
        place = slice(self._held, self._held + len(told))
        self._few[place] = np.frombuffer(b"".join(mark.few for _, mark in told), dtype=np.uint64)
        many = np.frombuffer(b"".join(mark.many for _, mark in told), dtype=np.uint64)
        self._many[place] = many.reshape(-1, 4)
        self._numbers[place] = [number for number, _ in told]
        self._held += len(told)

    def find(self, search: Search, most: int = 20) -> tuple[Match, ...]:
        """What looks alike, the likest first."""
        near = self._near(search.few)
        near = near[_least(self._many[near], search.many) <= NEAR_MANY]
        if not len(near):
            return ()
        known = self._many[near]
        coarse = np.bitwise_count(known[:, None] ^ search.many).sum(axis=2, dtype=np.int64)
        numbers, fine = search.fine(np.flatnonzero((coarse <= NEAR_MANY).any(axis=0)).tolist())
        least, place = _likest(known, fine)
        coarser = coarse.min(axis=1) <= least
        differing = np.where(coarser, coarse.min(axis=1), least)
        windows = np.where(coarser, coarse.argmin(axis=1), np.array((*numbers, 0))[place])
        alike = np.flatnonzero(differing <= ALIKE)
        alike = alike[_apart(search, windows[alike], known[alike]) <= APART]
        order = alike[np.argsort(differing[alike], kind="stable")[:most]]
        return tuple(Match(int(self._numbers[near[at]]), int(differing[at])) for at in order)

    def _near(self, windows: Words) -> NDArray[np.intp]:
        """Where a short mark comes near one of the windows. A piece at a time: it stays in the processor's cache."""
        gathered = gather(windows)
        found = []
        apart = np.empty(_AT_ONCE, dtype=np.uint64)
        ones = np.empty(_AT_ONCE, dtype=np.uint8)
        for start in range(0, self._held, _AT_ONCE):
            piece = self._few[start : min(start + _AT_ONCE, self._held)]
            size = len(piece)
            hit = np.zeros(size, dtype=np.bool_)
            for group in gathered:
                np.bitwise_xor(piece, group.middle, out=apart[:size])
                np.bitwise_count(apart[:size], out=ones[:size])
                near = np.flatnonzero(ones[:size] <= NEAR_FEW + group.radius)
                if group.radius and len(near):
                    differing = np.bitwise_count(piece[near] ^ group.windows[:, None])
                    near = near[differing.min(axis=0) <= NEAR_FEW]
                hit[near] = True
            found.append(np.flatnonzero(hit) + start)
        return np.concatenate(found) if found else np.zeros(0, dtype=np.intp)

    def _make_room(self, more: int) -> None:
        needed = self._held + more
        if needed <= len(self._few):
            return
        size = max(needed, 2 * len(self._few))
        for name, shape in (("_few", (size,)), ("_many", (size, 4)), ("_numbers", (size,))):
            held = getattr(self, name)
            grown = np.zeros(shape, dtype=held.dtype)
            grown[: self._held] = held[: self._held]
            setattr(self, name, grown)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Windows that look alike, what most of them say at each sign, and how far the furthest is from it."""

    windows: Words
    middle: np.uint64
    radius: int


def gather(windows: Words) -> tuple[Gathered, ...]:
    """All windows, each in one group: around the window with the most others nearby, then around the next."""
    alike = np.bitwise_count(windows[:, None] ^ windows) <= TOGETHER
    left = np.ones(len(windows), dtype=np.bool_)
    found = []
    while left.any():
        most = int(np.where(left, (alike & left).sum(axis=1), 0).argmax())
        chosen = alike[most] & left
        found.append(_around(windows[chosen]))
        left &= ~chosen
    return tuple(found)


def _around(windows: Words) -> Gathered:
    signs = np.unpackbits(windows.view(np.uint8).reshape(-1, 8), axis=1)
    middle = np.packbits(2 * signs.sum(axis=0) > len(windows)).view(np.uint64)[0]
    return Gathered(windows, middle, int(np.bitwise_count(windows ^ middle).max()))


def _least(known: Words, windows: Words) -> NDArray[np.int64]:
    """Of each known mark the fewest differing signs over all windows."""
    return _likest(known, windows)[0]


def _likest(known: Words, windows: Words) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Of each known mark the fewest differing signs over all windows, and at which window."""
    least = np.full(len(known), SIGNS, dtype=np.int64)
    place = np.zeros(len(known), dtype=np.intp)
    if len(known) < len(windows):
        for at, mark in enumerate(known):
            differing = np.bitwise_count(windows ^ mark).sum(axis=1, dtype=np.int64)
            place[at] = differing.argmin()
            least[at] = differing[place[at]]
        return least, place
    for at, window in enumerate(windows):
        differing = np.bitwise_count(known ^ window).sum(axis=1, dtype=np.int64)
        place[differing < least] = at
        np.minimum(least, differing, out=least)
    return least, place


def _apart(search: Search, windows: NDArray[np.intp], known: Words) -> NDArray[np.float64]:
    """How far each known mark is from the picture at the window where they are likest."""
    found = np.zeros(len(known), dtype=np.float64)
    for window in np.unique(windows):
        there = windows == window
        found[there] = search.apart(int(window), known[there])
    return found
