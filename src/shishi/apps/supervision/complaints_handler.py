"""Who counts complaints: cases stand above supervision, so ``conf`` registers it at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

Counting = Callable[[str, date, date, datetime], Mapping[str, int]]
"""Programme, first and last day, known at → how many complaints by division (significant code)."""
_handlers: list[Counting] = []


def register_complaints(handler: Counting) -> None:
    """From now on complaints are counted by ``handler``."""
    _handlers[:] = [handler]


def complaints_about(programme: str, since: date, until: date, known_at: datetime) -> Mapping[str, int]:
    """By the one that is registered; none without one."""
    return _handlers[0](programme, since, until, known_at) if _handlers else {}
