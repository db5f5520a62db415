"""Markings 标识: where a case stands, and nothing else. A marking names elements and counts; it holds no data, so that it
stays small and tells nothing. Instances of a multiple activity that stand alike are kept once, with the set of their
numbers: four thousand that wait at the same step take a thousand digits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shishi.core.errors import Misuse

VERSION = 1
UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From the format of that number to the next one."""

_PART = re.compile(r"(?P<element>[^/#\[\]]+)(#(?P<visit>[1-9]\d*))?(\[(?P<ordinal>\d+)\])?")


@dataclass(slots=True)
class Opened:
    """An open place. ``visit``: how often its element was opened in this instance, from 1; ``host``: the visit of the
    activity at whose boundary it waits; ``count``: how often a loop was done, or a timer may still come."""

    visit: int
    host: int = 0
    count: int = 0


@dataclass(slots=True)
class Level:
    """One instance of a process or a subprocess: what is open in it, what arrived at its joins by which flow, how often
    each element was opened, and what stands inside its activities by their place (``Sub_1#2``)."""

    open: dict[str, list[Opened]] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)
    inside: dict[str, Inside] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.open or self.arrived or self.inside)

    def visit(self, element: str) -> int:
        """The number of one more visit to the element."""
        self.visits[element] = self.visits.get(element, 0) + 1
        return self.visits[element]

    def add(self, element: str, opened: Opened) -> None:
        """Open a place."""
        self.open.setdefault(element, []).append(opened)

    def take(self, element: str, visit: int) -> Opened | None:
        """Close a place; ``None`` when it is not open."""
        places = self.open.get(element, [])
        for at, opened in enumerate(places):
            if opened.visit == visit:
                del places[at]
                if not places:
                    del self.open[element]
                return opened
        return None

    def clear(self) -> None:
        """Drop everything but the visits."""
        self.open.clear()
        self.arrived.clear()
        self.inside.clear()

    def document(self) -> dict[str, Any]:
        """As plain JSON values; what is empty is left out."""
        found: dict[str, Any] = {
            "o": {name: [[it.visit, it.host, it.count] for it in places] for name, places in self.open.items()},
            "a": dict(self.arrived),
            "v": dict(self.visits),
            "i": {name: inside.document() for name, inside in self.inside.items()},
        }
        return {name: part for name, part in found.items() if part}


@dataclass(slots=True)
class Inside:
    """What stands inside one activity: one instance at a time (``level``), or many at once in ``groups``: those that
    stand alike, as the text of their level, with the bits of their numbers. ``numbered``: its instances have numbers;
    those that are there one after another have that of ``done``."""

    level: Level | None = None
    done: int = 0
    total: int = 1
    numbered: bool = False
    groups: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        found: dict[str, Any] = {"n": self.done, "t": self.total, "m": int(self.numbered)}
        if self.level is not None:
            found["s"] = self.level.document()
        if self.groups:
            found["g"] = [[f"{bits:x}", json.loads(text)] for text, bits in self.groups.items()]
        return found

    def instances(self) -> Iterator[tuple[int | None, Level]]:
        """Every instance with its number; those of a group share one level, which is not to be changed."""
        if self.level is not None:
            yield (self.done if self.numbered else None), self.level
        for text, bits in self.groups.items():
            level = _level(json.loads(text))
            for ordinal in ordinals(bits):
                yield ordinal, level

    def lift(self, ordinal: int) -> Level | None:
        """Take one instance out of its group; ``None`` when it is not there."""
        bit = 1 << ordinal
        for text, bits in self.groups.items():
            if bits & bit:
                if bits == bit:
                    del self.groups[text]
                else:
                    self.groups[text] = bits ^ bit
                return _level(json.loads(text))
        return None

    def put(self, ordinal: int, level: Level) -> None:
        """Put one instance to those that stand as it does."""
        text = _text(level.document())
        self.groups[text] = self.groups.get(text, 0) | 1 << ordinal


def written(level: Level, digest: str, ended: bool) -> bytes:
    """The marking as bytes."""
    return _text({"v": VERSION, "p": digest, "e": int(ended), "s": level.document()}).encode()


def read(marking: bytes) -> tuple[Level, str, bool]:
    """The level of the case, the digest of the process that it was written under, whether it has ended. ``Misuse``
    ``marking_unreadable`` for what is none, or was written by a newer program."""
    try:
        document = json.loads(marking)
        version = document["v"]
        if not isinstance(version, int) or version > VERSION:
            message = "办件的流程标识由更新版本的程序写入，本版本读不了；请升级程序后重试。"
            raise Misuse("marking_unreadable", message)
        while version < VERSION:
            document = UPGRADES[version](document)
            version += 1
        return _level(document["s"]), str(document["p"]), bool(document["e"])
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        message = "办件的流程标识读不出来，可能已损坏；请从备份恢复后重试。"
        raise Misuse("marking_unreadable", message) from wrong


def standing_in(level: Level, path: str) -> Iterator[str]:
    """The names of all open places of a level and of what stands inside it."""
    for element, places in level.open.items():
        for opened in places:
            yield name_of(path, element, opened.visit)
    for activity, inside in level.inside.items():
        yield from standing(inside, name_of(path, *_activity(activity)))


def standing(inside: Inside, activity: str) -> Iterator[str]:
    """The same of what stands in one activity of that name."""
    for ordinal, level in inside.instances():
        yield from standing_in(level, activity if ordinal is None else f"{activity}[{ordinal}]")


def _activity(name: str) -> tuple[str, int]:
    element, _, visit = name.partition("#")
    return element, int(visit or 1)


def copied(level: Level) -> Level:
    """The same again, apart."""
    return _level(level.document())


def name_of(path: str, element: str, visit: int, ordinal: int | None = None) -> str:
    """The name of a place, or of an instance: ``Sub_1[3]/Task_review#2``."""
    number = f"#{visit}" if visit > 1 else ""
    which = f"[{ordinal}]" if ordinal is not None else ""
    return f"{path}{'/' if path else ''}{element}{number}{which}"


def parts_of(name: str) -> list[tuple[str, int, int | None]]:
    """Element, visit and number of the instance of each part. ``Misuse`` ``token_not_open`` for no such name."""
    found = []
    for part in name.split("/"):
        match = _PART.fullmatch(part)
        if match is None:
            raise not_open(name)
        ordinal = match["ordinal"]
        found.append((match["element"], int(match["visit"] or 1), int(ordinal) if ordinal is not None else None))
    return found


def not_open(name: str) -> Misuse:
    """What is told of a token that is not open."""
    return Misuse("token_not_open", f"环节“{name}”已经办完或已被撤下，请刷新页面看办件现在到了哪一步。")


def ordinals(bits: int) -> Iterator[int]:
    """The numbers that are set, from the lowest."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _level(document: dict[str, Any]) -> Level:
    return Level(
        {name: [Opened(*place) for place in places] for name, places in document.get("o", {}).items()},
        dict(document.get("a", {})),
        dict(document.get("v", {})),
        {name: _inside(part) for name, part in document.get("i", {}).items()},
    )


def _inside(document: dict[str, Any]) -> Inside:
    level = _level(document["s"]) if "s" in document else None
    groups = {_text(part): int(bits, 16) for bits, part in document.get("g", [])}
    return Inside(level, document["n"], document["t"], bool(document["m"]), groups)
