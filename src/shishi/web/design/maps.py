"""Places side by side: each with its state, as tiles of one size or as outlines. What
is drawn is told in words, too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A division as it is shown. ``kind`` is one of the states' (``ahead even behind overdue silent plain``), ``word``
    says the same; ``told`` is the number with its unit, ``about`` a second line; ``address`` where it leads."""

    code: str
    name: str
    kind: str
    word: str
    told: str
    about: str = ""
    address: str = ""

    @property
    def short(self) -> str:
        """The name without the word for its kind, where enough is left: 宣州 for 宣州区."""
        for ending in ENDINGS:
            if self.name.endswith(ending) and len(self.name) - len(ending) >= 2:
                return self.name[: -len(ending)]
        return self.name


ENDINGS = (
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "特别行政区",
    "自治区",
    "街道办事处",
    "省",
    "市",
    "区",
    "县",
)


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """By code: where a tile stands says nothing of where its place lies."""
    return tuple(sorted(places, key=lambda place: place.code))
