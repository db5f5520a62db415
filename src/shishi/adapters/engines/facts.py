"""What is known of all revisions of a table before any is read: what a question need not ask then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """``repeats``: some entry may have several revisions; ``voids``: something may be voided; nothing is effective
    after ``last_on`` or recorded after ``last_at``."""

    repeats: bool
    voids: bool
    last_on: date
    last_at: datetime


GENERAL = Facts(repeats=True, voids=True, last_on=date.max, last_at=datetime.max.replace(tzinfo=UTC))
"""Of any revisions whatever."""
