"""Why a number is what it is: its question, the rows behind it down to the cell's file and person, and the live rows
beside it with the condition that they do not meet."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.indicators.why import explain
from shishi.apps.indicators.why_not import not_counted
from shishi.core.criteria import ALWAYS
from shishi.core.criterion_forms import describe
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.web.office.figures import Asking, asking_of

ROWS = 30
PARTS = ("numerator", "denominator")


def why(request: HttpRequest, jurisdiction: str, year: int, code: str, indicator: str) -> HttpResponse:
    """One number. ``part`` of the address chooses a ratio's numerator or denominator, ``page`` the rows."""
    asking = asking_of(request, jurisdiction, year, code)
    reckoning, part, offset = _asked(request, asking)
    found = explain(reckoning, indicator, part=part, offset=offset, limit=ROWS)
    page = _page(asking, reckoning, found.figure, found.part, found.total) | {"rows": found.rows, "part": part}
    return render(request, "office/why.html", page)


def why_not(request: HttpRequest, jurisdiction: str, year: int, code: str, indicator: str) -> HttpResponse:
    """The live rows of the same place that the number does not count, each with the conditions that it fails."""
    asking = asking_of(request, jurisdiction, year, code)
    reckoning, part, offset = _asked(request, asking)
    found = not_counted(reckoning, indicator, part=part, offset=offset, limit=ROWS)
    page = _page(asking, reckoning, found.figure, found.part, found.total)
    return render(request, "office/why.html", page | {"beside": found.rows, "part": part, "left_out": True})


def part_of(request: HttpRequest) -> str:
    """Which part of a ratio the address asks for; ``Misuse`` (part_unknown)."""
    part = request.GET.get("part", PARTS[0])
    if part not in PARTS:
        raise Misuse("part_unknown", f"比率没有“{part[:20]}”这一部分。可选：分子、分母。")
    return part


def page_of(asking: Asking, total: int) -> Page[int]:
    """The page asked for, of ``total`` rows; ``Misuse`` (page_malformed) beyond the last."""
    pages = Paginator(range(total), ROWS)
    if asking.query.page > pages.num_pages:
        raise Misuse("page_malformed", f"这个数字只有 {pages.num_pages} 页。")
    return pages.page(asking.query.page)


def _asked(request: HttpRequest, asking: Asking) -> tuple[Reckoning, str, int]:
    told = asking.query.asked(asking.programme, asking.usual)
    return (
        Reckoning(asking.viewer.person, told, asking.viewer.at),
        part_of(request),
        (asking.query.page - 1) * ROWS,
    )


def _page(asking: Asking, reckoning: Reckoning, figure: Figure, part: Indicator, total: int) -> dict[str, object]:
    table = reckoning.programme.table(part.table)
    tables = {item.name: item for item in reckoning.programme.tables}
    return {
        "pack": asking.pack,
        "programme": reckoning.programme,
        "asking": asking,
        "asked": asking.asked,
        "figure": figure,
        "indicator": figure.indicator,
        "counted": part,
        "total": total,
        "table": table,
        "titles": {field.name: field.title for field in table.fields},
        "where": "" if part.where == ALWAYS else describe(part.where, table, tables),
        "is_ratio": figure.indicator.measure is Measure.RATIO,
        "pages": page_of(asking, total),
        "address": asking.of_rows,
    }
