"""The pages: every promise at a glance, and one promise in one place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.indicators.overview import Course
from shishi.apps.publishing.published import Place, Promised, PublishedEdition
from shishi.apps.publishing.selectors import latest, latest_of, place_of, places_under, retracted, told_of
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse
from shishi.core.indicators import Direction, Figure
from shishi.core.ratings import AVERAGE
from shishi.web.portal.answering import everybody, reading, told
from shishi.web.portal.complaining import taken
from shishi.web.portal.trajectory import Line, table_of

SHOWN_SILENT = 12


@dataclass(frozen=True, slots=True)
class Number:
    """A figure as it is shown: with its definition, whether it is too small to show,
    and its course where it is drawn."""

    figure: Figure
    promised: Promised
    withheld: bool
    course: Course | None = None

    @property
    def measured(self) -> bool:
        """Whether it is a way to go to a target."""
        target = self.figure.target
        return self.promised.indicator.direction is Direction.UP and target is not None and target > 0


@dataclass(frozen=True, slots=True)
class Card:
    """A promise among others."""

    edition: PublishedEdition
    place: Place
    number: Number

    @property
    def silent(self) -> int:
        """How many owe a report."""
        return len(self.place.silent)


@everybody
def promises(request: HttpRequest) -> HttpResponse:
    """Every promise that is public, list by list."""
    editions = latest()
    cards = [_card(edition) for edition in editions]
    lists = [(title, list(found)) for title, found in groupby(cards, key=lambda card: card.edition.content.pack)]
    shown = {edition.content.programme for edition in editions}
    gone = {item.programme: item for item in reversed(retracted()) if item.programme not in shown}
    return render(
        request,
        "portal/promises.html",
        {"lists": lists, "gone": [told_of(item) for item in gone.values()], **reading(request)},
    )


@everybody
def about(request: HttpRequest) -> HttpResponse:
    """How to read the numbers, and how a voice is counted."""
    return render(request, "portal/about.html", reading(request))


@everybody
def promise(request: HttpRequest, jurisdiction: str, year: str, code: str, division: str = "") -> HttpResponse:
    """A promise in its own division or in one under it."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    root = edition.content.root
    place = place_of(edition, normalise(division) if division else root)
    lead = _number(edition, place, edition.content.lead)
    page = {
        "edition": edition,
        "content": edition.content,
        "address": {"jurisdiction": jurisdiction, "year": year, "code": code},
        "place": place,
        "trail": _trail(edition, place),
        "lead": lead,
        "truths": _truths(lead),
        "line": table_of(lead.course) if lead.course else Line(),
        "numbers": [_number(edition, place, item.indicator.code) for item in edition.content.indicators],
        "below": [
            (item, _number(edition, item, edition.content.lead)) for item in places_under(edition, place.division)
        ],
        "silent": place.silent[:SHOWN_SILENT],
        "more_silent": max(len(place.silent) - SHOWN_SILENT, 0),
        "gone": [told_of(item) for item in retracted(edition.content.programme, edition)],
        "rating": _number(edition, place, AVERAGE) if edition.content.ratings else None,
        "licence": settings.OPEN_DATA_LICENCE,
        "division": official(place.division),
        "is_root": place.division == root,
        "complaints": taken(edition.content.programme),
        **reading(request),
    }
    return render(request, "portal/promise.html", page)


@everybody
def nothing_here(request: HttpRequest, anything: str = "") -> HttpResponse:
    """An address that leads nowhere."""
    return told(request, Misuse("unknown_page", "这个地址没有页面，可能抄错了。"))


def _card(edition: PublishedEdition) -> Card:
    place = place_of(edition, edition.content.root)
    return Card(edition, place, _number(edition, place, edition.content.lead))


def _number(edition: PublishedEdition, place: Place, code: str) -> Number:
    said = place.told.get(code)
    course = edition.course(place, code) if said and (said.real or said.promised) else None
    return Number(edition.figure(place, code), edition.by_code[code], bool(said and said.withheld), course)


def _truths(lead: Number) -> list[tuple[str, str, Decimal | None]]:
    """The three truths with what each of them means, in order."""
    meant = {"reported": "责任单位报来的数", "evidenced": "其中附了证明材料的", "verified": "其中由另外的人核对过的"}
    return [(basis.value, meant[basis.value], value) for basis, value in lead.figure.assurance.items()]


def _trail(edition: PublishedEdition, place: Place) -> list[Place]:
    """The way down to a place, itself not included."""
    above: list[Place] = []
    here = place
    while here.above:
        here = place_of(edition, here.above)
        above.append(here)
    return above[::-1]
