"""Statistics of cases: how long they take and where, by which paths, what is done again, which will be late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from shishi.adapters.spreadsheets.handing_out import csv_of, workbook_of
from shishi.apps.cases.handing_out import handout_of
from shishi.apps.cases.logs import Span, Standing, standings
from shishi.apps.cases.measuring import Measured, measured
from shishi.apps.programmes.selectors import processes, programmes_for
from shishi.core.case_forecasts import Outlook
from shishi.core.handouts import Handout
from shishi.core.processes import Process
from shishi.web.office.viewing import Viewer, query_of

SPANS: Mapping[str, tuple[Any, int]] = {
    "quarter": (_("近 90 天"), 90),
    "year": (_("近一年"), 365),
    "all": (_("全部"), 0),
}
MOST_VARIANTS = 12
PAGE = 50
FORMS: Mapping[str, tuple[str, Callable[[Handout], bytes]]] = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_of),
    "csv": ("text/csv; charset=utf-8", csv_of),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks: which process in which span."""

    viewer: Viewer
    process: Process
    span: str

    def measured(self, division: str) -> Measured:
        """The numbers."""
        days = SPANS[self.span][1]
        since: date | None = self.viewer.today - timedelta(days=days) if days else None
        return measured(self.viewer.person, self.process.name, Span(since=since), division=division, at=self.viewer.at)


def listed(request: HttpRequest) -> HttpResponse:
    """Every process within reach, those with cases first, with whose it is and how its cases stand."""
    viewer = Viewer.of(request)
    found = programmes_for(viewer.person, at=viewer.at)
    titles = {item.name: item.title for _pack, item in found}
    packs = {item.name.rpartition("/")[0]: pack.title for pack, item in found}
    stand = standings(viewer.person, at=viewer.at)
    lines = [
        (
            item,
            titles.get(item.programme) or packs.get(item.name.rpartition("/")[0], ""),
            stand.get(item.name, Standing()),
        )
        for item in seen_by(viewer)
    ]
    page = {"processes": sorted(lines, key=lambda line: not line[2].cases)}
    return render(request, "office/case_statistics_list.html", page)


def seen_by(viewer: Viewer) -> list[Process]:
    """The processes of programmes within reach, and those of no programme in particular."""
    names = {item.name for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    return [item for item in processes() if not item.programme or item.programme in names]


def statistics(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """One process."""
    asked, query = _asked(request, jurisdiction, year, code), query_of(request)
    found = asked.measured(query.division)
    outlook = request.GET.get("outlook", "")
    outlook = outlook if outlook in list(Outlook) else ""
    expected = [item for item in found.expected if not outlook or item.worst.outlook == outlook]
    first = (query.page - 1) * PAGE
    page = {
        "measured": found,
        "found": found.found,
        "process": asked.process,
        "place": (jurisdiction, year, code),
        "spans": [(name, word) for name, (word, _days) in SPANS.items()],
        "span": asked.span,
        "day": found.clock.day_seconds,
        "hours": found.clock.calendar.hours,
        "outlooks": [(item, many) for item, many in found.outlooks.items() if many],
        "outlook": outlook,
        "expected": expected[first : first + PAGE],
        "more": len(expected) > first + PAGE,
        "query": query,
        "steps": [(found.step(line.step), line, _bodies(found, line.step)) for line in found.found.bottlenecks],
        "variants": [(item, _path(found, item.path)) for item in found.found.variants[:MOST_VARIANTS]],
        "other_variants": found.found.variants[MOST_VARIANTS:],
        "repeated": [(found.step(step), many) for step, many in found.found.repeated],
    }
    return render(request, "office/case_statistics.html", page)


def export(request: HttpRequest, jurisdiction: str, year: int, code: str, form: str) -> HttpResponse:
    """All of it as a workbook, or the list that is asked for (``part``) as text."""
    if form not in FORMS:
        raise Http404
    asked, query = _asked(request, jurisdiction, year, code), query_of(request)
    handout = handout_of(asked.measured(query.division), first=request.GET.get("part", ""))
    kind, made = FORMS[form]
    name = f"{code}-{asked.viewer.today}.{form}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(made(handout), content_type=kind, headers={"Content-Disposition": disposition})


def _asked(request: HttpRequest, jurisdiction: str, year: int, code: str) -> Asked:
    viewer = Viewer.of(request)
    name = f"{jurisdiction}/{year}/{code}"
    process = next((item for item in seen_by(viewer) if item.name == name), None)
    if process is None:
        raise Http404
    span = request.GET.get("span", "year")
    return Asked(viewer, process, span if span in SPANS else "year")


def _bodies(found: Measured, step: str) -> list[tuple[str, object]]:
    """The bodies of a step where there are several, the one with most of the time first."""
    lines = [line for line in found.bodies if line.step == step]
    ordered = sorted(lines, key=lambda line: (-line.lain, line.body))
    return [(found.names.get(line.body, line.body), line) for line in ordered] if len(lines) > 1 else []


def _path(found: Measured, path: tuple[str, ...]) -> list[str]:
    return [found.step(step) for step in path]
