"""Where a table's rows lie: by division, each leading to its rows, and every row that has a point on a map. What the
map shows stands beside it as a list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.adapters.maps.geojson import GeoJsonFolder
from shishi.apps.ledger.listing import Rows, rows_of
from shishi.apps.ledger.places import (
    PlacedRow,
    Share,
    fact_fields,
    mapped_fields,
    placed_rows,
    spread_of,
    top_of,
    with_place,
)
from shishi.apps.ledger.showing import names_of
from shishi.core.divisions import COUNTRY, official
from shishi.core.errors import Misuse, Refused
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Field, Point, Table
from shishi.web.design.maps import Place, in_order
from shishi.web.office.ledger import about, named
from shishi.web.office.ledger_query import SIZES, LedgerQuery, ledger_query
from shishi.web.office.viewing import Viewer

DRAWN = 2000
"""Points that a browser draws without becoming slow."""
SHADES = 5


@dataclass(frozen=True)
class _Asking:
    """Who asks where which rows lie."""

    viewer: Viewer
    pack: Pack
    programme: Programme
    table: Table
    query: LedgerQuery
    point: Field | None

    @property
    def address(self) -> list[object]:
        """What names the table in an address."""
        return [self.pack.jurisdiction, self.pack.year, self.programme.code, self.table.short]

    def shares(self) -> tuple[Share, ...]:
        """By division, below the one that is asked about."""
        return spread_of(self.viewer.person, self.programme, self.table, self.query.asked, at=self.viewer.at)


def _asking(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> _Asking:
    viewer = Viewer.of(request)
    pack, programme, known = named(viewer, jurisdiction, year, code, table)
    query = ledger_query(request, viewer, programme, known)
    return _Asking(viewer, pack, programme, known, query, _point(known, request.GET.get("point", "")))


def _point(table: Table, text: str) -> Field | None:
    """The field of points that is drawn; ``Misuse`` (no_points) for one that is none."""
    fields = mapped_fields(table)
    if not text:
        return next(iter(fields), None)
    found = next((item for item in fields if item.name == text), None)
    if found is None:
        raise Misuse("no_points", _("“%s”没有这样的位置栏。") % table.title)
    return found


def spread(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """The map, the list beside it, and the numbers by division."""
    asking = _asking(request, jurisdiction, year, code, table)
    viewer, query = asking.viewer, asking.query
    shares = asking.shares()
    top = top_of(viewer.person, asking.programme, query.asked, viewer.at)
    shapes, fault = _outlined(asking, shares)
    listed = _listed(asking)
    most = max((share.rows for share in shares), default=1)
    page = {
        **about(viewer, asking.pack, asking.programme, query),
        "top": names_of({top}, query.asked.as_of)[top] if top != COUNTRY else _("全国"),
        "shares": [(share, max(share.rows * 100 // most, 1), _rows_at(asking, share)) for share in shares],
        "total": sum(share.rows for share in shares),
        "summed": list(shares[0].sums) if shares else [],
        "places": in_order(_place(asking, share, most) for share in shares if not share.whole),
        "drawing": f"{reverse('office:ledger-places', args=asking.address)}{query.address() or ''}",
        "drawn": bool(listed and listed.total) or bool(shapes),
        "outlined": bool(shapes),
        "fault": fault,
        "tiles": settings.TILES,
        "credit": settings.TILES_CREDIT,
        "point": asking.point,
        "listed": listed,
        "positions": _positions(asking, listed) if listed else (),
        "facts": fact_fields(asking.table),
        "pages": Paginator(range(listed.total), query.asked.size).get_page(query.asked.page) if listed else None,
        "most": DRAWN,
        "sizes": SIZES,
        "whole": query.address(division="") if query.asked.division else "",
    }
    return render(request, "office/spread.html", page)


def _listed(asking: _Asking) -> Rows | None:
    """The rows that say where they lie, page by page; ``None`` where the table has no field for it."""
    if asking.point is None:
        return None
    asked = with_place(asking.query.asked, asking.point)
    return rows_of(asking.viewer.person, asking.programme, asking.table, asked, at=asking.viewer.at)


def _positions(asking: _Asking, listed: Rows) -> list[tuple[object, str, tuple[str, ...]]]:
    """Of each row on the page: the row, its point, and what else tells which it is."""
    facts = fact_fields(asking.table)
    name = asking.point.name if asking.point else ""
    return [
        (row, row.cells[name].text, tuple(row.cells[item.name].text for item in facts if row.cells[item.name].text))
        for row in listed.rows
    ]


def _rows_at(asking: _Asking, share: Share) -> str:
    """The address of the rows of a division as a grid."""
    rows = reverse("office:ledger-rows", args=asking.address)
    return f"{rows}{asking.query.address(division=official(share.division), view='')}"


def _place(asking: _Asking, share: Share, most: int) -> Place:
    here = reverse("office:ledger-map", args=asking.address)
    return Place(
        code=share.division,
        name=share.name,
        kind=f"shade-{_shade(share.rows, most)}",
        word="",
        told=_("%s 行") % f"{share.rows:,}",
        address=f"{here}{asking.query.address(division=official(share.division))}",
    )


def _shade(rows: int, most: int) -> int:
    """From 1 to ``SHADES``: how many, beside the largest."""
    return max(-(-rows * SHADES // max(most, 1)), 1)


def _outlined(asking: _Asking, shares: tuple[Share, ...]) -> tuple[dict[str, object], str]:
    """The operator's outlines of these divisions, and what is wrong with their file."""
    top = top_of(asking.viewer.person, asking.programme, asking.query.asked, asking.viewer.at)
    try:
        found = GeoJsonFolder(Path(settings.MAPS)).shapes(top) if settings.MAPS else None
    except Refused as wrong:
        return {}, wrong.message
    known = found.outlines if found else {}
    return {share.division: known[share.division] for share in shares if share.division in known}, ""


def places(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> JsonResponse:
    """What the map draws: outlines of divisions as GeoJSON, and ``points``: at most ``DRAWN`` rows, each with
    longitude, latitude, key, what tells which it is, and the address of its page."""
    asking = _asking(request, jurisdiction, year, code, table)
    shares = asking.shares()
    outlines, _fault = _outlined(asking, shares)
    most = max((share.rows for share in shares), default=1)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": outlines[place.code]},
            "properties": {
                "name": place.name,
                "told": place.told,
                "word": place.word,
                "kind": place.kind,
                "address": place.address,
            },
        }
        for place in (_place(asking, share, most) for share in shares)
        if place.code in outlines
    ]
    points = [_drawn(row) for row in _points(asking)]
    return JsonResponse({"type": "FeatureCollection", "features": features, "points": points})


def _points(asking: _Asking) -> tuple[PlacedRow, ...]:
    if asking.point is None:
        return ()
    return placed_rows(
        asking.viewer.person,
        asking.programme,
        asking.table,
        asking.point,
        asking.query.asked,
        limit=DRAWN,
        at=asking.viewer.at,
    )


def _drawn(row: PlacedRow) -> list[object]:
    longitude, latitude = _degrees(row.point)
    return [longitude, latitude, row.key, "　".join(row.facts), reverse("office:row", args=[row.entry])]


def _degrees(point: Point) -> tuple[str, str]:
    """As texts: a place is exact as given, and nothing here reckons with it."""
    return str(point.longitude), str(point.latitude)
