"""The trail: its state, the daily roots, its events with search. Read by those who may read the whole of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.audit.acts import words_of
from shishi.apps.audit.selectors import last_event, roots, search, verify
from shishi.web.office.viewing import query_of

PAGE = 50


def trail(request: HttpRequest) -> HttpResponse:
    """The chain; with ``verify`` in the address every link is computed again, which takes a moment."""
    asked = "verify" in request.GET
    query = query_of(request)
    wanted = {name: request.GET.get(name, "").strip() for name in ("person", "action", "subject")}
    found = search(**wanted, day=query.as_of, offset=(query.page - 1) * PAGE, limit=PAGE + 1)
    page = {
        "proof": verify(request.GET.get("root", "").strip()) if asked else None,
        "root": request.GET.get("root", "").strip(),
        "last": last_event(),
        "roots": list(roots(8)),
        "events": [(event, words_of(event.action)) for event in found[:PAGE]],
        "more": len(found) > PAGE,
        "wanted": wanted,
        "query": query,
    }
    return render(request, "office/audit.html", page)
