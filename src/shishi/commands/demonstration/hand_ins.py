"""All hand-ins of the demonstration in the order of time. Deterministic: the same seed and tree give the same cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from random import Random

from shishi.core.divisions import DivisionTree, Level, normalise, official
from shishi.core.ledger import Mode
from shishi.core.tables import Values

SEED = 20210930


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person who fills in workbooks: user name, shown name, and reach (programme code, official division code)."""

    username: str
    name: str
    programme: str
    division: str


@dataclass(frozen=True, slots=True)
class HandIn:
    """One workbook: handed in by ``person`` (user name) at ``time`` of Shanghai on
    ``day``, which is also its as-of day.

    ``table`` is a full name, ``division`` an official code. ``rows`` are typed; a reference holds the key of the row
    that it refers to, as a clerk writes it."""

    day: date
    time: time
    person: str
    table: str
    division: str
    mode: Mode
    rows: tuple[Values, ...]


def clerks(packs: Path) -> tuple[Clerk, ...]:
    """Everybody who hands in, in the order of programmes and divisions. ``packs`` is the folder of the packs."""
    from shishi.commands.demonstration import estates, homes, titles

    return (*titles.clerks(packs), *homes.clerks(packs), *estates.clerks(packs))


def hand_ins(packs: Path, tree: DivisionTree, seed: int = SEED) -> Iterator[HandIn]:
    """Every workbook of the demonstration, oldest first. ``tree`` gives the villages and
    counties that rows are placed in."""
    from shishi.commands.demonstration import estates, homes, titles

    made = [
        *estates.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *homes.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *titles.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
    ]
    yield from sorted(made, key=lambda item: (item.day, item.time))


def places(tree: DivisionTree, code: str, level: Level, on: date) -> list[str]:
    """Official codes of the units of ``level`` within ``code``; the division itself where the tree knows none."""
    found = [unit.official_code for unit in tree.under(code, level, on)]
    return found or [official(normalise(code))]
