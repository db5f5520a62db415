"""Diagrams of our own as bpmn-js writes them: ``run`` has every construct that is run, ``refused`` what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shishi.core.criteria import Answer
from shishi.core.diagrams import Diagram
from shishi.core.moves import Moved, ProcessEngine, Token
from shishi.core.processes import Process, Timer
from shishi.core.tables import Table
from shishi.packs.diagram_reading import read_diagram

HERE = Path(__file__).parent
RUN = sorted(path.stem for path in (HERE / "run").glob("*.bpmn"))
REFUSED = sorted(path.stem for path in (HERE / "refused").glob("*.bpmn"))


def diagram_of(name: str) -> Diagram:
    """The one diagram of a file in ``run``."""
    (found,) = read_diagram((HERE / "run" / f"{name}.bpmn").read_bytes(), f"{name}.bpmn").diagrams
    return found


def process_of(*diagrams: str | Diagram, digest: str = "one", timers: Iterable[Timer] = ()) -> Process:
    """A process that says nothing of its diagrams: engines need no more."""
    drawn = tuple(diagram_of(item) if isinstance(item, str) else item for item in diagrams)
    name, title = drawn[0].id, drawn[0].title
    return Process(
        f"here/2021/{name}", title, 1, digest, "", drawn, Table(name, title, 1, (), (), ""), timers=tuple(timers)
    )


@dataclass
class Told:
    """Answers as a test gives them. ``flows``: those whose criterion is met (or *not known*: ``unknown``)."""

    flows: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    loops: Mapping[str, int] = field(default_factory=dict)
    needed: Mapping[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def flow(self, flow: str, within: str) -> Answer:
        """Met when it is told so."""
        self.asked.append((flow, within))
        if flow in self.unknown:
            return Answer.NOT_KNOWN
        return Answer.MET if flow in self.flows or f"{within}/{flow}" in self.flows else Answer.NOT_MET

    def times(self, element: str, within: str) -> int:
        """As many as told, else three."""
        return self.counts.get(element, 3)

    def again(self, element: str, within: str, done: int) -> bool:
        """Until it was done as often as told, else once."""
        return done < self.loops.get(element, 1)

    def enough(self, element: str, within: str, done: int) -> bool:
        """Once as many are done as are needed."""
        return done >= self.needed.get(element, 1_000_000)


def met(*flows: str) -> Told:
    """Answers that are met for these flows and no other."""
    return Told(frozenset(flows))


@dataclass
class Running:
    """A case that a test walks through: what is open, by token."""

    engine: ProcessEngine
    process: Process
    answers: Told = field(default_factory=Told)
    marking: bytes = b""
    open: dict[str, Token] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    ended: bool = False

    def start(self) -> Running:
        """Begin."""
        return self._after(self.engine.start(self.process, self.answers))

    def done(self, *tokens: str) -> Running:
        """Tasks and calls are done, one after another."""
        for token in tokens:
            moved = self.engine.complete(self.process, self.marking, token, self.answers)
            del self.open[token]
            self._after(moved)
        return self

    def happened(self, token: str) -> Running:
        """What was waited for came."""
        moved = self.engine.fire(self.process, self.marking, token, self.answers)
        del self.open[token]
        return self._after(moved)

    def told(self, *flows: str) -> Running:
        """From now on these flows are met."""
        self.answers.flows = frozenset(flows)
        return self

    @property
    def names(self) -> list[str]:
        """What is open, in order."""
        return sorted(self.open)

    def _after(self, moved: Moved) -> Running:
        self.marking = moved.marking
        self.moves.append(moved)
        for name in moved.closed:
            del self.open[name]
        for token in moved.opened:
            assert token.token not in self.open
            self.open[token.token] = token
        self.ended = moved.ended
        assert self.names == sorted(token.token for token in self.engine.open_tokens(self.process, self.marking))
        assert self.ended is (not self.open)
        return self
