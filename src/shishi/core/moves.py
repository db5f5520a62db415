"""Moves 流转: what comes of a step of a case that is done: which tokens opened, which closed, what is to be run or
waited for. What a case holds between two moves is its marking 标识: opaque bytes that name elements and no data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shishi.core.criteria import Answer
from shishi.core.processes import Process


class TokenKind(StrEnum):
    """What an open token waits for: a person, a verb of the platform, the time, a message, an error or an escalation
    at the boundary of an activity."""

    TASK = "task"
    CALL = "call"
    TIMER = "timer"
    MESSAGE = "message"
    ERROR = "error"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Token:
    """One open place of a case. ``token``: its lasting name within the case (``Sub_1[3]/Task_review#2``: the second
    time in the fourth instance), at most 400 characters, never used twice. ``lane``: the element id of the lane that
    holds it, inherited where the element has none. ``within``: the instance that it stands in, ``""`` for the case
    itself; ``ordinal``: the number of that instance from 0, ``None`` where there is one only. ``host``: the token at
    whose boundary it waits. ``signal``: the message's name or the code of the error or escalation."""

    token: str
    element: str
    kind: TokenKind
    lane: str = ""
    within: str = ""
    ordinal: int | None = None
    host: str = ""
    signal: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An error or escalation that was thrown where nobody caught it."""

    element: str
    kind: TokenKind
    signal: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What one move did. ``closed``: tokens that are open no more, without the one that was completed; ``passed``:
    elements and sequence flows that were gone through, in order, for the drawn way."""

    marking: bytes
    opened: tuple[Token, ...] = ()
    closed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    raised: tuple[Raised, ...] = ()
    ended: bool = False

    @property
    def tasks(self) -> tuple[Token, ...]:
        """What people must do now."""
        return tuple(token for token in self.opened if token.kind is TokenKind.TASK)

    @property
    def calls(self) -> tuple[Token, ...]:
        """Verbs to run now; each is completed when its verb has done its work."""
        return tuple(token for token in self.opened if token.kind is TokenKind.CALL)

    @property
    def waiting(self) -> tuple[Token, ...]:
        """What is waited for: times, messages, errors and escalations."""
        return tuple(token for token in self.opened if token.kind not in (TokenKind.TASK, TokenKind.CALL))


class Answers(Protocol):
    """What a process asks about its case. ``within`` is the instance that asks (see :class:`Token`)."""

    def flow(self, flow: str, within: str) -> Answer:
        """Whether the criterion of that sequence flow is met."""

    def times(self, element: str, within: str) -> int:
        """For how many the activity is done."""

    def again(self, element: str, within: str, done: int) -> bool:
        """Whether a loop goes on after it was done so often."""

    def enough(self, element: str, within: str, done: int) -> bool:
        """Whether no more instances are needed although not all are done."""


class ProcessEngine(Protocol):
    """Moves cases. It reads no clock, no store and no text of a diagram; the same call gives the same answer.

    Every call may raise ``Refused``: ``process_undecided`` (facts that a way depends on are not known),
    ``process_no_way`` (no flow of a gateway is met and none is the default), ``process_endless`` (a loop without a
    step for anybody); and ``Misuse`` ``token_not_open`` (done before, or closed by something else)."""

    def start(self, process: Process, answers: Answers) -> Moved:
        """A case begins."""

    def complete(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A task or a call is done."""

    def fire(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A timer is due, a message came, an error or escalation was raised."""

    def migrate(self, old: Process, new: Process, marking: bytes) -> Moved:
        """The marking under another version. ``Refused`` ``process_cannot_migrate`` with one issue for each open token
        that has no counterpart (``field`` is the element id). Opened and closed are what changed at boundaries."""

    def open_tokens(self, process: Process, marking: bytes) -> Iterator[Token]:
        """Every open token, for a check of the store against its marking."""
