"""One suite for all engines: each says what ``core.rollup`` means, to the last digit, and keeps its laws."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.cube import STROKE
from shishi.adapters.engines.duckdb import DuckDBEngine
from shishi.adapters.engines.gathering import Lines
from shishi.core import rollup
from shishi.core.assurance import Basis
from shishi.core.criteria import Compare, Criterion, Not, Operator
from shishi.core.errors import Misuse
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.questions import Question
from tests.adapters.asked_engines import (
    NODES,
    TREE,
    answers,
    engine_over,
    every_engine,
    law,
    lawful,
    meaning,
    plain,
    some_of,
)
from tests.adapters.ledger_worlds import (
    CODES,
    DAYS,
    END,
    START,
    MemorySource,
    World,
    criteria,
    dense_world,
    operands_of,
    plain_worlds,
    questions,
    simple_world,
    worlds,
)


@law(25, worlds(), st.data())
def test_an_engine_answers_what_the_core_means(name: str, world: World, data: st.DataObject) -> None:
    with engine_over(name, world.source) as (engine, _):
        for _number in range(4):
            question = data.draw(questions(world))
            assert answers(engine, question) == meaning(world.source, question)
            table, held = question.table, world.source.held[question.table.name]
            found = engine.places(table, question.as_of, question.known_at)
            assert found == rollup.places_of(table, held, question.as_of, question.known_at)


@settings(lawful, max_examples=25)
@given(plain_worlds(), st.data())
def test_what_is_known_of_the_parts_changes_the_way_and_never_the_answer(world: World, data: st.DataObject) -> None:
    with engine_over("duckdb", world.source) as (engine, _):
        for _number in range(4):
            question = data.draw(questions(world))
            assert answers(engine, question) == meaning(world.source, question)


@settings(lawful, max_examples=15)
@given(st.one_of(worlds(), plain_worlds()), st.data())
def test_many_questions_at_once_are_answered_as_each_alone(world: World, data: st.DataObject) -> None:
    asked = [data.draw(questions(world, (Measure.COUNT, Measure.SUM, Measure.DISTINCT))) for _ in range(5)]
    several = [*asked, *(replace(asked[0], indicator=question.indicator) for question in asked if not flows(question))]
    lines = {code: tuple(unit.code for unit in TREE.lineage(code, DAYS[0])) or ("00",) for code in CODES} | {
        "": ("00",)
    }
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDBEngine(world.source, ColumnStore(Path(folder), 5))
        found = engine.gather(several, Lines.written({code: STROKE.join(line) for code, line in lines.items()}, STROKE))
        for question, gathered in zip(several, found, strict=True):
            if question.indicator.measure is Measure.DISTINCT:
                assert gathered.amounts == engine.distinct(question, lines)
            else:
                assert gathered.amounts == rollup.climb(engine.leaves(question), TREE, DAYS[0])


def flows(question: Question) -> bool:
    return question.indicator.span is Span.FLOW


@law(25, worlds(), st.data())
def test_a_criterion_has_the_same_three_answers_in_every_engine(name: str, world: World, data: st.DataObject) -> None:
    everything = plain(world)
    held = world.source.held
    with engine_over(name, world.source) as (engine, _):
        for _number in range(4):
            criterion = data.draw(criteria(world.tables, world.main.name))
            for where in (criterion, Not(criterion)):
                question = replace(everything, indicator=replace(everything.indicator, where=where))
                assert engine.entries(question) == rollup.entries_of(question, held)


@every_engine
def test_every_operator_answers_the_same_on_every_type(name: str) -> None:
    world = dense_world()
    everything, held = plain(world), world.source.held
    cases: list[Criterion] = []
    for field, operator in product(world.main.fields, Operator):
        operands = (True, False) if operator is Operator.IS_EMPTY else operands_of(world.main, field)
        for operand in Random(field.name + operator).sample(operands, 2):
            cases += [criterion := Compare(field.name, operator, operand), Not(criterion)]
    with engine_over(name, world.source, part_rows=64) as (engine, _):
        for where in some_of(cases, name, 23):
            question = replace(everything, indicator=replace(everything.indicator, where=where))
            assert engine.entries(question) == rollup.entries_of(question, held), where


@every_engine
def test_every_measure_span_and_basis_means_the_same(name: str) -> None:
    world, chance = dense_world(), Random(1)
    fields = {measure: ["integer 1", "decimal 2", "money 1"] for measure in Measure}
    fields[Measure.DISTINCT] = [field.name for field in world.main.fields]
    measures = (Measure.COUNT, Measure.SUM, Measure.DISTINCT, Measure.REPORTED)
    cases = list(product(measures, Span, ("date 1", "day_time 1", ""), (None, DAYS[0], DAYS[2]), Basis, DAYS[2:4]))
    with engine_over(name, world.source, part_rows=64) as (engine, _):
        for measure, span, by, since, basis, as_of in some_of(chance.sample(cases, 250), name, 11):
            if span is Span.FLOW and not by:
                continue
            indicator = Indicator(
                "asked",
                "所问",
                measure,
                "个",
                table=world.main.name,
                field=chance.choice(fields[measure]),
                span=span,
                by=by,
                since=since,
                assured_group="stage",
            )
            known_at = chance.choice([END, START + timedelta(hours=chance.randint(100, 300))])
            question = Question(indicator, world.tables, as_of, known_at, DAYS[1], DAYS[3], basis)
            assert answers(engine, question) == meaning(world.source, question)


@law(15, worlds(), st.data())
def test_counts_and_sums_of_the_parts_make_the_whole(name: str, world: World, data: st.DataObject) -> None:
    question = data.draw(questions(world, (Measure.COUNT, Measure.SUM)))
    with engine_over(name, world.source) as (engine, _):
        leaves, found = engine.leaves(question), rollup.roll_up(engine, question, TREE, question.as_of)
    for node, value in found.items():
        own = [part for code, part in leaves.items() if placed(code) == node and part is not None]
        below = [found[child.code] for child in TREE.children(node, question.as_of) if child.code in found]
        assert value == rollup.total([*own, *below])


@law(15, worlds(), st.data())
def test_distinct_counts_stay_within_their_bounds(name: str, world: World, data: st.DataObject) -> None:
    question = data.draw(questions(world, (Measure.DISTINCT,)))
    with engine_over(name, world.source) as (engine, _):
        places = engine.places(question.table, question.as_of, question.known_at)
        found = engine.distinct(question, {code: (f"leaf {code}", "whole") for code in places})
    whole = found.pop("whole", 0)
    assert max(found.values(), default=0) <= whole <= sum(found.values())


@law(15, worlds(), st.data())
def test_what_was_known_at_a_moment_is_answered_the_same_for_ever(name: str, world: World, data: st.DataObject) -> None:
    question, growing = data.draw(questions(world)), MemorySource({})
    with engine_over(name, growing) as (engine, _):
        for cut in (10, 20, 30, 40):
            growing.held = world.source.until(cut).held
            later = [moment for moment in moments_after(world, cut) if moment <= question.known_at]
            if not later:
                break
        first = answers(engine, question)
        growing.held = world.source.held
        if not [moment for moment in moments_after(world, cut) if moment <= question.known_at]:
            assert answers(engine, question) == first


@law(15, st.lists(st.tuples(st.sampled_from(CODES), st.integers(-9, 9)), max_size=12), st.randoms())
def test_the_order_in_which_rows_came_does_not_matter(name: str, rows: list[tuple[str, int]], chance: Random) -> None:
    mixed = chance.sample(rows, len(rows))
    found = []
    for order in (rows, mixed):
        world = simple_world(order)
        with engine_over(name, world.source) as (engine, _):
            question = plain(world, Measure.SUM)
            found.append((engine.leaves(question), engine.distinct(plain(world, Measure.DISTINCT), NODES)))
    assert found[0] == found[1]


@settings(lawful, max_examples=15)
@given(worlds(), st.data(), st.lists(st.integers(1, 40), max_size=4))
def test_catching_up_in_pieces_is_catching_up_at_once(world: World, data: st.DataObject, cuts: list[int]) -> None:
    question, growing = data.draw(questions(world)), MemorySource({})
    with engine_over("duckdb", growing) as (engine, _):
        for cut in sorted(cuts):
            growing.held = world.source.until(cut).held
            answers(engine, question)
        growing.held = world.source.held
        assert answers(engine, question) == meaning(world.source, question)


@settings(lawful, max_examples=15)
@given(worlds(), st.data())
def test_deleting_the_column_store_changes_nothing(world: World, data: st.DataObject) -> None:
    question = data.draw(questions(world))
    with engine_over("duckdb", world.source) as (engine, folder):
        first = answers(engine, question)
        shutil.rmtree(folder)
        assert answers(engine, question) == first


@every_engine
def test_a_ratio_is_made_of_exact_sums_in_every_engine(name: str) -> None:
    world = simple_world([("341802", 1), ("341802", 1), ("341821", 1)])
    parts = {
        "sum": replace(plain(world, Measure.SUM).indicator, code="sum"),
        "count": replace(plain(world).indicator, code="count"),
    }
    ratio = Indicator("ratio", "比", Measure.RATIO, "%", numerator="count", denominator="sum", scale=2)
    with engine_over(name, world.source) as (engine, _):
        question = replace(plain(world), indicator=ratio, indicators=parts)
        assert rollup.roll_up(engine, question, TREE, DAYS[0])["3418"] == Decimal("100.00")
        with pytest.raises(Misuse, match="ratio_has_no_rows"):
            engine.leaves(question)


@every_engine
def test_rows_that_say_nothing_give_no_zero(name: str) -> None:
    world = simple_world([("341802", None), ("341821", 3), ("341821", None)])
    with engine_over(name, world.source) as (engine, _):
        assert engine.leaves(plain(world, Measure.SUM)) == {"341802": None, "341821": 3}
        assert engine.distinct(plain(world, Measure.DISTINCT), NODES) == {"341821": 1, "3418": 1, "34": 1, "00": 1}


@every_engine
def test_what_was_stated_before_a_run_began_is_not_subtracted(name: str) -> None:
    world = simple_world([("341802", 5), ("341821", 1), ("341802", 9), ("341821", 8)])
    asked = plain(world, Measure.REPORTED)
    flow = replace(asked.indicator, span=Span.FLOW, by="day")
    october = replace(asked, indicator=flow, period_start=DAYS[2], period_end=DAYS[4])
    begun = replace(october, indicator=replace(flow, since=DAYS[1]))
    with engine_over(name, world.source) as (engine, _):
        assert engine.leaves(october) == {"341802": 4, "341821": 7}
        assert engine.leaves(begun) == {"341821": 7}


@every_engine
def test_a_table_that_holds_nothing_gives_no_figures(name: str) -> None:
    world = simple_world([])
    with engine_over(name, world.source) as (engine, _):
        assert engine.leaves(plain(world)) == {}
        assert engine.distinct(plain(world, Measure.DISTINCT), NODES) == {}
        assert engine.places(world.main, END.date(), END) == frozenset()
        assert engine.entries(plain(world)) == ()


@every_engine
def test_names_with_quotes_are_names_and_never_sql(name: str) -> None:
    world = simple_world([("341802", 3)], field='n"; DROP TABLE x; --')
    with engine_over(name, world.source) as (engine, _):
        assert engine.leaves(plain(world, Measure.SUM)) == {"341802": 3}


def placed(code: str) -> str:
    unit = TREE.place(code, DAYS[0]) if code else None
    return unit.code if unit else "00"


def moments_after(world: World, sequence: int) -> list[datetime]:
    return [
        item.recorded_at
        for found in world.source.held.values()
        for item in (*found.revisions, *found.marks)
        if item.sequence > sequence
    ]
