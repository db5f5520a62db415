"""Soundness 走得通: every way that a case can take through a process is gone once, before any case does: that no join
waits for ever, that every step can come about, that an end can be reached from everywhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from shishi.core.criteria import Answer
from shishi.core.diagrams import NodeKind
from shishi.core.errors import Refused
from shishi.core.markings import Level, copied, parts_of, read
from shishi.core.migrating import tokens_in
from shishi.core.moves import Moved, Token, TokenKind
from shishi.core.processes import Process
from shishi.core.walking import Walk

MOST_STATES = 1500
MOST_CHOICES = 64
"""Ways out of one move."""

State = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Unsound:
    """One thing that goes wrong, with its element. ``code``: ``process_stuck``, ``process_endless``,
    ``process_error_uncaught``, ``process_never_reached``, ``process_no_ending``."""

    code: str
    element: str
    message: str


@dataclass(frozen=True, slots=True)
class Explored:
    """What came of it. ``whole``: all states were seen, not only the first so many."""

    states: int
    whole: bool
    unsound: tuple[Unsound, ...]


@dataclass
class _Chosen:
    """Answers by a list of choices; where it ends, the first answer is given and the others are noted."""

    choices: list[int]
    at: int = 0
    options: list[int] = field(default_factory=list)

    def _choose(self, among: int) -> int:
        self.options.append(among)
        taken = self.choices[self.at] if self.at < len(self.choices) else 0
        self.at += 1
        return taken

    def flow(self, flow: str, within: str) -> Answer:
        """Met or not met."""
        return (Answer.MET, Answer.NOT_MET)[self._choose(2)]

    def times(self, element: str, within: str) -> int:
        """Two stand for many."""
        return 2

    def again(self, element: str, within: str, done: int) -> bool:
        """Once more, or not."""
        return done < 2 and self._choose(2) == 1

    def enough(self, element: str, within: str, done: int) -> bool:
        """Enough, or not."""
        return self._choose(2) == 1

    def others(self) -> Iterator[list[int]]:
        """Choices that differ from these in the last place that was not told."""
        for at in range(len(self.choices), len(self.options)):
            for other in range(1, self.options[at]):
                yield [*self.choices, *[0] * (at - len(self.choices)), other]


def explore(process: Process, most: int = MOST_STATES) -> Explored:
    """Go every way."""
    explorer = _Explorer(process)
    explorer.go(most)
    return explorer.result()


class _Explorer:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.levels: dict[State, Level] = {}
        self.ahead: deque[State] = deque()
        self.next: dict[State, set[State]] = {}
        self.passed: set[str] = set()
        self.unsound: dict[tuple[str, str], Unsound] = {}
        self.ended: set[State] = set()
        self.whole = True

    def go(self, most: int) -> None:
        for moved in self._ways(Level(), Walk.begin):
            self._reach(None, moved)
        while self.ahead:
            if len(self.levels) > most:
                self.whole = False
                return
            state = self.ahead.popleft()
            for token in self._apart(tokens_in(self.process, copied(self.levels[state]))):
                for moved in self._ways(self.levels[state], _step(token)):
                    self._reach(state, moved)

    def _apart(self, tokens: Iterator[Token]) -> list[Token]:
        """One of those that are alike but for their number. What does not interrupt may come any number of times:
        once stands for all."""
        found = {(token.element, token.within, token.host): token for token in tokens}
        return [
            token
            for token in found.values()
            if self.process.nodes[token.element].interrupting or parts_of(token.token)[-1][1] == 1
        ]

    def _ways(self, level: Level, step: Callable[[Walk], None]) -> Iterator[Moved]:
        ahead: list[list[int]] = [[]]
        for _ in range(MOST_CHOICES):
            if not ahead:
                return
            chosen = _Chosen(ahead.pop())
            walk = Walk(self.process, copied(level), chosen)
            try:
                step(walk)
                yield walk.finish()
            except Refused as refused:
                self._note(refused)
            ahead += chosen.others()
        self.whole = False

    def _note(self, refused: Refused) -> None:
        """A gateway without a met flow is the matter of its criteria, not of the drawing."""
        if refused.code in ("process_stuck", "process_endless"):
            for issue in refused.issues:
                found = Unsound(refused.code, issue.field, refused.message)
                self.unsound.setdefault((found.code, found.element), found)

    def _reach(self, before: State | None, moved: Moved) -> None:
        for raised in moved.raised:
            if raised.kind is TokenKind.ERROR:
                message = f"错误“{raised.signal}”没有边界事件接住；办件会到此为止。"
                found = Unsound("process_error_uncaught", raised.element, message)
                self.unsound.setdefault((found.code, found.element), found)
        level, _, _ = read(moved.marking)
        state = _state(level)
        self.passed.update(moved.passed)
        if before is not None:
            self.next.setdefault(before, set()).add(state)
        if state not in self.levels:
            self.levels[state] = level
            if moved.ended:
                self.ended.add(state)
            else:
                self.ahead.append(state)

    def result(self) -> Explored:
        found = list(self.unsound.values())
        if self.whole and not found:
            found += [*self._never(), *self._endless()]
        return Explored(len(self.levels), self.whole, tuple(found))

    def _never(self) -> Iterator[Unsound]:
        for name, node in self.process.nodes.items():
            if name not in self.passed and node.kind is not NodeKind.BOUNDARY:
                message = f"“{node.title or name}”在任何情形下都轮不到；请核对它前面的网关。"
                yield Unsound("process_never_reached", name, message)

    def _endless(self) -> Iterator[Unsound]:
        """States from which no end is reached."""
        before: dict[State, set[State]] = {}
        for state, onward in self.next.items():
            for other in onward:
                before.setdefault(other, set()).add(state)
        leading, ahead = set(self.ended), list(self.ended)
        while ahead:
            fresh = before.get(ahead.pop(), set()) - leading
            leading |= fresh
            ahead += fresh
        lost = next((state for state in self.levels if state not in leading), None)
        if lost is not None:
            token = next(iter(tokens_in(self.process, copied(self.levels[lost]))))
            title = self.process.nodes[token.element].title or token.element
            yield Unsound("process_no_ending", token.element, f"走到“{title}”之后，怎么办都到不了结束。")


def _step(token: Token) -> Callable[[Walk], None]:
    if token.kind in (TokenKind.TASK, TokenKind.CALL):
        return lambda walk: walk.complete(token.token)
    return lambda walk: walk.fire(token.token)


def _state(level: Level) -> State:
    """Two levels are alike when the same elements are open as often: names that are never used twice tell more."""
    places = tuple(sorted((name, len(opened)) for name, opened in level.open.items()))
    inside = tuple(
        sorted(
            (
                name.partition("#")[0],
                part.done,
                tuple(sorted(map(str, (_state(inner) for _, inner in part.instances())))),
            )
            for name, part in level.inside.items()
        )
    )
    return (places, tuple(sorted(level.arrived.items())), inside)
