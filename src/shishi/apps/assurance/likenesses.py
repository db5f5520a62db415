"""Photos known again: the marks of all of them in memory, and what a new one resembles, across rows, bodies, years."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from django.db.models import Max

from shishi.adapters.images.likeness import Likeness, is_plain, likeness_of, search_of
from shishi.adapters.images.lookup import Album
from shishi.apps.assurance.models import EvidenceRow, LikenessRow

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 12


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A photo that is held already and shows the same. ``differing``: of 256 signs; 0 for the very same file."""

    evidence: int
    differing: int


class _Shelf:
    """The album of this process, and up to which evidence it is filled."""

    def __init__(self) -> None:
        self.album = Album()
        self.last = 0
        self.lock = Lock()


_shelf = _Shelf()


def resembling(grey: bytes) -> tuple[Resemblance, ...]:
    """What looks like the picture, the likest first."""
    with _shelf.lock:
        _fill()
        found = _shelf.album.find(search_of(grey), MOST)
    there = set(LikenessRow.objects.filter(pk__in=[item.number for item in found]).values_list("pk", flat=True))
    return tuple(Resemblance(item.number, item.differing) for item in found if item.number in there)


def remember(evidence: EvidenceRow, grey: bytes) -> None:
    """Keep the mark of a photo. One of a single colour has none: all such would look alike."""
    mark = likeness_of(grey)
    if not is_plain(mark):
        LikenessRow.objects.create(evidence=evidence, few=mark.few, many=mark.many)


def forget() -> None:
    """Empty the album; it fills itself again."""
    with _shelf.lock:
        _shelf.album, _shelf.last = Album(), 0


def _fill() -> None:
    newest = LikenessRow.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest < _shelf.last:  # another store, or one that was put back
        _shelf.album, _shelf.last = Album(), 0
    if newest > _shelf.last:
        rows = LikenessRow.objects.filter(pk__gt=_shelf.last).order_by("pk").values_list("pk", "few", "many")
        _shelf.album.add(_marks(rows.iterator(5000)))
        _shelf.last = newest


def _marks(rows: Iterable[tuple[int, bytes | memoryview, bytes | memoryview]]) -> list[tuple[int, Likeness]]:
    return [(number, Likeness(bytes(few), bytes(many))) for number, few, many in rows]
