"""What waits for a person, and what they have under way: every area above tells its own through a handler that
``conf`` registers, so that areas need not know each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.core.waiting import Waiting, most_urgent_first

Handler = Callable[[Person, datetime], tuple[Waiting, ...]]
"""The person, now → what waits for them, or what they started."""

_waiting: dict[str, Handler] = {}
_started: dict[str, Handler] = {}


def register_waiting(area: str, handler: Handler) -> None:
    """Let an area say what waits for a person. The last word for an area holds."""
    _waiting[area] = handler


def register_started(area: str, handler: Handler) -> None:
    """Let an area say what a person started and is not done yet."""
    _started[area] = handler


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Everything that waits for the person, the most urgent first."""
    return most_urgent_first(item for handler in _waiting.values() for item in handler(person, at))


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Everything of theirs that is under way, the most urgent first."""
    return most_urgent_first(item for handler in _started.values() for item in handler(person, at))
