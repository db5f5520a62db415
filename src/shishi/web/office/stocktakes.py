"""Stocktakes 调度: the list, and one day of one programme with its figures, findings, meetings and papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.accounts.roles import Action
from shishi.apps.documents.selectors import briefs_for
from shishi.apps.indicators.overview import Overview, overview
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.circulars_seen import circulars_for
from shishi.apps.supervision.findings_seen import LookView, SeenFinding, last_look_days, look_seen, looks_for
from shishi.apps.supervision.meetings import meetings_for
from shishi.apps.supervision.selectors import notices_for
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.documents import DocumentKind
from shishi.core.errors import ShishiError
from shishi.core.findings import FindingKind
from shishi.core.indicators import Figure
from shishi.core.programmes import Programme
from shishi.core.rankings import rank
from shishi.web.design.forms import Form
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
BEHIND = 12
"""Of the units behind, how many stand on the page; all are in the programme's."""


def listed(request: HttpRequest) -> HttpResponse:
    """Every stocktake within reach, the newest day first."""
    viewer, query = Viewer.of(request), query_of(request)
    known = {item.name: (pack, item) for pack, item in programmes_for(viewer.person, at=viewer.at)}
    programme = request.GET.get("programme", "")
    names = [programme] if programme in known else list(known)
    offset = (query.page - 1) * PAGE
    found = looks_for(viewer.person, names, at=viewer.at, offset=offset, limit=PAGE + 1)
    page = {
        "looks": [(item, *known[item.programme]) for item in found[:PAGE]],
        "more": len(found) > PAGE,
        "query": query,
        "programmes": {name: item.title for name, (_pack, item) in known.items()},
        "programme": programme if programme in known else "",
        "meetings": meetings_for(
            viewer.person, at=viewer.at, programme=programme if programme in known else "", limit=6
        ),
    }
    return render(request, "office/stocktakes.html", page)


def stocktake(request: HttpRequest, jurisdiction: str, year: int, code: str, day: str) -> HttpResponse:
    """One day: what the figures said, who is behind, who is silent, what was found, decided and written."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    as_of = _day(day)
    look = look_seen(viewer.person, programme.name, as_of, at=viewer.at)
    if look is None:
        raise Http404
    seen = _overview(viewer, programme, look)
    ranking = rank(seen.breakdown) if seen else rank([])
    behind = [item for item in reversed(ranking.placed) if (item.figure.behind_points or 0) > 0]
    kind = request.GET.get("kind", "")
    notices = notices_for(viewer.person, at=viewer.at, programme=programme.name, limit=300)
    page = {
        "pack": pack,
        "programme": programme,
        "look": look,
        "as_of": as_of,
        "heroes": _heroes(seen) if seen else [],
        "lead": seen.lead if seen else None,
        "behind": behind[:BEHIND],
        "more_behind": len(behind) - BEHIND,
        "silent": ranking.silent,
        "ranked": len(ranking.placed),
        "kinds": _kinds(look.findings),
        "kind": kind if kind in list(FindingKind) else "",
        "findings": [item for item in look.findings if kind in ("", item.finding.kind.value)],
        "meetings": meetings_for(viewer.person, at=viewer.at, programme=programme.name, as_of=as_of),
        "briefs": [
            (item, DocumentKind(item.kind).label)
            for item in briefs_for(viewer.person, at=viewer.at, programme=programme.name, as_of=as_of)
        ],
        "circulars": circulars_for(viewer.person, at=viewer.at, programme=programme.name, as_of=as_of),
        "notices": [item for item in notices if item.as_of == as_of],
        "once": Form()["once"].initial,
        **_around(viewer, programme, as_of),
    }
    return render(request, "office/stocktake.html", page)


def _around(viewer: Viewer, programme: Programme, as_of: date) -> dict[str, object]:
    """The stocktakes before and after, and what the viewer may do here."""
    days, root = last_look_days(programme.name, day_of(viewer.at)), normalise(programme.division)
    return {
        "before": next((item for item in days if item < as_of), None),
        "after": next((item for item in reversed(days) if item > as_of), None),
        "drafts": viewer.may(Action.DRAFT_NOTICE, root, programme.name),
        "records": viewer.may(Action.RUN_DAY, root, programme.name),
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Http404 from wrong


def _overview(viewer: Viewer, programme: Programme, look: LookView) -> Overview | None:
    """The figures as the stocktake knew them; none where the viewer reaches no division with any."""
    try:
        asked = Asked(programme.name, look.as_of, known_at=min(look.known_at, viewer.at))
        return overview(viewer.person, asked, at=viewer.at)
    except ShishiError:
        return None


def _heroes(seen: Overview) -> list[Figure]:
    """The leading figure first, then the other headline ones."""
    others = [item for item in seen.figures if item.indicator.headline and item.indicator is not seen.lead]
    return [seen.by_code[seen.lead.code], *others][:6]


def _kinds(found: Sequence[SeenFinding]) -> list[tuple[FindingKind, int]]:
    counts = [(kind, sum(item.finding.kind is kind for item in found)) for kind in FindingKind]
    return [(kind, count) for kind, count in counts if count]
