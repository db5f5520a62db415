"""Who hears that a proposal was decided: ``conf`` registers them at the start, because they stand above this app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.ledger.models import Proposal

Handler = Callable[["Proposal", "Person", datetime], None]
_handlers: dict[str, Handler] = {}


def register_decided(area: str, handler: Handler) -> None:
    """From now on ``handler`` hears of every proposal that is approved, returned or withdrawn, by whom and when: in the
    transaction of the decision, after it was written. One for each area; the same area again replaces the first."""
    _handlers[area] = handler


def tell_decided(proposal: Proposal, by: Person, at: datetime) -> None:
    """Tell all of them."""
    for handler in _handlers.values():
        handler(proposal, by, at)
