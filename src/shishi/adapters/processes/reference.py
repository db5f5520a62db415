"""The engine that cases run on: the meaning of BPMN as ``core.walking`` has it, over markings as ``core.markings``
writes them. Nothing is kept between two moves, so that any process of the platform can make any of them."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.core import markings
from shishi.core.errors import Misuse
from shishi.core.markings import Level
from shishi.core.migrating import migrated, tokens_in
from shishi.core.moves import Answers, Moved, Token
from shishi.core.processes import Process
from shishi.core.walking import Walk


class ReferenceEngine:
    """See :class:`shishi.core.moves.ProcessEngine`."""

    def start(self, process: Process, answers: Answers) -> Moved:
        """A case begins."""
        walk = Walk(process, Level(), answers)
        walk.begin()
        return walk.finish()

    def complete(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A task or a call is done."""
        walk = Walk(process, _level(process, marking), answers)
        walk.complete(token)
        return walk.finish()

    def fire(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A timer is due, a message came, an error or escalation was raised."""
        walk = Walk(process, _level(process, marking), answers)
        walk.fire(token)
        return walk.finish()

    def migrate(self, old: Process, new: Process, marking: bytes) -> Moved:
        """The marking under another version of the process."""
        _, _, ended = markings.read(marking)
        return migrated(old, new, _level(old, marking), ended)

    def open_tokens(self, process: Process, marking: bytes) -> Iterator[Token]:
        """Every open token."""
        return tokens_in(process, _level(process, marking))


def _level(process: Process, marking: bytes) -> Level:
    level, digest, _ = markings.read(marking)
    if digest != process.digest:
        message = f"办件按流程“{process.title}”的另一版本办理，请按那个版本推进，或先换到这个版本。"
        raise Misuse("marking_of_other_version", message)
    return level
