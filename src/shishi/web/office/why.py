"""Why a number is what it is: its question, and the rows behind it down to the cell's file and person."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.indicators.why import explain
from shishi.core.criteria import ALWAYS
from shishi.core.criterion_forms import describe
from shishi.core.errors import Misuse
from shishi.core.indicators import Measure
from shishi.web.office.viewing import Viewer, query_of

ROWS = 30
PARTS = ("numerator", "denominator")


def why(request: HttpRequest, jurisdiction: str, year: int, code: str, indicator: str) -> HttpResponse:
    """One number. ``part`` of the address chooses a ratio's numerator or denominator, ``page`` the rows."""
    viewer, query = Viewer.of(request), query_of(request)
    pack, known = viewer.programme(f"{jurisdiction}/{year}/{code}")
    part = request.GET.get("part", PARTS[0])
    if part not in PARTS:
        raise Misuse("part_unknown", f"比率没有“{part[:20]}”这一部分。可选：分子、分母。")
    asked = query.asked(known, viewer.usual_day(known))
    reckoning = Reckoning(viewer.person, asked, viewer.at)
    found = explain(reckoning, indicator, part=part, offset=(query.page - 1) * ROWS, limit=ROWS)
    table = reckoning.programme.table(found.part.table)
    pages = Paginator(range(found.total), ROWS)
    if query.page > pages.num_pages:
        raise Misuse("page_malformed", f"这个数字只有 {pages.num_pages} 页。")
    page = {
        "pack": pack,
        "programme": reckoning.programme,
        "query": query,
        "asked": asked,
        "found": found,
        "figure": found.figure,
        "table": table,
        "titles": {field.name: field.title for field in table.fields},
        "where": "" if found.part.where == ALWAYS else describe(found.part.where, table),
        "is_ratio": found.figure.indicator.measure is Measure.RATIO,
        "part": part,
        "pages": pages.get_page(query.page),
        "back": query.address(asked.as_of),
        "address": query.address(asked.as_of, part=part if part != PARTS[0] else ""),
        "address_part_free": query.address(asked.as_of),
    }
    return render(request, "office/why.html", page)
