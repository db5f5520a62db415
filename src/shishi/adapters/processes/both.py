"""Both engines behind one port: a new case goes to the one that its process names, a running one to that of its
marking."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.adapters.processes import spiff_state
from shishi.adapters.processes.choosing import engine_name
from shishi.adapters.processes.reference import ReferenceEngine
from shishi.adapters.processes.spiff import SpiffEngine
from shishi.core.moves import Answers, Moved, ProcessEngine, Token
from shishi.core.processes import Process


class Engines:
    """Both behind one port: a new case by its process, a running one by its marking."""

    def __init__(self) -> None:
        self.reference = ReferenceEngine()
        self.spiff = SpiffEngine()

    def start(self, process: Process, answers: Answers) -> Moved:
        """A case begins."""
        return (self.spiff if engine_name(process) == "spiff" else self.reference).start(process, answers)

    def complete(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A task or a call is done."""
        return self._of(marking).complete(process, marking, token, answers)

    def fire(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A timer is due, a message came, an error or escalation was raised."""
        return self._of(marking).fire(process, marking, token, answers)

    def migrate(self, old: Process, new: Process, marking: bytes) -> Moved:
        """The marking under another version of the process."""
        return self._of(marking).migrate(old, new, marking)

    def open_tokens(self, process: Process, marking: bytes) -> Iterator[Token]:
        """Every open token."""
        return self._of(marking).open_tokens(process, marking)

    def _of(self, marking: bytes) -> ProcessEngine:
        return self.spiff if marking.startswith(spiff_state.HEAD) else self.reference
