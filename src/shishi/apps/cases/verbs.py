"""Verbs 动作 of service tasks: a small, listed set, registered by ``conf``; no text of a diagram names code.

A verb is told what the process gives it, does its work in the transaction of the case, and says what it did. It is
asked at least once and must be the same the second time: ``(case, token)`` names the errand for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.selectors import Person
from shishi.core.errors import Misuse
from shishi.core.processes import Call, Process
from shishi.core.tables import Value, Values


@dataclass(frozen=True, slots=True)
class Errand:
    """What a verb is asked to do. ``facts`` are plain (encrypted ones opened); ``arguments`` and ``cells`` what the
    process gives, already looked up in them. ``state``: of the case, now. ``by`` ``None``: the clock or a machine moved
    the case."""

    case: UUID
    number: str
    title: str
    token: str
    process: Process
    call: Call
    facts: Values
    arguments: Values
    cells: Values
    programme: str
    division: str
    applicant: Person | None
    by: Person | None
    opened_by: str
    at: datetime
    state: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb did: a sentence for the thread, and facts (``name`` → value) kept as ``<element>.name``."""

    text: str
    facts: Mapping[str, Value] = field(default_factory=dict)


class VerbError(Exception):
    """The errand cannot be done, in a way that the process knows: the error event of that ``code`` at the
    boundary of the call goes on from here."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


Verb = Callable[[Errand], Said]
Members = Callable[[UUID, Values], tuple[Person, ...]]
"""Who is asked to speak 会签: by the case and its facts."""
_verbs: dict[str, Verb] = {}
_members: dict[str, Members] = {}


def register_verb(name: str, verb: Verb) -> None:
    """From now on processes may call it. The last word for a name holds."""
    _verbs[name] = verb


def verb_named(name: str) -> Verb:
    """``Misuse`` (unknown_verb) for one that this installation has not."""
    if name not in _verbs:
        known = "、".join(sorted(_verbs)) or "无"
        raise Misuse("unknown_verb", f"本系统不会“{name}”。流程里能用的动作：{known}。")
    return _verbs[name]


def verbs() -> tuple[str, ...]:
    """The names of all that are registered."""
    return tuple(sorted(_verbs))


def register_members(relation: str, members: Members) -> None:
    """Who a countersign asks that names this relation (such as the owners of a staircase)."""
    _members[relation] = members


def members_named(relation: str) -> Members | None:
    """Who is asked; ``None`` where nobody answers for the relation."""
    return _members.get(relation)
