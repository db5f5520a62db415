"""Administrative divisions 行政区划 (GB/T 2260 and the statistical 12-digit codes), a tree in time.

A division's ``code`` is its significant digits, so that every ancestor is a prefix: ``34`` 安徽省, ``3418`` 宣城市,
``341802`` 宣州区, ``341802001``, ``341802001001``; the country is ``00``. ``official_code`` is what people write and
what goes out: six digits down to the county (``340000``, ``341800``, ``341802``), then 9 and 12.

A padded code means the highest unit that it can mean: ``441900`` is 东莞市 the city. The code list repeats a few units
one level down under that very code; such a twin keeps the way from the streets up and is never found by code or name.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from typing import Protocol

from shishi.core.errors import Misuse

COUNTRY = "00"
COUNTRY_NAME = "全国"
PLACEHOLDER_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_LENGTHS = (2, 4, 6, 9, 12)


class Level(IntEnum):
    """The country and its five levels."""

    COUNTRY = 0
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    STREET = 4
    VILLAGE = 5


@dataclass(frozen=True, slots=True)
class Division:
    """A unit, from its first day to its last (``valid_from`` ``None``: unknown, the snapshot does not say).

    ``placeholder`` units of the code list (市辖区, 县, 省直辖…) carry lineage but get no report, ranking or brief.
    """

    code: str
    name: str
    level: Level
    placeholder: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    source: str = ""

    @property
    def official_code(self) -> str:
        """Six digits down to the county, 9 and 12 below."""
        return official(self.code)


def official(code: str) -> str:
    """What people write for a significant code: ``3418`` → ``341800``."""
    return "000000" if code == COUNTRY else code.ljust(6, "0")


def covers(ancestor: str, code: str) -> bool:
    """Whether the division of significant code ``code`` is ``ancestor`` or lies under it."""
    return ancestor == COUNTRY or code == ancestor or code.startswith(ancestor)


class _Change(Protocol):
    """What the tree needs of a ``programmes.DivisionChange``; that module stands on this one."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def successors(self) -> tuple[str, ...]: ...
    @property
    def source(self) -> str: ...


def normalise(text: str) -> str:
    """The significant code of what people write: 2, 4, 6, 9 or 12 digits, padded with zeros or not, full width or not.

    >>> normalise("341800"), normalise("341802000000"), normalise("000000")
    ('3418', '341802', '00')

    Raises ``Misuse`` ``division_malformed``.
    """
    code = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    if len(code) not in _LENGTHS or not (code.isascii() and code.isdigit()):
        raise Misuse(
            "division_malformed",
            f"“{text}”不是行政区划代码：代码为 2、4、6、9 或 12 位数字，例如 341800（宣城市）、341802（宣州区）。",
        )
    return _significant(code)


def parent_code(code: str) -> str | None:
    """The code one level up, by prefix, of a significant code; the country has none."""
    if code == COUNTRY:
        return None
    position = _LENGTHS.index(len(code))
    return code[: _LENGTHS[position - 1]] if position else COUNTRY


def level_of(code: str) -> Level:
    """The level of a significant code, by its length."""
    return Level.COUNTRY if code == COUNTRY else Level(_LENGTHS.index(len(code)) + 1)


def is_placeholder(code: str, name: str) -> bool:
    """Whether the code list has this unit for lineage only: 市辖区, 县, 省直辖…, or the twin of a unit above."""
    return _is_twin(code) or (level_of(code) in (Level.CITY, Level.COUNTY) and name in PLACEHOLDER_NAMES)


def _significant(code: str) -> str:
    for length in (9, 6, 4, 2):
        if len(code) > length and not code[length:].strip("0"):
            code = code[:length]
    return code


def _is_twin(code: str) -> bool:
    return _significant(code) != code


def _stands(unit: Division, on: date) -> bool:
    return (unit.valid_from is None or unit.valid_from <= on) and (unit.valid_to is None or on <= unit.valid_to)


