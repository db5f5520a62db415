"""All hand-ins of the demonstration in the order of time. Deterministic: the same seed and tree give the same cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from shishi.commands.demonstration import estates, homes, titles
from shishi.commands.demonstration.planned import Clerk, HandIn
from shishi.core.divisions import DivisionTree

SEED = 20210930


def clerks(packs: Path) -> tuple[Clerk, ...]:
    """Everybody who hands in, in the order of programmes and divisions. ``packs`` is the folder of the packs."""
    return (*titles.clerks(packs), *homes.clerks(packs), *estates.clerks(packs))


def hand_ins(packs: Path, tree: DivisionTree, seed: int = SEED) -> Iterator[HandIn]:
    """Every workbook of the demonstration, oldest first. ``tree`` gives the villages and
    counties that rows are placed in."""
    made = [
        *estates.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *homes.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *titles.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
    ]
    yield from sorted(made, key=lambda item: (item.day, item.time))
