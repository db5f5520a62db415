"""The units below as a map: the operator's outlines where there are some, else tiles; the same as a table beside."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.adapters.maps.base import Shapes
from shishi.adapters.maps.geojson import GeoJsonFolder
from shishi.core.errors import Refused
from shishi.web.design.maps import Place, in_order
from shishi.web.design.templatetags.figures import amount
from shishi.web.office.figures import Asking, asking_of
from shishi.web.office.programmes import Row, rows_of, surroundings_of

STATES = (("ahead", "领先"), ("even", "持平"), ("behind", "落后"), ("overdue", "逾期"), ("silent", "未报"))


def page(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Every unit below with its state, drawn and as a table."""
    asking = asking_of(request, jurisdiction, year, code)
    rows = rows_of(asking)
    there = {row.state.kind for row in rows}
    fault = ""
    try:
        outlined = len(_outlines(asking))
    except Refused as wrong:
        outlined, fault = 0, wrong.message
    told = {
        **surroundings_of(asking),
        "rows": rows,
        "lead": asking.seen.by_code[asking.seen.lead.code],
        "places": in_order(_place(asking, row) for row in rows),
        "states": [(kind, _(word)) for kind, word in STATES if kind in there],
        "shapes": f"{reverse('office:map-shapes', args=(jurisdiction, year, code))}?{asking.address()}"
        if outlined
        else "",
        "missing": len(rows) - outlined if outlined else 0,
        "fault": fault,
    }
    return render(request, "office/map.html", told)


def shapes(request: HttpRequest, jurisdiction: str, year: int, code: str) -> JsonResponse:
    """The outlines of the units below as GeoJSON, with what is to be said of each."""
    asking = asking_of(request, jurisdiction, year, code)
    outlines = _outlines(asking)
    places = {row.figure.division: _place(asking, row) for row in rows_of(asking)}
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": outlines[code]},
            "properties": {
                "name": place.name,
                "told": place.told,
                "word": place.word,
                "kind": place.kind,
                "address": place.address,
            },
        }
        for code, place in places.items()
        if code in outlines
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _outlines(asking: Asking) -> dict[str, object]:
    """Of the units below those that the operator's map knows."""
    folder = settings.MAPS
    found = GeoJsonFolder(Path(folder)).shapes(asking.seen.unit.code) if folder else None
    known = (found or Shapes({})).outlines
    return {item.division: known[item.division] for item in asking.seen.breakdown if item.division in known}


def _place(asking: Asking, row: Row) -> Place:
    figure = row.figure
    indicator = figure.indicator
    number = amount(figure.value, indicator)
    here = reverse("office:map", args=tuple(asking.programme.name.split("/")))
    return Place(
        code=figure.division,
        name=figure.name,
        kind=row.state.kind,
        word=row.state.word,
        told=f"{number} {indicator.unit}" if figure.value is not None else number,
        about=row.share_told if row.share is not None else "",
        address=f"{here}?{asking.address(division=figure.division, level='', compare='')}",
    )
