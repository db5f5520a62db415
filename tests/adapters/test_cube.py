"""The cube: whatever happens to a ledger, its figures are those of the reference, to the last digit."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.cube import Cube
from shishi.adapters.engines.reference import ReferenceEngine
from shishi.core.assurance import Mark
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.indicators import Indicator, Measure
from shishi.core.ledger import Revision
from shishi.core.questions import Question
from shishi.core.rollup import Amount, amounts
from tests.adapters.ledger_worlds import DAYS, END, MemorySource, World, questions, worlds

lawful = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
UNITS = [
    Division("34", "安徽省", Level.PROVINCE),
    Division("3418", "宣城市", Level.CITY),
    Division("341802", "宣州区", Level.COUNTY),
    Division("341802001", "西林街道", Level.STREET),
    Division("341821", "郎溪县", Level.COUNTY),
    Division("32", "江苏省", Level.PROVINCE),
]
MERGED = [replace(unit, valid_to=DAYS[1], successors=("341802",)) if unit.code == "341821" else unit for unit in UNITS]
NODES = ["00", *(unit.code for unit in UNITS)]
TODAY = END.date()


class Followed(MemorySource):
    """A ledger in memory as a cube follows it."""

    def standing(self, table: str) -> tuple[int, datetime | None]:
        moments = [item.recorded_at for item in self._all(table)]
        return self.head(table), max(moments, default=None)

    def latest_on(self, table: str, after_sequence: int) -> date | None:
        return max((item.effective_on for item in self._all(table) if item.sequence > after_sequence), default=None)

    def changed(self, table: str, after_sequence: int) -> frozenset[UUID]:
        return frozenset(item.entry for item in self._all(table) if item.sequence > after_sequence)

    def histories(self, table: str, entries: Collection[UUID]) -> Iterator[Revision]:
        return (item for item in self.revisions(table, 0) if item.entry in entries)

    def marks_on(self, table: str, entries: Collection[UUID]) -> Iterator[Mark]:
        return (item for item in self.marks(table, 0) if item.entry in entries)

    def referring(self, table: str, via: str, targets: Collection[UUID]) -> frozenset[UUID]:
        held = {str(target) for target in targets}
        return frozenset(item.entry for item in self.revisions(table, 0) if item.values.get(via) in held)

    def _all(self, table: str) -> list[Revision | Mark]:
        return [*self.revisions(table, 0), *self.marks(table, 0)]


@dataclass
class Land:
    """The tree of a day; ``token`` changes with it. ``asked`` counts how often it was needed."""

    token: str = "as it is"
    units: Sequence[Division] = field(default_factory=lambda: UNITS)
    on: date = TODAY
    asked: int = 0

    def tree(self, codes: Collection[str]) -> DivisionTree:
        self.asked += 1
        return DivisionTree(self.units)


@contextmanager
def cube_over(source: Followed, **given: Any) -> Iterator[Cube]:
    with tempfile.TemporaryDirectory() as folder:
        yield Cube(source, ColumnStore(Path(folder)), **given)


def figures(cube: Cube, question: Question, land: Land | None = None) -> dict[str, Amount] | None:
    return cube.look(land or Land()).amounts(question, NODES)


def meaning(source: MemorySource, question: Question, land: Land | None = None) -> dict[str, Amount]:
    there = land or Land()
    found = amounts(ReferenceEngine(source), question, there.tree(()), there.on)
    return {node: amount for node, amount in found.items() if node in NODES}


def today(question: Question) -> Question:
    return replace(question, as_of=TODAY, known_at=END)


def plain(world: World, measure: Measure = Measure.COUNT, **changed: Any) -> Question:
    numbered = Indicator("all", "全部", measure, "个", table=world.main.name, field="number")
    return Question(replace(numbered, **changed), world.tables, as_of=TODAY, known_at=END)


@lawful
@given(worlds(), st.data(), st.lists(st.integers(1, 40), min_size=3, max_size=5), st.sampled_from([1000, 1000, 5]))
def test_after_every_step_the_figures_are_those_of_the_reference(
    world: World, data: st.DataObject, cuts: list[int], least: int
) -> None:
    asked = [today(data.draw(questions(world))) for _ in range(3)]
    growing = Followed({})
    with cube_over(growing, least=least) as cube:
        for cut in [*sorted(cuts), 40]:
            growing.held = world.source.until(cut).held
            for question in asked:
                assert figures(cube, question) == meaning(growing, question)
