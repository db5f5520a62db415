"""A case of two bodies as either of them sees it: where each side stands, the two clocks apart, under whose rules, and
what was said across with its receipts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.cases.models import CaseLink, CaseRow
from shishi.apps.cases.partners import ACCEPTING, HANDLING
from shishi.apps.cases.reach import within_reach
from shishi.apps.cases.reckoning import working_days
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.standing_told import Stands, read_standing, stands
from shishi.apps.exchange.selectors import MessageView, conversation_with, own_title, peer_titles
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseState
from shishi.core.cases import UNFINISHED
from shishi.core.tasks import TaskKind, TaskState

OVER = frozenset(state.label for state in CaseState if state not in UNFINISHED and state is not CaseState.DECIDED)
"""In these words a side says that it has nothing left to do."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One side's part of the way. ``days``: working days of it that count, up to now while it lasts; ``None``
    where only the other side can tell."""

    title: str
    started_at: datetime | None
    ended_at: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: ``title`` is 受理地 or 办理地, ``body`` who that is. ``stands`` ``None``: it has not been heard from;
    ``heard_at`` ``None``: it is ours, and stands so now."""

    code: str
    title: str
    ours: bool
    body: str
    stands: Stands | None
    heard_at: datetime | None
    leg: Leg


@dataclass(frozen=True, slots=True)
class BothSides:
    """``side`` is ours; ``messages`` are both sides' in the order of time, each with its receipt. ``turn``: the code of
    the side at which the case lies, ``""`` when it is over."""

    number: str
    side: str
    peer: str
    peer_title: str
    theirs: str
    legs: tuple[Leg, ...]
    sides: tuple[Side, Side]
    turn: str
    messages: tuple[MessageView, ...]

    @property
    def last(self) -> MessageView | None:
        """What was said last."""
        return self.messages[-1] if self.messages else None

    @property
    def unreceipted(self) -> int:
        """Messages of ours that the other side has not receipted."""
        return sum(1 for item in self.messages if item.position is None)


def both_sides(person: Person, case: str, at: datetime) -> BothSides | None:
    """The other body of a case that the person may see; ``None`` while it has none. ``Misuse`` (unknown_case)."""
    view = case_of(person, case, at)
    link = CaseLink.objects.filter(case__uuid=view.uuid).select_related("case").first()
    if link is None:
        return None
    title, legs = peer_titles().get(link.peer, link.peer), _legs(link, at)
    return BothSides(
        number=link.case.number,
        side=link.get_side_display(),
        peer=link.peer,
        peer_title=title,
        theirs=link.theirs,
        legs=legs,
        sides=(_side(link, ACCEPTING, legs[0], title, at), _side(link, HANDLING, legs[1], title, at)),
        turn=_turn(link),
        messages=conversation_with(link.conversation),
    )


def cases_of_conversations(person: Person, conversations: Collection[str], at: datetime) -> dict[str, tuple[UUID, str]]:
    """By conversation: lasting id and number of the case that it is about, of those within the person's reach; of two
    in one store the one that was forwarded."""
    reached = CaseRow.objects.filter(within_reach(person, day_of(at)))
    links = CaseLink.objects.filter(conversation__in=conversations, case__in=reached).order_by("-side")
    found = links.values_list("conversation", "case__uuid", "case__number")
    return {conversation: (case, number) for conversation, case, number in found}


def _side(link: CaseLink, code: str, leg: Leg, peer: str, at: datetime) -> Side:
    ours = link.side == code
    found = stands(link.case, at) if ours else read_standing(link.there)
    title = {ACCEPTING: "受理地", HANDLING: "办理地"}[code]
    body = (found.body if found else "") or (own_title() if ours else peer)
    return Side(code, title, ours, body, found, None if ours else link.heard_at, leg)


def _turn(link: CaseLink) -> str:
    """Whose turn it is: who accepted it has it while papers lack, and once it is decided or sent back."""
    if link.case.ended:
        return ""
    open_ones = link.case.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD])
    if link.side == ACCEPTING:
        return ACCEPTING if open_ones.exists() else HANDLING
    there = read_standing(link.there)
    if there is not None and there.state in OVER:
        return ""
    asked = open_ones.filter(kind=TaskKind.SUPPLEMENT).exists()
    return ACCEPTING if asked or link.decided_at is not None else HANDLING


def _legs(link: CaseLink, at: datetime) -> tuple[Leg, Leg]:
    """The accepting side's time from the application to handing it over, the handling side's from its receipt to the
    decision: neither stands in the other's."""
    there = read_standing(link.there)
    opened = link.case.opened_at if link.side == ACCEPTING else (there.opened_at if there else None)
    accepting = Leg("受理地：收件至转出", opened, link.forwarded_at, _days(link, opened, link.forwarded_at, at))
    received = _days(link, link.received_at, link.decided_at, at)
    return accepting, Leg("办理地：收到至决定", link.received_at, link.decided_at, received)


def _days(link: CaseLink, start: datetime | None, end: datetime | None, at: datetime) -> int | None:
    return working_days(link.case, day_of(start), day_of(end or at), at) if start else None
