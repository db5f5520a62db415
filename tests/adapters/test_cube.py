"""The cube: whatever happens to a ledger, its figures are those of the reference, to the last digit."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.base import RevisionTexts
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.cube import Cube
from shishi.adapters.engines.cube_store import Cubes
from shishi.adapters.engines.reference import ReferenceEngine
from shishi.core.assurance import Mark
from shishi.core.criteria import Compare, Moment, Operator, Quantifier, Related, Through
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision
from shishi.core.questions import Held, Question
from shishi.core.rollup import Amount, amounts
from shishi.core.tables import Field, FieldType, Value
from tests.adapters.ledger_worlds import (
    DAYS,
    END,
    START,
    MemorySource,
    World,
    comparisons,
    criteria,
    questions,
    simple_world,
    texts_of,
    worlds,
)

lawful = settings(
    max_examples=25,
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

    def news(self, table: str, after_sequence: int) -> Iterator[RevisionTexts]:
        return self.texts_of(table, self.changed(table, after_sequence))

    def texts_of(self, table: str, entries: Collection[UUID]) -> Iterator[RevisionTexts]:
        yield texts_of([item for item in self.revisions(table, 0) if item.entry in entries])

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


def grown(source: Followed, world: World, steps: Iterable[int]) -> Iterator[int]:
    """The ledger grows to each of these sequences, then to its end."""
    for step in [*sorted(steps), 40]:
        source.held = world.source.until(step).held
        yield step


steps = st.lists(st.integers(1, 40), min_size=3, max_size=5)


@lawful
@given(worlds(), st.data(), steps, st.sampled_from([1000, 1000, 5]))
def test_after_every_step_the_figures_are_those_of_the_reference(
    world: World, data: st.DataObject, cuts: list[int], least: int
) -> None:
    asked = [today(data.draw(questions(world))) for _ in range(3)]
    growing = Followed({})
    with cube_over(growing, least=least) as cube:
        for _ in grown(growing, world, cuts):
            for question in asked:
                assert figures(cube, question) == meaning(growing, question)


def tied(world: World, data: st.DataObject) -> Question:
    """A question whose criterion looks at rows of the other table, and from there back at the asked one."""
    other = next(name for name in world.tables if name != world.main.name)
    beyond = data.draw(st.sampled_from([comparisons(world.tables[other]), criteria(world.tables, other, depth=1)]))
    where = data.draw(
        st.one_of(
            st.builds(Related, st.just(other), st.just("tie"), st.sampled_from(Quantifier), beyond),
            st.builds(Through, st.just("tie"), st.just(other), beyond),
        )
    )
    asked = data.draw(questions(world, (Measure.COUNT, Measure.SUM, Measure.DISTINCT)))
    return today(replace(asked, indicator=replace(asked.indicator, where=where)))


@lawful
@given(worlds(), st.data(), steps)
def test_what_happens_to_related_rows_is_followed(world: World, data: st.DataObject, cuts: list[int]) -> None:
    question, growing = tied(world, data), Followed({})
    with cube_over(growing) as cube:
        for _ in grown(growing, world, cuts):
            assert figures(cube, question) == meaning(growing, question)


@lawful
@given(worlds(), st.data(), steps)
def test_another_day_has_its_own_figures(world: World, data: st.DataObject, cuts: list[int]) -> None:
    """Running totals, flows and criteria that name the day: asked on one day, then on the next."""
    asked, growing = today(data.draw(questions(world))), Followed({})
    with cube_over(growing) as cube:
        for step in grown(growing, world, cuts):
            days = [DAYS[-1], TODAY, TODAY + timedelta(days=1)]
            for day in days[step % 2 :]:
                question = replace(asked, as_of=day)
                found = figures(cube, question, Land(on=day))
                assert found == meaning(growing, question, Land(on=day)) or (found is None and day == DAYS[-1])


@lawful
@given(worlds(), st.data(), steps)
def test_a_changed_tree_moves_rows_to_their_successors(world: World, data: st.DataObject, cuts: list[int]) -> None:
    question, growing = today(data.draw(questions(world))), Followed({})
    before, after = Land(), Land("郎溪 is a part of 宣州", MERGED)
    with cube_over(growing) as cube:
        for step in grown(growing, world, cuts):
            for land in (before, after)[step % 2 :]:
                assert figures(cube, question, land) == meaning(growing, question, land)


ROWS = [("341802", 1), ("341821", 2), ("341802", 3), ("341821", 4), ("320000", 5), ("341821", None)]
WORLD = simple_world(ROWS)
QUESTIONS = [plain(WORLD, measure) for measure in (Measure.COUNT, Measure.SUM, Measure.DISTINCT, Measure.REPORTED)]


@pytest.mark.parametrize("question", QUESTIONS[:3], ids=lambda question: str(question.indicator.measure))
def test_news_are_followed_without_another_look_at_everything(question: Question) -> None:
    source = Followed(WORLD.source.until(4).held)
    with cube_over(source) as cube:
        figures(cube, question)
        (manifest,) = cube.store.folder.rglob("manifest.json")
        before = manifest.read_text()
        source.held = WORLD.source.held
        assert figures(cube, question) == meaning(source, question)
        assert manifest.read_text() == before


def test_the_tree_is_not_read_again_for_places_that_are_known() -> None:
    land, source = Land(), Followed(WORLD.source.until(3).held)
    with cube_over(source) as cube:
        figures(cube, QUESTIONS[1], land)
        source.held = WORLD.source.until(4).held
        assert figures(cube, QUESTIONS[1], land) == meaning(source, QUESTIONS[1])
    assert land.asked == 1


def test_what_is_not_about_the_present_is_left_to_the_engine() -> None:
    with cube_over(Followed(WORLD.source.held)) as cube:
        assert figures(cube, replace(QUESTIONS[0], as_of=DAYS[0])) is not None
        assert figures(cube, replace(QUESTIONS[0], as_of=DAYS[0] - timedelta(days=1))) is None
        assert figures(cube, replace(QUESTIONS[0], known_at=START - timedelta(seconds=1))) is None


def test_a_row_dated_ahead_counts_from_its_day_on() -> None:
    running = plain(WORLD, span=Span.RUNNING, by="day")
    with cube_over(Followed(WORLD.source.held)) as cube:
        for day, wanted in ((DAYS[1], 3), (DAYS[2], 4), (DAYS[4], 6), (DAYS[1], 3)):
            found = figures(cube, replace(running, as_of=day))
            assert found is not None
            assert found["00"].value == wanted


def spoiled(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.indicator.measure))
@pytest.mark.parametrize("harm", [Path.unlink, spoiled, lambda path: shutil.rmtree(path.parent.parent)])
def test_a_cube_that_is_lost_or_damaged_is_made_again(question: Question, harm: Callable[[Path], None]) -> None:
    source = Followed(WORLD.source.until(3).held)
    with cube_over(source) as cube:
        figures(cube, question)
        for held in (WORLD.source.until(4).held, WORLD.source.held):
            source.held = held
            harm(cube.file(WORLD.main.name).path)
            assert figures(cube, question) == meaning(source, question)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.indicator.measure))
def test_a_ledger_that_went_back_is_followed(question: Question) -> None:
    source = Followed(WORLD.source.held)
    with cube_over(source) as cube:
        figures(cube, question)
        source.held = WORLD.source.until(2).held
        assert figures(cube, question) == meaning(source, question)


class Killed(BaseException):
    """The process ends here; nothing after it is done."""


@pytest.mark.parametrize(
    "call", ["begin", "put_reported", "put_numbers", "add_numbers", "set_rows", "put_pairs", "settle"]
)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.indicator.measure))
def test_a_process_killed_anywhere_leaves_before_or_after(
    question: Question, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Followed(WORLD.source.until(3).held)
    with cube_over(source) as cube:
        figures(cube, question)
        source.held = WORLD.source.held

        def dying(*given: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(Cubes, call, dying)
            with suppress(Killed):
                figures(cube, question)
        assert figures(Cube(source, cube.store), question) == meaning(source, question)


def test_two_that_bring_one_cube_up_to_date_do_it_once() -> None:
    source = Followed(WORLD.source.until(2).held)
    with cube_over(source) as one, ThreadPoolExecutor(2) as both:
        other = Cube(source, one.store)
        for step in (2, 3, 4, 6):
            source.held = WORLD.source.until(step).held
            for question in QUESTIONS:
                found = list(both.map(lambda cube, asked=question: figures(cube, asked), (one, other)))
                assert found == [meaning(source, question)] * 2


def test_cubes_of_days_gone_by_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shishi.adapters.engines.cube_store._MOST_CUBES", 3)
    dated = plain(WORLD, where=Compare("day", Operator.ON_OR_BEFORE, Moment.AS_OF))
    with cube_over(Followed(WORLD.source.held)) as cube:
        for later in range(6):
            figures(cube, replace(dated, as_of=TODAY + timedelta(days=later)))
        with sqlite3.connect(cube.file(WORLD.main.name).path) as file:
            assert file.execute("SELECT count(*) FROM cubes").fetchone() == (3,)
            assert file.execute("SELECT count(DISTINCT cube) FROM cells").fetchone() == (3,)


def test_values_are_told_apart_however_they_are_written() -> None:
    """A list of two is not the one word that looks like it, and empty ones are nothing."""
    field = Field("kinds", "种类", FieldType.CHOICES)
    table = replace(WORLD.main, fields=(*WORLD.main.fields, field))
    words: list[Value] = [("a,1:b",), ("a", "b"), ("b", "a"), ("a,1:b",), (), None]
    rows = [
        replace(row, values={**row.values, "kinds": value})
        for row, value in zip(WORLD.source.held[table.name].revisions, words, strict=True)
    ]
    world = World({table.name: table}, MemorySource({table.name: Held(tuple(rows))}))
    question, source = plain(world, Measure.DISTINCT, field="kinds"), Followed({})
    with cube_over(source) as cube:
        for step in range(1, 7):
            source.held = world.source.until(step).held
            assert figures(cube, question) == meaning(source, question)


def test_what_is_asked_beside_is_brought_up_with_it() -> None:
    """Made by one look at the rows and followed by one reading of the news."""
    looks: list[str] = []

    class Watched(Followed):
        def news(self, table: str, after_sequence: int) -> Iterator[RevisionTexts]:
            looks.append(table)
            return super().news(table, after_sequence)

    source = Watched(WORLD.source.until(3).held)
    count, amount, owners = QUESTIONS[:3]
    with cube_over(source) as cube:
        assert cube.look(Land(), lambda: [amount, owners]).amounts(count, NODES) == meaning(source, count)
        with sqlite3.connect(cube.file(WORLD.main.name).path) as file:
            assert file.execute("SELECT count(*) FROM cubes").fetchone() == (3,)
        source.held = WORLD.source.held
        look = cube.look(Land(), lambda: [amount, owners])
        for question in (count, amount, owners):
            assert look.amounts(question, NODES) == meaning(source, question)
        assert len(looks) == 1
