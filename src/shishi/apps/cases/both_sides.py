"""A case of two bodies as either of them sees it: whose turn it is, the two clocks apart, and what was said across."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.cases.models import CaseLink
from shishi.apps.cases.partners import HANDLING
from shishi.apps.cases.reckoning import working_days
from shishi.apps.cases.seen import case_of
from shishi.apps.exchange.selectors import MessageView, conversation_with, peer_titles
from shishi.core.calendars import day_of


@dataclass(frozen=True, slots=True)
class Leg:
    """One side's part of the way. ``days``: working days of it that count, up to now while it lasts; ``None``
    where only the other side can tell."""

    title: str
    started_at: datetime | None
    ended_at: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class BothSides:
    """``side`` is ours; ``messages`` are both sides' in the order of time, each with its receipt."""

    number: str
    side: str
    peer: str
    peer_title: str
    theirs: str
    legs: tuple[Leg, ...]
    messages: tuple[MessageView, ...]


def both_sides(person: Person, case: str, at: datetime) -> BothSides | None:
    """The other body of a case that the person may see; ``None`` while it has none. ``Misuse`` (unknown_case)."""
    view = case_of(person, case, at)
    link = CaseLink.objects.filter(case__uuid=view.uuid).select_related("case").first()
    if link is None:
        return None
    titles = peer_titles()
    return BothSides(
        number=link.case.number,
        side=link.get_side_display(),
        peer=link.peer,
        peer_title=titles.get(link.peer, link.peer),
        theirs=link.theirs,
        legs=_legs(link, at),
        messages=conversation_with(link.conversation),
    )


def _legs(link: CaseLink, at: datetime) -> tuple[Leg, ...]:
    """The accepting side's time from the application to handing it over, the handling side's from its receipt to the
    decision: neither stands in the other's."""
    own = link.side == HANDLING
    accepting = Leg(
        "受理地：收件至转出",
        None if own else link.case.opened_at,
        link.forwarded_at,
        None if own else _days(link, link.case.opened_at, link.forwarded_at, at),
    )
    handling = Leg(
        "办理地：收到至决定",
        link.received_at,
        link.decided_at,
        _days(link, link.received_at, link.decided_at, at) if link.received_at else None,
    )
    return accepting, handling


def _days(link: CaseLink, start: datetime, end: datetime | None, at: datetime) -> int:
    return working_days(link.case, day_of(start), day_of(end or at), at)
