"""Programmes at a glance, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.documents.selectors import briefs_for
from shishi.apps.indicators.overview import Course, Overview, overview
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.selectors import findings_of, notices_for
from shishi.core.assurance import Basis
from shishi.core.divisions import covers
from shishi.core.indicators import Figure, Measure
from shishi.core.programmes import Pack
from shishi.web.office.viewing import Viewer, query_of


@dataclass(frozen=True, slots=True)
class Card:
    """A programme on the first page: its headline figures, each with its course."""

    pack: Pack
    overview: Overview
    headlines: tuple[tuple[Figure, Course | None], ...]
    findings: int | None


def at_a_glance(request: HttpRequest) -> HttpResponse:
    """Every programme within reach."""
    viewer = Viewer.of(request)
    cards = []
    for pack, programme in programmes_for(viewer.person, at=viewer.at):
        as_of = viewer.usual_day(programme)
        seen = overview(viewer.person, Asked(programme.name, as_of), at=viewer.at)
        found = findings_of(viewer.person, programme.name, as_of, at=viewer.at)
        cards.append(Card(pack, seen, _headlines(seen), None if found is None else len(found)))
    open_notices = [item for item in notices_for(viewer.person, at=viewer.at) if item.actions]
    return render(request, "office/home.html", {"cards": cards, "open_notices": open_notices})


def _headlines(seen: Overview) -> tuple[tuple[Figure, Course | None], ...]:
    """The leading figure first, then the other headline ones in the pack's order."""
    others = [item for item in seen.figures if item.indicator.headline and item.indicator is not seen.lead]
    return tuple(
        (figure, seen.courses.get(figure.indicator.code)) for figure in (seen.by_code[seen.lead.code], *others)
    )


def programme(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """One programme: promise, three truths, curve, units, indicators, findings, notices, briefs."""
    viewer, query = Viewer.of(request), query_of(request)
    pack, known = viewer.programme(f"{jurisdiction}/{year}/{code}")
    asked = query.asked(known, viewer.usual_day(known))
    seen = overview(viewer.person, asked, at=viewer.at)
    found = findings_of(viewer.person, known.name, asked.as_of, at=viewer.at)
    page = {
        "pack": pack,
        "query": query,
        "asked": asked,
        "seen": seen,
        "lead": seen.by_code[seen.lead.code],
        "assured": _assured(seen),
        "course": seen.courses[seen.lead.code],
        "others": _headlines(seen)[1:],
        "below": any(item.division != seen.unit.code for item in seen.breakdown),
        "reported": _by_gap(seen, silent=False),
        "silent": _by_gap(seen, silent=True),
        "findings": None if found is None else [item for item in found if covers(seen.unit.code, item.division)],
        "notices": notices_for(viewer.person, at=viewer.at, programme=known.name, division=seen.unit.code, limit=20),
        "briefs": briefs_for(viewer.person, at=viewer.at, programme=known.name, as_of=asked.as_of),
        "bases": list(Basis),
        "address": query.address(asked.as_of),
        "address_basis_free": query.address(asked.as_of, basis=""),
        "address_division_free": query.address(asked.as_of, division=""),
    }
    return render(request, "office/programme.html", page)


def _assured(seen: Overview) -> bool:
    """Whether the leading figure is one that evidence can stand behind; of a ratio its numerator."""
    lead = seen.lead
    while lead.measure is Measure.RATIO:
        lead = seen.programme.indicator(lead.numerator)
    return bool(lead.assured_group)


def _by_gap(seen: Overview, *, silent: bool) -> list[Figure]:
    """The units that owe a report, or those that do not; the furthest behind first."""
    owing = {item.division for item in seen.silent}
    rows = [item for item in seen.breakdown if (item.division in owing) is silent]
    return sorted(rows, key=lambda item: (item.behind_points is None, -(item.behind_points or 0), item.division))
