"""All hand-ins of the demonstration in the order of time. Deterministic: the same recipes and tree give the same cells.

Every programme is told by recipes; what was done in any of them stands in the work record of its pack."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from shishi.commands.demonstration import work_record
from shishi.commands.demonstration.growing import clerks_of, grown
from shishi.commands.demonstration.planned import Clerk, HandIn
from shishi.commands.demonstration.recipes import Recipe, read_plan
from shishi.commands.demonstration.work_record import record_plan
from shishi.core.divisions import DivisionTree
from shishi.core.programmes import Pack


def recipes(packs: Path, pack: Pack) -> tuple[Recipe, ...]:
    """The recipes of one pack, by programme. ``packs`` is the folder of the packs."""
    folder = packs / pack.jurisdiction / str(pack.year) / "demonstration"
    return tuple(read_plan(path, Recipe) for path in sorted(folder.glob("*.yaml")) if _is_recipe(path))


def _is_recipe(path: Path) -> bool:
    """Whether rows come out of the file; others beside it tell of visits, matters and meetings."""
    return any(line.startswith("hands_in:") for line in path.read_text(encoding="utf-8").splitlines())


def clerks(packs: Path, tree: DivisionTree, told: Iterable[Pack], only: Collection[str] = ()) -> tuple[Clerk, ...]:
    """Everybody who hands in, in the order of programmes and divisions, each once. ``only``: codes of programmes;
    none means all."""
    found: dict[str, Clerk] = {}
    for pack in told:
        plan = record_plan(packs, pack)
        grown_up = (it for recipe in recipes(packs, pack) for it in clerks_of(recipe, pack, tree))
        for clerk in (*(work_record.clerks_of(plan, pack) if plan else ()), *grown_up):
            if not only or clerk.programme in only:
                found.setdefault(clerk.username, clerk)
    return tuple(found.values())


def hand_ins(packs: Path, tree: DivisionTree, told: Iterable[Pack], only: Collection[str] = ()) -> Iterator[HandIn]:
    """Every workbook of the demonstration, oldest first. ``tree`` gives the villages and counties that rows are
    placed in."""
    made: list[HandIn] = []
    for pack in told:
        for recipe in recipes(packs, pack):
            if not only or recipe.programme in only:
                made += grown(recipe, pack, tree)
        if plan := record_plan(packs, pack):
            made += (item for item in work_record.hand_ins_of(plan, pack)
                     if not only or item.table.split("/")[2] in only)  # fmt: skip
    yield from sorted(made, key=lambda item: (item.received, item.time))
