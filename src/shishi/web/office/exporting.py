"""What a page of a programme shows, taken away: workbook, text or picture, in the order
and as of the moment of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from shishi.adapters.rendering.handout import picture_of
from shishi.adapters.spreadsheets.handing_out import csv_of, workbook_of
from shishi.apps.indicators.handing_out import handout_of
from shishi.core.divisions import official
from shishi.core.handouts import Handout
from shishi.web.office.figures import asking_of
from shishi.web.office.programmes import rows_of, silent_last

FORMS: Mapping[str, tuple[str, Callable[[Handout], bytes]]] = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_of),
    "csv": ("text/csv; charset=utf-8", csv_of),
    "png": ("image/png", picture_of),
}


def export(request: HttpRequest, jurisdiction: str, year: int, code: str, form: str) -> HttpResponse:
    """One file. What the page leaves to a second page is in it, too."""
    if form not in FORMS:
        raise Http404
    asking = asking_of(request, jurisdiction, year, code)
    seen, rows = asking.seen, silent_last(rows_of(asking))
    found = handout_of(seen, [row.figure for row in rows], asking.asked.known_at)
    kind, made = FORMS[form]
    name = f"{code}-{official(seen.unit.code)}-{seen.lead.code}-{asking.asked.as_of}.{form}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(made(found), content_type=kind, headers={"Content-Disposition": disposition})
