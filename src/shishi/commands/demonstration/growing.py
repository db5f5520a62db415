"""Workbooks grown from a recipe: deterministic, exact in count and total, the same row keeping its cells from day to
day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, time

from shishi.commands.demonstration.cells import Crop
from shishi.commands.demonstration.layout import Layout
from shishi.commands.demonstration.planned import Clerk, HandIn, places
from shishi.commands.demonstration.recipes import Recipe, unfit
from shishi.core.divisions import DivisionTree, Level, normalise, official
from shishi.core.ledger import Mode
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Values


def clerks_of(recipe: Recipe, pack: Pack, tree: DivisionTree) -> tuple[Clerk, ...]:
    """One clerk for each division that hands in."""
    day = min(day for table in recipe.tables.values() for day in table.days)
    programme = _programme(recipe, pack)
    return tuple(
        Clerk(username(recipe.programme, code), f"{tree.name(code, day)}演示填报员", recipe.programme, code)
        for code in _units(recipe, programme, tree, day)
    )


def grown(recipe: Recipe, pack: Pack, tree: DivisionTree) -> Iterator[HandIn]:
    """Every workbook of the recipe, table by table."""
    programme = _programme(recipe, pack)
    crops: dict[str, Crop] = {}
    layouts: dict[str, Layout] = {}
    for minutes, (short, plan) in enumerate(recipe.tables.items()):
        table = next((item for item in programme.tables if item.short == short), None)
        if table is None:
            raise unfit(recipe.programme, short, "项目里没有这张台账，请核对名称。")
        units = _units(recipe, programme, tree, plan.days[0])
        lay = layouts[short] = Layout(recipe, plan, table, units, tree, layouts)
        made = crops[short] = Crop(lay, crops)
        when = time(9 + minutes // 12, minutes % 12 * 5)
        yield from _Sending(made, when).workbooks()


def username(programme: str, division: str) -> str:
    """The clerk of a division."""
    return f"{programme.replace('_', '-')}-{division}"


class _Sending:
    """Who sends what of one table on which day."""

    def __init__(self, crop: Crop, when: time) -> None:
        self.crop, self.when = crop, when
        self.unit_of = crop.lay.unit_of
        self._handed: dict[int, Values] = {}
        self._last: dict[str, tuple[Values, ...]] = {}

    def workbooks(self) -> Iterator[HandIn]:
        """Per day and division the rows that are new or have changed, wrong ones as they were told first; then what was
        put right later, as of the day on which it was told."""
        plan = self.crop.lay.plan
        for day in plan.days:
            silent = _codes(plan.silent.get(day, ()))
            rows = dict(enumerate(self.crop.rows(day)))
            fresh = {at: row for at, row in rows.items()
                     if self._handed.get(at) != row and self.unit_of[at] not in silent}  # fmt: skip
            wrong = {
                later: self.crop.mistaken(told, fresh) for later, told in plan.corrections.items() if told.of == day
            }
            yield from self._of(fresh | {at: row for mistaken in wrong.values() for at, row in mistaken.items()}, day)
            for code in _codes(plan.unchanged.get(day, ())):
                if any(self.unit_of[at] == code for at in fresh) or code not in self._last:
                    raise self.crop.lay.unfit(f"{code} 在 {day} 有变化，或者还没有报过，不能原样再报。")
                yield self._sent(day, code, self._last[code])
            for later, mistaken in wrong.items():
                yield from self._of({at: rows[at] for at in mistaken}, day, later)
            self._handed |= fresh

    def _of(self, rows: Mapping[int, Values], day: date, late: date | None = None) -> Iterator[HandIn]:
        parts: defaultdict[str, list[Values]] = defaultdict(list)
        for at, row in rows.items():
            parts[self.unit_of[at]].append(row)
        for code, mine in parts.items():
            self._last[code] = tuple(mine)
            yield self._sent(day, code, self._last[code], late)

    def _sent(self, day: date, code: str, rows: tuple[Values, ...], late: date | None = None) -> HandIn:
        lay = self.crop.lay
        person = username(lay.recipe.programme, code)
        return HandIn(day, self.when, person, lay.table.name, code, Mode.MERGE, rows, late)


def _codes(codes: tuple[str, ...] | list[str]) -> list[str]:
    return [official(normalise(code)) for code in codes]


def _programme(recipe: Recipe, pack: Pack) -> Programme:
    found = next((item for item in pack.programmes if item.code == recipe.programme), None)
    if found is None:
        raise unfit(recipe.programme, "programme", "清单里没有这个项目，请核对代码。")
    return found


def _units(recipe: Recipe, programme: Programme, tree: DivisionTree, on: date) -> list[str]:
    """Official codes of those who hand in."""
    if recipe.only:
        return [official(normalise(code)) for code in recipe.only]
    return places(tree, programme.division, Level[recipe.hands_in.upper()], on)
