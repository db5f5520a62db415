"""Briefs: the list, and the files as they went out."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from shishi.apps.documents.selectors import brief_of, briefs_for
from shishi.apps.files.services import content_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "json": "application/json",
}


def listed(request: HttpRequest) -> HttpResponse:
    """Every brief within reach, newest day first."""
    viewer, query = Viewer.of(request), query_of(request)
    found = briefs_for(viewer.person, at=viewer.at, offset=(query.page - 1) * PAGE, limit=PAGE + 1)
    seen = programmes_for(viewer.person, at=viewer.at)
    titles = {item.name: item.title for both in seen for item in both}
    page = {"briefs": found[:PAGE], "titles": titles, "query": query, "more": len(found) > PAGE}
    return render(request, "office/briefs.html", page)


def download(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """One file of a brief: Word to edit, PDF to sign, JSON with every number's question."""
    if form not in FORMS:
        raise Http404
    viewer = Viewer.of(request)
    brief = brief_of(viewer.person, number, at=viewer.at)
    mark = f"-更正{brief.erratum}" if brief.erratum else ""
    name = f"{brief.as_of}-{brief.title}-第{brief.number}期{mark}.{form}".replace("/", "／")
    if form == "json":
        content = json.dumps(brief.citations, ensure_ascii=False, indent=1).encode()
    else:
        content = content_of(brief.docx if form == "docx" else brief.pdf)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=FORMS[form], headers={"Content-Disposition": disposition or "attachment"})
