"""What the engines' suites share: the engines, one world's tree, and how an engine is asked beside the meaning."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.base import Engine
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.duckdb import DuckDBEngine
from shishi.adapters.engines.reference import ReferenceEngine
from shishi.adapters.engines.spark import SparkEngine
from shishi.core import rollup
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.indicators import Indicator, Measure
from shishi.core.questions import Held, Question
from shishi.core.tables import FieldType
from tests.adapters.ledger_worlds import CODES, DAYS, END, MemorySource, World

ENGINES: dict[str, Callable[[MemorySource, Path, int], Engine]] = {
    "reference": lambda source, folder, part_rows: ReferenceEngine(source),
    "duckdb": lambda source, folder, part_rows: DuckDBEngine(source, ColumnStore(folder, part_rows)),
    "spark": lambda source, folder, part_rows: SparkEngine(source, ColumnStore(folder, part_rows), "local[*]"),
}
TREE = DivisionTree(
    [
        Division("34", "安徽省", Level.PROVINCE),
        Division("3418", "宣城市", Level.CITY),
        Division("341802", "宣州区", Level.COUNTY),
        Division("341802001", "济川街道", Level.STREET),
        Division("341821", "郎溪县", Level.COUNTY),
        Division("32", "江苏省", Level.PROVINCE),
    ]
)
NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)
NODES = {code: tuple(unit.code for unit in TREE.lineage(code, DAYS[0])) for code in CODES[:4]} | {"": ("00",)}

Case = TypeVar("Case")
Test = Callable[..., None]

lawful = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
every_engine = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.spark if name == "spark" else ()) for name in ENGINES]
)


def law(examples: int, *strategies: st.SearchStrategy[object]) -> Callable[[Test], Test]:
    """A property of every engine. Spark plans for half a second before it answers, and is shown three examples."""

    def over(test: Test) -> Test:
        @every_engine
        def asked(name: str) -> None:
            @settings(lawful, max_examples=3 if name == "spark" else examples)
            @given(st.tuples(*strategies))
            def example(drawn: tuple[object, ...]) -> None:
                test(name, *drawn)

            example()

        asked.__name__ = test.__name__
        return asked

    return over


def some_of(cases: Sequence[Case], name: str, every: int) -> Sequence[Case]:
    """All cases; of many, Spark is asked every so many."""
    return cases[::every] if name == "spark" else cases


@contextmanager
def engine_over(name: str, source: MemorySource, part_rows: int = 5) -> Iterator[tuple[Engine, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        yield ENGINES[name](source, Path(folder), part_rows), Path(folder)


def answers(engine: Engine, question: Question) -> object:
    """Whatever the question's measure can be asked."""
    entries = engine.entries(question), engine.entries(question, {CODES[0], ""}, 2, 1)
    if question.indicator.measure is Measure.DISTINCT:
        return engine.distinct(question, NODES), entries
    return engine.leaves(question), entries


def meaning(source: MemorySource, question: Question) -> object:
    held = {name: source.held.get(name, Held(())) for name in question.tables}
    entries = rollup.entries_of(question, held), rollup.entries_of(question, held, {CODES[0], ""})[1:3]
    if question.indicator.measure is Measure.DISTINCT:
        return rollup.distinct_of(question, held, NODES), entries
    return rollup.leaves_of(question, held), entries


def plain(world: World, measure: Measure = Measure.COUNT) -> Question:
    """Everything that is live in the end."""
    field = next(field.name for field in world.main.fields if field.type in NUMBERS)
    indicator = Indicator("all", "全部", measure, "个", table=world.main.name, field=field)
    return Question(indicator, world.tables, as_of=END.date(), known_at=END)
