"""In which capacity somebody acts: what was allowed by a delegation alone is said in the event of the act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Noted = frozenset[tuple[str, str, str]]
_noted: ContextVar[Noted] = ContextVar("by_delegation", default=frozenset())


def note(person: str, action: str, delegation: str) -> None:
    """``person`` may do ``action`` by this delegation: their events say so until the right is asked for anew."""
    _noted.set(_noted.get() | {(person, action, delegation)})


def ask_anew(person: str, action: str) -> None:
    """The right to ``action`` is asked for again: what was noted of it before belongs to another act."""
    if noted := _noted.get():
        _noted.set(frozenset(item for item in noted if item[:2] != (person, action)))


def forget() -> None:
    """Another request begins."""
    _noted.set(frozenset())


@contextmanager
def anew() -> Iterator[None]:
    """Another piece of work begins, as a job that may be done within a request: it knows nothing of what was noted
    before it, and nothing of it is left behind."""
    before = _noted.set(frozenset())
    try:
        yield
    finally:
        _noted.reset(before)


def delegations_of(person: str) -> list[str]:
    """The delegations by which ``person`` acts now."""
    return sorted({delegation for acting, _, delegation in _noted.get() if acting == person})
