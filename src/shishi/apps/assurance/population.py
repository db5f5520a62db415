"""Which rows an indicator counts, by stratum: asked of whoever reckons figures, which stands above this app.

``conf`` registers it at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that ``indicator`` counts in ``division`` (significant code) as of a day, known at a moment."""

    programme: str
    indicator: str
    division: str
    as_of: date
    known_at: datetime


@dataclass(frozen=True, slots=True)
class StratumRows:
    """The counted rows of one division; ``total``: what they sum up to, where the indicator sums an amount."""

    code: str
    name: str
    entries: tuple[UUID, ...]
    total: Decimal | None = None


Counting = Callable[["Person", Wanted, datetime], tuple[StratumRows, ...]]
_handlers: list[Counting] = []


def register_population(handler: Counting) -> None:
    """From now on ``handler`` says which rows are counted."""
    _handlers[:] = [handler]


def population_of(person: Person, wanted: Wanted, *, at: datetime) -> tuple[StratumRows, ...]:
    """The strata that have rows, by code; ``Misuse`` as for figures, and for indicators that count no rows."""
    return _handlers[0](person, wanted, at)
