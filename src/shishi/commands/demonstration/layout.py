"""Where the rows of one table lie as a recipe has them: who hands each in, since when, in which place, under which row.

Rows stand in one order for the whole table: day by day as they come, and within a day in turn over those who hand in
(``count``) or one division after the other (``counts``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate, pairwise

from shishi.commands.demonstration.planned import places
from shishi.commands.demonstration.recipes import Recipe, TableRecipe, unfit
from shishi.core.divisions import DivisionTree, Level, normalise, official
from shishi.core.errors import Misuse
from shishi.core.tables import Table


@dataclass
class Layout:
    """``units``: official codes of those who hand in; ``others``: the tables before this one. What is told of every row
    stands at its place in ``unit_of`` and so on; ``nth_of`` counts the rows under one parent from 1."""

    recipe: Recipe
    plan: TableRecipe
    table: Table
    units: Sequence[str]
    tree: DivisionTree
    others: Mapping[str, Layout]
    unit_of: list[str] = field(default_factory=list)
    place_of: list[str] = field(default_factory=list)
    day_of: list[date] = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    parent_of: list[int] = field(default_factory=list)
    nth_of: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = set(self.table.by_name)
        written = {name for rows in self.plan.written.values() for row in rows for name in row}
        if strange := (set(self.plan.cells) | written) - names:
            raise self.unfit(f"没有这些列：{'、'.join(sorted(strange))}。")
        required = {item.name for item in self.table.fields if item.required} - {self.table.division_field}
        if missing := required - set(self.plan.cells) - written:
            raise self.unfit(f"必填的列没有写：{'、'.join(sorted(missing))}。")
        for day, unit in self._coming():
            self.day_of.append(day)
            self.unit_of.append(unit)
        seen: Counter[str] = Counter()
        for unit in self.unit_of:
            self.row_of.append(seen[unit])
            seen[unit] += 1
        if self.plan.belongs_to:
            self._hang_on(seen)
        self._place()

    def unfit(self, why: str) -> Misuse:
        """This table of the recipe cannot be carried out."""
        return unfit(self.recipe.programme, self.table.short, why)

    def many(self, day: date) -> int:
        """How many rows are held by the day."""
        return bisect_right(self.day_of, day)

    def parents(self) -> Layout:
        """The table on whose rows these hang."""
        found = self.others.get(self.plan.belongs_to or "")
        if found is None:
            raise self.unfit("belongs_to 要写前面的一张台账。")
        return found

    @cached_property
    def order(self) -> list[int]:
        """Rows in the order of their progress: those of slow divisions last."""
        slow = {official(normalise(code)) for code in self.recipe.slow}
        return sorted(range(len(self.unit_of)), key=lambda at: (self.unit_of[at] in slow, at))

    @cached_property
    def written(self) -> list[Mapping[str, str]]:
        """The rows that are written out, in their order."""
        return [row for day in self.plan.days for row in self.plan.written.get(day, ())]

    def _coming(self) -> Iterator[tuple[date, str]]:
        """The day on which each row comes, and who hands it in."""
        plan, at = self.plan, 0
        weights = {official(normalise(code)): share for code, share in self.recipe.weights.items()}
        turns = _turns(self.units, weights)
        silent = {day: {official(normalise(code)) for code in codes} for day, codes in plan.silent.items()}
        for before, day in pairwise([date.min, *plan.days]):
            if plan.stated:
                yield from ((day, code) for code in self.units if code not in silent.get(day, ()))
            elif plan.written:
                yield from ((day, self._sender(row)) for row in plan.written[day])
            elif plan.counts:
                yield from ((day, code) for code, more in self._more(before, day) for _ in range(more))
            else:
                yield from ((day, turns[row % len(turns)]) for row in range(at, plan.count[day]))
                at = plan.count[day]

    def _more(self, before: date, day: date) -> Iterator[tuple[str, int]]:
        """How many rows each division has on a day, more than before."""
        for code, counts in self.plan.counts.items():
            unit = official(normalise(code))
            if unit not in self.units:
                raise self.unfit(f"{code} 不在填报单位里。")
            held = [max((many for known, many in counts.items() if known <= edge), default=0) for edge in (before, day)]
            yield unit, held[1] - held[0]

    def _sender(self, row: Mapping[str, str]) -> str:
        told = row.get(self.table.division_field)
        code = normalise(told) if told else ""
        return next((unit for unit in self.units if code.startswith(normalise(unit))), self.units[0])

    def _hang_on(self, seen: Mapping[str, int]) -> None:
        """The row above each row: one that is held already on the day on which this one comes. Rows of ``counts`` hang
        within their division."""
        above = self.parents()
        if self.plan.as_many_as:
            self.parent_of = self._as_many(above, self.plan.as_many_as)
        elif self.plan.counts:
            own: defaultdict[str, list[int]] = defaultdict(list)
            for at, unit in enumerate(above.unit_of):
                own[unit].append(at)
            for unit, row in zip(self.unit_of, self.row_of, strict=True):
                if not own[unit]:
                    raise self.unfit(f"{unit} 没有上级行。")
                at = row * len(own[unit]) // seen[unit] if self.plan.in_runs else row % len(own[unit])
                self.parent_of.append(own[unit][at])
        else:
            whole = len(self.day_of)
            for at, day in enumerate(self.day_of):
                many = above.many(day)
                self.parent_of.append(at * many // whole if self.plan.in_runs else at % many)
        if not self.plan.counts:
            self.unit_of = [above.unit_of[parent] for parent in self.parent_of]
        under: Counter[int] = Counter()
        for parent in self.parent_of:
            under[parent] += 1
            self.nth_of.append(under[parent])

    def _as_many(self, above: Layout, column: str) -> list[int]:
        if any(column not in row for row in above.written):
            raise self.unfit(f"上级行要逐行写明 {column}。")
        edges = list(accumulate(int(row[column]) for row in above.written))
        if not edges or edges[-1] != len(self.day_of):
            raise self.unfit(f"上级行的 {column} 合计不是这里的 {len(self.day_of)} 行。")
        return [bisect_right(edges, at) for at in range(len(self.day_of))]

    def _place(self) -> None:
        if self.plan.written:
            self.place_of = [
                official(normalise(row[self.table.division_field])) if self.table.division_field in row else unit
                for row, unit in zip(self.written, self.unit_of, strict=True)
            ]
        elif self.plan.belongs_to:
            held = self.parents().place_of
            self.place_of = [self._below(held[at], at) for at in self.parent_of]
        else:
            self.place_of = [self._below(unit, row) for unit, row in zip(self.unit_of, self.row_of, strict=True)]

    def _below(self, code: str, turn: int) -> str:
        if self.plan.place is None:
            return code
        found = self._places.get(code)
        if found is None:
            level = Level[self.plan.place.upper()]
            found = self._places[code] = places(self.tree, code, level, self.plan.days[0])
        return found[turn % len(found)]

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        return {}


def _turns(units: Sequence[str], weights: Mapping[str, int]) -> list[str]:
    """Whose turn it is, round after round: every unit as often as its weight, spread evenly."""
    shares = {code: weights.get(code, 1) for code in units}
    return [code for turn in range(max(shares.values())) for code in units if turn < shares[code]]
