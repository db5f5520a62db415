"""Whatever is drawn in blocks, in whatever order people work: no token is lost, none is doubled, the case ends.

What should be done, and how often, is told by the blocks themselves, without an engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.adapters.processes.reference import ReferenceEngine
from shishi.core.diagrams import Diagram, Flow, Many, Node, NodeKind
from shishi.core.errors import Misuse
from shishi.core.soundness import explore
from tests.diagrams import Running, Told, process_of

Block = tuple[object, ...]

WORK: st.SearchStrategy[Block] = st.just(("work",))


def blocks(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.tuples(st.just("row"), several),
        st.tuples(st.sampled_from(["choice", "all", "some"]), several, st.integers(0, 7)),
        st.tuples(st.sampled_from(["together", "in_turn", "again", "once"]), inner, st.integers(1, 3)),
        st.tuples(st.just("loop"), inner, st.integers(1, 3)),
    )


BLOCKS = st.recursive(WORK, blocks, max_leaves=7)
NESTED = st.tuples(
    st.sampled_from(["together", "in_turn", "again", "once"]),
    st.tuples(st.just("row"), st.tuples(BLOCKS, BLOCKS)),
    st.integers(1, 3),
)
"""An activity with steps inside that has others with steps inside, one after another."""
GATES = {"choice": NodeKind.EXCLUSIVE, "all": NodeKind.PARALLEL, "some": NodeKind.INCLUSIVE}
MANY = {"together": Many.TOGETHER, "in_turn": Many.IN_TURN, "again": Many.AGAIN, "once": Many.ONCE}


@dataclass
class Drawing:
    """Draws blocks, and counts what is to be done in them."""

    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    told: Told = field(default_factory=Told)
    due: Counter[str] = field(default_factory=Counter)

    def name(self, word: str) -> str:
        return f"{word}_{len(self.nodes)}"

    def add(self, word: str, kind: NodeKind, scope: str, many: Many = Many.ONCE) -> str:
        name = self.name(word)
        self.nodes.append(Node(name, kind, scope=scope, many=many))
        return name

    def join(self, source: str, target: str, asked: bool = False) -> str:
        flow = f"Flow_{len(self.flows)}"
        self.flows.append(Flow(flow, source, target, asked=asked))
        return flow

    def block(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        """The first and the last element of a block that is gone through so often."""
        draw: Callable[[Block, str, int], tuple[str, str]] = {
            "work": self.work,
            "row": self.row,
            "loop": self.loop,
        }.get(str(block[0]), self.gate if block[0] in GATES else self.inside)
        return draw(block, scope, times)

    def work(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        name = self.add("Task", NodeKind.USER, scope)
        self.due[name] += times
        return name, name

    def row(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        parts = [self.block(part, scope, times) for part in block[1]]  # type: ignore[attr-defined]  # a tuple of blocks
        for (_, last), (first, _) in pairwise(parts):
            self.join(last, first)
        return parts[0][0], parts[-1][1]

    def gate(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        """Of a choice the first that is met, of some all that are met, else the last, which is the default."""
        kind, parts, bits = GATES[str(block[0])], block[1], int(str(block[2]))
        assert isinstance(parts, tuple)
        met = [at for at in range(len(parts) - 1) if bits >> at & 1]
        taken = list(range(len(parts))) if block[0] == "all" else (met[:1] if block[0] == "choice" else met)
        taken = taken or [len(parts) - 1]
        split, merge = self.add("Split", kind, scope), self.add("Merge", kind, scope)
        for at, part in enumerate(parts):
            first, last = self.block(part, scope, times if at in taken else 0)
            asked = block[0] != "all" and at < len(parts) - 1
            flow = self.join(split, first, asked)
            self.join(last, merge)
            if asked and at in met:
                self.told.flows |= {flow}
            if block[0] != "all" and at == len(parts) - 1:
                place = next(index for index, node in enumerate(self.nodes) if node.id == split)
                self.nodes[place] = Node(split, kind, scope=scope, default=flow)
        return split, merge

    def inside(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        many, often = MANY[str(block[0])], int(str(block[2]))
        name = self.add("Sub", NodeKind.SUBPROCESS, scope, many)
        often = 1 if many is Many.ONCE else often
        self.told.counts = {**self.told.counts, name: often}
        self.told.loops = {**self.told.loops, name: often}
        self.scope(block[1], name, times * often)  # type: ignore[arg-type]  # the block inside
        return name, name

    def loop(self, block: Block, scope: str, times: int) -> tuple[str, str]:
        """A task that is done again and again, before the block."""
        again = self.add("Again", NodeKind.USER, scope, Many.AGAIN)
        often = int(str(block[2]))
        self.told.loops = {**self.told.loops, again: often}
        self.due[again] += times * often
        first, last = self.block(block[1], scope, times)  # type: ignore[arg-type]  # the block behind
        self.join(again, first)
        return again, last

    def scope(self, block: Block, scope: str, times: int) -> None:
        start, end = self.add("Start", NodeKind.START, scope), self.add("End", NodeKind.END, scope)
        first, last = self.block(block, scope, times)
        self.join(start, first)
        self.join(last, end)

    @property
    def diagram(self) -> Diagram:
        return Diagram("drawn", "", tuple(self.nodes), tuple(self.flows))


def drawn(block: Block) -> Drawing:
    drawing = Drawing()
    drawing.scope(block, "", 1)
    return drawing


@settings(max_examples=80, deadline=None)
@given(st.one_of(BLOCKS, NESTED), st.randoms(use_true_random=False))
def test_everything_is_done_as_often_as_it_is_drawn_and_the_case_ends(block: Block, dice: object) -> None:
    drawing = drawn(block)
    case = Running(ReferenceEngine(), process_of(drawing.diagram), drawing.told).start()
    done: Counter[str] = Counter()
    seen = set(case.open)
    while case.open:
        name = dice.choice(case.names)  # type: ignore[attr-defined]  # the random of hypothesis
        done[case.open[name].element] += 1
        case.done(name)
        fresh = {token.token for token in case.moves[-1].opened}
        assert not fresh & seen, "a name is never used twice"
        seen |= fresh
    assert case.ended
    assert done == +drawing.due


@settings(max_examples=40, deadline=None)
@given(BLOCKS, st.randoms(use_true_random=False))
def test_what_was_done_cannot_be_done_again(block: Block, dice: object) -> None:
    drawing = drawn(block)
    case = Running(ReferenceEngine(), process_of(drawing.diagram), drawing.told).start()
    gone: list[str] = []
    for _ in range(6):
        for name in gone:
            with pytest.raises(Misuse, match="token_not_open"):
                case.engine.complete(case.process, case.marking, name, case.answers)
        if not case.open:
            return
        gone.append(dice.choice(case.names))  # type: ignore[attr-defined]  # the random of hypothesis
        case.done(gone[-1])


@settings(max_examples=40, deadline=None)
@given(BLOCKS)
def test_what_is_drawn_in_blocks_is_sound(block: Block) -> None:
    found = explore(process_of(drawn(block).diagram), most=300)
    assert [item.code for item in found.unsound] == []


@settings(max_examples=40, deadline=None)
@given(BLOCKS, st.integers(0, 6), st.randoms(use_true_random=False))
def test_a_case_may_change_to_the_same_process_of_another_version_at_any_time(
    block: Block, before: int, dice: object
) -> None:
    drawing = drawn(block)
    engine, old, new = ReferenceEngine(), process_of(drawing.diagram), process_of(drawing.diagram, digest="two")
    case = Running(engine, old, drawing.told).start()
    for _ in range(before):
        if case.open:
            case.done(dice.choice(case.names))  # type: ignore[attr-defined]  # the random of hypothesis
    moved = engine.migrate(old, new, case.marking)
    assert (moved.opened, moved.closed) == ((), ())
    after = Running(engine, new, drawing.told, moved.marking, dict(case.open))
    while after.open:
        after.done(after.names[-1])
    assert after.ended or case.ended
