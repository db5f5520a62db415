"""All hand-ins of the demonstration in the order of time. Deterministic: the same seed and tree give the same cells.

Three programmes are told row by row (``titles``, ``homes``, ``estates``); every other one by a recipe. What was done in
any of them stands in the work record of its pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from shishi.commands.demonstration import estates, homes, titles, work_record
from shishi.commands.demonstration.growing import clerks_of, grown
from shishi.commands.demonstration.planned import Clerk, HandIn
from shishi.commands.demonstration.recipes import Recipe, is_recipe, read_recipe
from shishi.commands.demonstration.work_record import record_plan
from shishi.core.divisions import DivisionTree
from shishi.core.programmes import Pack

SEED = 20210930


def recipes(packs: Path, pack: Pack) -> tuple[Recipe, ...]:
    """The recipes of one pack, by programme. ``packs`` is the folder of the packs."""
    folder = packs / pack.jurisdiction / str(pack.year) / "demonstration"
    return tuple(read_recipe(path) for path in sorted(folder.glob("*.yaml")) if is_recipe(path))


def clerks(packs: Path, tree: DivisionTree, grown_from: Iterable[Pack] = ()) -> tuple[Clerk, ...]:
    """Everybody who hands in, in the order of programmes and divisions; with the packs whose recipes are used."""
    told = (*titles.clerks(packs), *homes.clerks(packs), *estates.clerks(packs))
    for pack in grown_from:
        plan = record_plan(packs, pack)
        recorders = work_record.clerks_of(plan, pack) if plan else ()
        told = (*told, *recorders, *(it for recipe in recipes(packs, pack) for it in clerks_of(recipe, pack, tree)))
    return told


def hand_ins(packs: Path, tree: DivisionTree, grown_from: Iterable[Pack] = (), seed: int = SEED) -> Iterator[HandIn]:
    """Every workbook of the demonstration, oldest first. ``tree`` gives the villages and counties that rows are
    placed in."""
    made = [
        *estates.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *homes.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *titles.hand_ins(packs, tree, Random(seed)),  # noqa: S311 - demonstration rows, not secrets
        *(item for pack in grown_from for recipe in recipes(packs, pack) for item in grown(recipe, pack, tree)),
        *(item for pack in grown_from if (plan := record_plan(packs, pack))
          for item in work_record.hand_ins_of(plan, pack)),
    ]  # fmt: skip
    yield from sorted(made, key=lambda item: (item.received, item.time))
