"""Which rows of a programme lack what evidence, by division; and a row's archive to look through and to take away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header

from shishi.apps.assurance.archive_books import printed
from shishi.apps.assurance.archives import archive_of, packed
from shishi.apps.assurance.evidence_coverage import coverage
from shishi.apps.ledger.showing import names_of
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, parent_code
from shishi.core.errors import ShishiError
from shishi.core.evidence_plans import RULE
from shishi.core.evidence_trust import TrustLevel
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50


def covered(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """The coverage of a programme: numbers by division, and the rows that lack something."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    query = query_of(request)
    division = query.division if query.division != COUNTRY else ""
    report = coverage(
        viewer.person, programme, division=division, at=viewer.at, offset=(query.page - 1) * PAGE, limit=PAGE
    )
    on = day_of(viewer.at)
    above = parent_code(division) if division else None
    page = {
        "pack": pack,
        "programme": programme,
        "report": report,
        "name": names_of([division], on)[division] if division else "",
        "above": above if above and above != COUNTRY else "",
        "query": query,
        "more": query.page * PAGE < report.total_lacking,
        "levels": [(level, report.whole.levels.get(level, 0)) for level in TrustLevel],
        "today": on,
        "rule": RULE,
    }
    return render(request, "office/evidence_coverage.html", page)


def archive(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Everything about one row in the order of time: the row, what belongs to it, its pictures."""
    viewer = Viewer.of(request)
    found = archive_of(viewer.person, entry, at=viewer.at)
    jurisdiction, year, code = found.row.programme.name.split("/")
    page = {"archive": found, "jurisdiction": jurisdiction, "year": int(year), "code": code}
    return render(request, "office/evidence_archive.html", page)


def archive_print(request: HttpRequest, entry: UUID) -> HttpResponse:
    """The archive as one PDF, to print or to hand over."""
    viewer = Viewer.of(request)
    found = archive_of(viewer.person, entry, at=viewer.at)
    try:
        content = printed(viewer.person, found, at=viewer.at)
    except ShishiError as wrong:
        messages.error(request, wrong.message)
        return HttpResponseRedirect(reverse("office:evidence-archive", args=[entry]))
    disposition = content_disposition_header(as_attachment=True, filename=f"{found.name}.pdf") or "attachment"
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def archive_file(request: HttpRequest, entry: UUID) -> HttpResponse:
    """The archive as one ZIP: a page to open anywhere, the copies, the papers, and a list with every hash."""
    viewer = Viewer.of(request)
    found = archive_of(viewer.person, entry, at=viewer.at)
    disposition = content_disposition_header(as_attachment=True, filename=f"{found.name}.zip") or "attachment"
    headers = {"Content-Disposition": disposition}
    return HttpResponse(packed(viewer.person, found, at=viewer.at), content_type="application/zip", headers=headers)
