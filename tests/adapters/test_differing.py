"""Differences: what two answers do not have in common makes up exactly what one is more than the other."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.differing import Change, Differences, Differing, Side
from shishi.core import rollup
from shishi.core.indicators import Measure
from shishi.core.live_rows import state_as_of
from shishi.core.questions import Question
from tests.adapters.asked_engines import lawful, plain
from tests.adapters.ledger_worlds import CODES, DAYS, END, World, moments, questions, simple_world, worlds

DAY_BEFORE = END - timedelta(days=1)
ADDED = (Measure.COUNT, Measure.SUM, Measure.DISTINCT, Measure.REPORTED)


def compared(world: World, earlier: Question, later: Question, codes: frozenset[str]) -> Differences:
    with tempfile.TemporaryDirectory() as folder:
        differing = Differing(world.source, ColumnStore(Path(folder), 5))
        return differing.differences([Side(earlier, codes)], [Side(later, codes)])


def figure(world: World, question: Question, codes: frozenset[str]) -> Decimal:
    """What the reference says of these codes together."""
    held = world.source.held
    if question.indicator.measure is Measure.DISTINCT:
        return Decimal(rollup.distinct_of(question, held, dict.fromkeys(codes, ("all",))).get("all", 0))
    leaves = rollup.leaves_of(question, held)
    return rollup.total(value for code, value in leaves.items() if code in codes and value is not None)


@settings(lawful, max_examples=25)
@given(worlds(), st.data())
def test_what_the_parts_add_is_exactly_the_difference(world: World, data: st.DataObject) -> None:
    question = data.draw(questions(world, ADDED))
    days = sorted(data.draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
    known = sorted(data.draw(st.tuples(st.one_of(st.just(END), moments()), st.one_of(st.just(END), moments()))))
    earlier, later = (replace(question, as_of=day, known_at=at) for day, at in zip(days, known, strict=True))
    codes = frozenset(data.draw(st.sets(st.sampled_from([*CODES, ""]), min_size=1)))
    found = compared(world, earlier, later, codes)
    difference = figure(world, later, codes) - figure(world, earlier, codes)
    told = found.page(0, len(found))
    assert rollup.total(part.amount for part in told) == difference
    assert rollup.total(item.amount for item in found.sums().values()) == difference
    assert rollup.total(item.amount for item in found.by_cause([1, 7, 20]).values()) == difference
    if question.indicator.measure is not Measure.DISTINCT:
        assert rollup.total(item.amount for item in found.by_code().values()) == difference
    assert all(part.amount != 0 or part.change is not Change.CHANGED for part in told)


@settings(lawful, max_examples=15)
@given(worlds(), st.data())
def test_a_cause_is_a_revision_that_one_moment_holds_and_the_other_does_not(world: World, data: st.DataObject) -> None:
    question = replace(plain(world), as_of=DAYS[-1])
    known = sorted(data.draw(st.tuples(moments(), st.one_of(st.just(END), moments()))))
    earlier, later = (replace(question, known_at=at) for at in known)
    revisions = world.source.held[question.table.name].revisions
    by_sequence = {item.sequence: item for item in revisions}
    states = [state_as_of(revisions, question.as_of, at) for at in known]
    for part in compared(world, earlier, later, frozenset([*CODES, ""])).page(0, 1000):
        before, after = (state.get(part.entry) for state in states)
        assert before != after
        assert part.cause is not None
        cause = by_sequence[part.cause]
        assert known[0] < cause.recorded_at <= known[1] or cause == after


def test_every_part_says_what_became_of_it() -> None:
    world = simple_world([("341802", 5), ("341802", 7), ("341821", 1), ("341821", 2)])
    question = plain(world, Measure.SUM)
    table = world.main
    rows = list(world.source.held[table.name].revisions)
    news = [
        replace(rows[0], sequence=5, recorded_at=END, values=rows[0].values | {"number": 6}),
        replace(rows[1], sequence=6, recorded_at=END, kind=rows[1].kind.WITHDRAWN),
        replace(rows[2], sequence=7, recorded_at=END, values=rows[2].values | {"place": "341802"}),
    ]
    held = world.source.held[table.name]
    world.source.held[table.name] = replace(held, revisions=(*rows, *news))
    found = compared(world, replace(question, known_at=DAY_BEFORE), question, codes())
    told = {part.entry.int: (part.change, part.amount, part.cause) for part in found.page(0, 10)}
    assert told == {
        1: (Change.CHANGED, Decimal(1), 5),
        2: (Change.WENT_OUT, Decimal(-7), 6),
        3: (Change.MOVED, Decimal(0), 7),
    }
    assert {code: item.amount for code, item in found.by_code().items()} == {"341802": -5, "341821": -1}
    assert found.causes() == (5, 7)
    assert [part.entry.int for part in found.page(0, 10, Change.WENT_OUT)] == [2]


def test_nothing_in_common_with_nothing_differs_in_nothing() -> None:
    world = simple_world([("341802", 5)])
    question = plain(world)
    found = compared(world, question, question, codes())
    assert (len(found), found.sums(), found.by_code(), found.by_cause([1]), found.causes()) == (0, {}, {}, {}, None)


def codes() -> frozenset[str]:
    return frozenset([*CODES, ""])