class DivisionTree:
    """An immutable tree in time, whole or partial: it answers from the units that it was given.

    Every change ends its unit (made anew when the code list has forgotten it) and begins its successors, unless one
    has a first day of its own (a unit that was there before and took another in). Codes are taken as people write
    them; a malformed one raises ``Misuse``.
    """

    __slots__ = ("__weakref__", "_children", "_earlier", "_kin", "_names", "_units")

    def __init__(self, units: Iterable[Division], changes: Iterable[_Change] = ()) -> None:
        self._units: dict[str, Division] = {COUNTRY: Division(COUNTRY, COUNTRY_NAME, Level.COUNTRY)}
        self._units.update((unit.code, unit) for unit in units)
        self._earlier: Mapping[str, tuple[str, ...]] = {}
        self._kin: Mapping[str, frozenset[str]] = {}
        self._apply(sorted(changes, key=lambda change: (change.on, change.code)))
        self._children: dict[str, list[str]] | None = None
        self._names: dict[str, list[str]] | None = None

    def __len__(self) -> int:
        return len(self._units)

    def __iter__(self) -> Iterator[Division]:
        """Every unit there is, of whatever day, the country first."""
        return iter(self._units.values())

    def find(self, code: str, on: date) -> Division | None:
        """The unit that stands for ``code`` on that day: itself, or through its successors or predecessors as long as
        there is exactly one. ``None``: unknown, or split."""
        return self._standing(normalise(code), on)

    def place(self, code: str, on: date) -> Division | None:
        """Where a row under ``code`` counts: as ``find``, else the nearest known unit above; ``None`` when not even the
        province is known."""
        here = normalise(code)
        while (unit := self._standing(here, on)) is None:
            above = parent_code(here)
            if above in (None, COUNTRY):
                return None
            here = _significant(str(above))
        return unit

    def lineage(self, code: str, on: date) -> tuple[Division, ...]:
        """From the country down to the place of ``code``, placeholders included; empty when it has no place."""
        ways: dict[str, Division] = {}
        unit = self.place(code, on)
        while unit is not None and unit.code not in ways:
            ways[unit.code] = unit
            unit = self.above(unit, on)
        return tuple(reversed(ways.values()))

    def above(self, unit: Division, on: date) -> Division | None:
        """The unit over this one on that day, a placeholder too; the country has none."""
        code = parent_code(unit.code)
        while code and (found := self._standing(code, on)) is None:
            code = parent_code(code)
        return found if code else None

    def children(self, code: str, on: date) -> tuple[Division, ...]:
        """The units one step down that stand on that day, by code; a twin is passed through."""
        unit, found = self.find(code, on), list[Division]()
        waiting = [] if unit is None else self._below(unit, on)
        for child in waiting:
            if _is_twin(child.code):
                waiting.extend(self._below(child, on))
            else:
                found.append(child)
        return tuple(sorted(found, key=lambda child: child.code))

    def under(self, code: str, level: Level, on: date, placeholders: bool = False) -> tuple[Division, ...]:
        """The units of ``level`` within ``code`` (itself, when it is of that level) that stand on that day, by code."""
        unit = self.find(code, on)
        ring = [] if unit is None else [unit]
        found: list[Division] = []
        while ring:
            found += [one for one in ring if one.level == level and (placeholders or not one.placeholder)]
            ring = [child for one in ring if one.level < level for child in self._below(one, on)]
        return tuple(sorted(found, key=lambda one: one.code))

    def named(self, text: str, on: date) -> tuple[Division, ...]:
        """All that carry the name, by code; it may be led by names from above (``南京市鼓楼区``). More than one: the caller
        states the ambiguity. Old names lead to the successor; placeholders have no name of their own."""
        words = "".join(unicodedata.normalize("NFKC", text).replace("/", " ").split())
        for start in range(len(words)):
            units = {self._standing(code, on) for code in self._name_index().get(words[start:], ())}
            found = [one for one in units if one is not None and self._leads(words[:start], one, on)]
            if found:
                return tuple(sorted(found, key=lambda one: one.code))
        return ()

    def name(self, code: str, on: date) -> str:
        """The name on that day; the code itself when it is not known."""
        unit = self.find(code, on)
        return code if unit is None else unit.name

    def _apply(self, changes: list[_Change]) -> None:
        earlier: defaultdict[str, list[str]] = defaultdict(list)
        kin: dict[str, frozenset[str]] = {}
        for change in changes:
            code, name = change.code, change.name
            known = self._units.get(code) or Division(code, name, level_of(code), is_placeholder(code, name))
            last, source = change.on - timedelta(days=1), known.source or change.source
            self._units[code] = replace(known, valid_to=last, successors=change.successors, source=source)
            together = frozenset({change.code, *change.successors})
            together = together.union(*(kin.get(one, frozenset()) for one in together))
            kin.update(dict.fromkeys(together, together))
            for successor in change.successors:
                earlier[successor].append(code)
        for change in changes:
            for code in change.successors:
                unit = self._units.get(code)
                if unit is not None and unit.valid_from is None:
                    self._units[code] = replace(unit, valid_from=change.on)
        self._earlier = {code: tuple(before) for code, before in earlier.items()}
        self._kin = kin

    def _standing(self, code: str, on: date) -> Division | None:
        passed: set[str] = set()
        unit = self._units.get(code)
        while unit is not None and unit.code not in passed:
            if _stands(unit, on):
                return unit
            passed.add(unit.code)
            ended = unit.valid_to is not None and unit.valid_to < on
            others = unit.successors if ended else self._earlier.get(unit.code, ())
            unit = self._units.get(others[0]) if len(others) == 1 else None
        return None

    def _below(self, unit: Division, on: date) -> list[Division]:
        """Children by prefix, also of codes for which this unit stands, and of units below that nothing stands for."""
        codes = [code for code in self._kin.get(unit.code, ()) if self._standing(code, on) is unit] or [unit.code]
        found: list[Division] = []
        for code in codes:
            for child in map(self._units.__getitem__, self._child_index().get(code, ())):
                if _stands(child, on):
                    found.append(child)
                elif self._standing(child.code, on) is None:
                    found += self._below(child, on)
        return found

    def _leads(self, words: str, unit: Division, on: date) -> bool:
        """Whether ``words`` is made of names above ``unit``, in order."""
        for one in self.lineage(unit.code, on)[:-1]:
            words = words.removeprefix(one.name)
        return not words

    def _child_index(self) -> Mapping[str, list[str]]:
        if self._children is None:
            self._children = {}
            for code in self._units:
                above = parent_code(code)
                while above is not None and above not in self._units:
                    above = parent_code(above)
                if above is not None:
                    self._children.setdefault(above, []).append(code)
        return self._children

    def _name_index(self) -> Mapping[str, list[str]]:
        if self._names is None:
            self._names = {}
            for unit in self._units.values():
                if not unit.placeholder:
                    self._names.setdefault(unit.name, []).append(unit.code)
        return self._names
