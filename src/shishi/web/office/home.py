"""The first page: what waits, what is under way, what was done, and every programme by the one figure that matters."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from shishi.apps.accounts.waiting import started_by, waiting_for
from shishi.apps.audit.deeds import Deed, deeds_of
from shishi.apps.indicators.glance import Glance, glance
from shishi.apps.indicators.standings import State, state
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.programmes import Pack
from shishi.core.waiting import Waiting
from shishi.web.office.viewing import Viewer

MOST = 40
DEEDS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, as it is shown. ``address`` is empty where its page is not there."""

    item: Waiting
    address: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One programme at a glance."""

    pack: Pack
    seen: Glance
    state: State


def home(request: HttpRequest) -> HttpResponse:
    """The page of whoever looks."""
    viewer = Viewer.of(request)
    waiting = lines_of(waiting_for(viewer.person, viewer.at), viewer)
    cards = _cards(viewer)
    page = {
        "today": day_of(viewer.at),
        "waiting": waiting[:MOST],
        "more": max(len(waiting) - MOST, 0),
        "late": sum(line.overdue for line in waiting),
        "started": lines_of(started_by(viewer.person, viewer.at), viewer)[:DEEDS],
        "deeds": [(deed, address_of(deed)) for deed in deeds_of(viewer.person.username, DEEDS)],
        "lists": _by_pack(cards),
        "behind": sum(card.state.kind in ("behind", "overdue") for card in cards),
    }
    return render(request, "office/home.html", page)


def lines_of(items: tuple[Waiting, ...], viewer: Viewer) -> list[Line]:
    """What waits, with where it is done."""
    return [Line(item, _told_at(item), item.overdue(viewer.at)) for item in items]


def _told_at(item: Waiting) -> str:
    address = _page(item.page, item.args)
    return f"{address}?{urlencode(item.query)}" if address and item.query else address


def _page(noun: str, args: tuple[str | int, ...]) -> str:
    try:
        return reverse(f"office:{noun}", args=args) if noun else ""
    except NoReverseMatch:
        return ""


PAGES = {
    "brief": "brief-page",
    "case": "case",
    "circular": "circular",
    "decision": "decision",
    "job": "job",
    "ledger.batch": "batch",
    "ledger.proposal": "proposal",
    "matter": "matter",
    "meeting": "meeting",
    "notice": "notice",
    "problem": "fieldwork-problem",
    "submission": "fieldwork-submission",
    "verification": "verification",
    "visit": "fieldwork-visit",
    "visit.done": "fieldwork-visit",
}
"""Which kind of thing in the trail has which page."""


def address_of(deed: Deed) -> str:
    """Where what was done can be seen; empty where it has no page."""
    kind, identifier = deed.about
    return _page(PAGES.get(kind, ""), (identifier,))


def _cards(viewer: Viewer) -> list[Card]:
    found = []
    for pack, programme in programmes_for(viewer.person, at=viewer.at):
        seen = glance(viewer.person, programme.name, viewer.usual_day(programme), at=viewer.at)
        found.append(Card(pack, seen, state(seen.figure)))
    return found


def _by_pack(cards: list[Card]) -> list[tuple[str, list[Card], list[Card]]]:
    """Of each list what has a figure, and what has none yet."""
    lists: dict[str, tuple[list[Card], list[Card]]] = {}
    for card in cards:
        known, unknown = lists.setdefault(card.pack.title, ([], []))
        (unknown if card.seen.figure.value is None else known).append(card)
    return [(title, known, unknown) for title, (known, unknown) in lists.items()]
