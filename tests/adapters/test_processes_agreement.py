"""SpiffWorkflow and the reference agree: on every token that opens and closes, on what was gone through, on the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.adapters.processes.choosing import engine_name
from shishi.adapters.processes.reference import ReferenceEngine
from shishi.adapters.processes.remembered import Remembering
from shishi.adapters.processes.spiff import SpiffEngine
from shishi.core.errors import Refused
from shishi.core.moves import Moved, TokenKind
from shishi.core.processes import Process
from shishi.packs.diagram_reading import read_diagram
from shishi.packs.process_files import GIVEN
from tests.core.test_walking import BLOCKS, NESTED, Block, drawn
from tests.diagrams import RUN, Running, Told, process_of

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("packs/*/*/processes/*.bpmn"), *GIVEN.glob("*.bpmn")])
CALLED = {"calls": ["called"], "called_by_many": ["called"]}
REMEMBERING = Remembering(SpiffEngine())
ON_SPIFF = [name for name in RUN if engine_name(process_of(name, *CALLED.get(name, []))) == "spiff"]


def told(moved: Moved) -> tuple[object, ...]:
    """A move without its marking; tokens that open at once in any order."""
    return (
        sorted(moved.opened, key=lambda token: token.token),
        sorted(moved.closed),
        sorted(moved.passed),
        moved.raised,
        moved.ended,
    )


def walked(process: Process, answers: Told, dice: random.Random, most: int = 40) -> None:
    """Both go the same way, by chance; after each step they say the same. So does what is remembered of all cases that
    went before, of any drawing, with other answers."""
    cases = [Running(engine, process, answers).start() for engine in (ReferenceEngine(), SpiffEngine(), REMEMBERING)]
    ours = cases[0]
    for _ in range(most):
        assert all(told(case.moves[-1]) == told(ours.moves[-1]) for case in cases)
        if ours.ended:
            return
        name = dice.choice(ours.names)
        done = ours.open[name].kind in (TokenKind.TASK, TokenKind.CALL)
        steps = [case.done if done else case.happened for case in cases]
        said = [_refused(step, name) for step in steps]
        assert len(set(said)) == 1
        if said[0]:
            return


def _refused(step: Callable[[str], Running], name: str) -> str:
    """The code of the refusal, \"\" when the step was made."""
    try:
        step(name)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("name", ON_SPIFF)
def test_on_every_diagram_of_the_library_they_go_the_same_way(name: str) -> None:
    process = process_of(name, *CALLED.get(name, []))
    asked = [flow.id for flow in process.diagram.flows if flow.asked]
    for seed in range(12):
        dice = random.Random(seed)
        flows = frozenset(flow for flow in asked if dice.random() < 0.6)
        walked(process, Told(flows, loops={"Task_again": 2}), dice)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_on_every_process_that_is_shipped_they_go_the_same_way(path: Path) -> None:
    (diagram,) = read_diagram(path.read_bytes(), path.name).diagrams
    asked = [flow.id for flow in diagram.flows if flow.asked]
    for seed in range(10):
        dice = random.Random(seed)
        flows = frozenset(flow for flow in asked if dice.random() < 0.6)
        walked(process_of(diagram), Told(flows), dice)


def once(block: Block) -> Block:
    """The block without activities for many that have steps inside: those do not run on SpiffWorkflow."""
    if block[0] in ("together", "in_turn", "again"):
        return ("once", once(block[1]), 1)  # type: ignore[arg-type]  # the block inside
    return tuple(
        tuple(once(inner) for inner in part)
        if isinstance(part, tuple) and part and isinstance(part[0], tuple)
        else once(part)
        if isinstance(part, tuple)
        else part
        for part in block
    )


@settings(max_examples=60, deadline=None)
@given(st.one_of(BLOCKS, NESTED).map(once), st.integers(0, 10_000))
def test_on_whatever_is_drawn_in_blocks_they_go_the_same_way(block: Block, seed: int) -> None:
    drawing = drawn(block)
    process = process_of(drawing.diagram)
    assert engine_name(process) == "spiff"
    walked(process, drawing.told, random.Random(seed))


def test_after_a_change_of_version_they_go_on_alike() -> None:
    process = process_of("errors")
    new = replace(process, digest="two")
    for engine in (ReferenceEngine(), SpiffEngine()):
        case = Running(engine, process).start().happened("Sub_check/Service_failed")
        moved = engine.migrate(process, new, case.marking)
        assert (moved.opened, moved.closed) == ((), ())
        after = Running(ReferenceEngine(), new, Told(), moved.marking, dict(case.open))
        assert after.done("Sub_check/Task_by_hand").names == ["Task_refuse"]


class Counting:
    """SpiffWorkflow, and how often it was asked to move a case."""

    def __init__(self) -> None:
        self.whole, self.asked = SpiffEngine(), 0

    def __getattr__(self, name: str) -> Callable[..., Moved]:
        self.asked += name in ("start", "complete", "fire")
        found: Callable[..., Moved] = getattr(self.whole, name)
        return found


def test_a_way_that_was_gone_is_not_worked_out_again_and_another_answer_is_another_way() -> None:
    engine = Counting()
    kept = Remembering(engine)  # type: ignore[arg-type]  # it passes everything on
    process = process_of("exclusive")
    ways = [Told(flows) for flows in (frozenset({"Flow_yes"}), frozenset())]
    ends = [Running(kept, process, answers).start().done("Task_review").names for answers in (*ways, *ways, *ways)]
    assert ends == [["Task_issue"], ["Task_tell"]] * 3
    assert engine.asked == 3, "one start, two ways"
