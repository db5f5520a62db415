"""Moves that were made before: from the same marking the same token with the same answers leads to the same move.

A marking holds no data, no ids and no times, so that cases of one process that went the same way stand at the same one.
An engine reads no clock and no store, so that what it asked and was told decides what it did: a move is kept with its
questions in order, and holds again where each has the same answer now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from shishi.core.criteria import Answer
from shishi.core.errors import ShishiError
from shishi.core.moves import Answers, Moved, ProcessEngine, Token
from shishi.core.processes import Process

MOST, EACH = 2048, 4
"""So many places are kept, the longest unused one is forgotten first; of each so many moves."""
LONGEST = 4096
"""Bytes of a marking that is kept: a case of a thousand instances stands where no other stands."""

T = TypeVar("T", bound=Hashable)
_Asked = tuple[str, tuple[Hashable, ...], Hashable]
_Key = tuple[str, str, str, bytes, str]
_Kept = list[tuple[tuple[_Asked, ...], Moved]]


@dataclass
class _Noting:
    """Passes questions on and keeps them with their answers."""

    answers: Answers
    asked: list[_Asked] = field(default_factory=list)

    def flow(self, flow: str, within: str) -> Answer:
        """See :class:`shishi.core.moves.Answers`, as all of these."""
        return self._kept("flow", (flow, within), self.answers.flow(flow, within))

    def times(self, element: str, within: str) -> int:
        """For how many."""
        return self._kept("times", (element, within), self.answers.times(element, within))

    def again(self, element: str, within: str, done: int) -> bool:
        """Whether a loop goes on."""
        return self._kept("again", (element, within, done), self.answers.again(element, within, done))

    def enough(self, element: str, within: str, done: int) -> bool:
        """Whether no more are needed."""
        return self._kept("enough", (element, within, done), self.answers.enough(element, within, done))

    def _kept(self, name: str, about: tuple[Hashable, ...], told: T) -> T:
        self.asked.append((name, about, told))
        return told


class Remembering:
    """An engine that keeps the moves that it made; see :class:`shishi.core.moves.ProcessEngine`."""

    def __init__(self, engine: ProcessEngine) -> None:
        self.engine = engine
        self._known: OrderedDict[_Key, tuple[Process, _Kept]] = OrderedDict()
        self._lock = Lock()

    def start(self, process: Process, answers: Answers) -> Moved:
        """A case begins."""
        return self._moved(process, "start", b"", "", answers, lambda told: self.engine.start(process, told))

    def complete(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A task or a call is done."""
        return self._moved(
            process, "complete", marking, token, answers,
            lambda told: self.engine.complete(process, marking, token, told),
        )  # fmt: skip

    def fire(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A timer is due, a message came, an error or escalation was raised."""
        return self._moved(
            process, "fire", marking, token, answers,
            lambda told: self.engine.fire(process, marking, token, told),
        )  # fmt: skip

    def migrate(self, old: Process, new: Process, marking: bytes) -> Moved:
        """The marking under another version of the process."""
        return self.engine.migrate(old, new, marking)

    def open_tokens(self, process: Process, marking: bytes) -> Iterator[Token]:
        """Every open token."""
        return self.engine.open_tokens(process, marking)

    def _moved(
        self,
        process: Process,
        kind: str,
        marking: bytes,
        token: str,
        answers: Answers,
        work: Callable[[Answers], Moved],
    ) -> Moved:
        if not process.digest or len(marking) > LONGEST:
            return work(answers)
        key = (process.name, process.digest, kind, marking, token)
        for asked, moved in self._look(key, process):
            if all(_same(answers, question) for question in asked):
                return moved
        noting = _Noting(answers)
        moved = work(noting)
        if len(moved.marking) <= LONGEST:
            self._keep(key, process, tuple(noting.asked), moved)
        return moved

    def _look(self, key: _Key, process: Process) -> _Kept:
        with self._lock:
            about, found = self._known.get(key, (process, []))
            if not found or not _alike(about, process):
                return []
            self._known.move_to_end(key)
            return list(found)

    def _keep(self, key: _Key, process: Process, asked: tuple[_Asked, ...], moved: Moved) -> None:
        with self._lock:
            about, kept = self._known.get(key, (process, []))
            kept = [*(kept if _alike(about, process) else []), (asked, moved)][-EACH:]
            self._known[key] = (process, kept)
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _alike(one: Process, other: Process) -> bool:
    """Whether an engine sees the same in both, whatever their digests say."""
    if one is other:
        return True
    return (one.diagrams, one.timers, one.repeats) == (other.diagrams, other.timers, other.repeats)


def _same(answers: Answers, question: _Asked) -> bool:
    """Whether the question has the answer that it had; one that cannot be answered is the engine's to refuse."""
    name, about, told = question
    try:
        return bool(getattr(answers, name)(*about) == told)
    except ShishiError:
        return False
