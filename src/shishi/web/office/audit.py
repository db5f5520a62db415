"""The trail: its state, the daily roots, the newest events. Read by those who may read the whole of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.audit.selectors import events, last_event, roots, verify

NEWEST = 40


def trail(request: HttpRequest) -> HttpResponse:
    """The chain; with ``verify`` in the address every link is computed again, which takes a moment."""
    asked = "verify" in request.GET
    page = {
        "proof": verify(request.GET.get("root", "").strip()) if asked else None,
        "root": request.GET.get("root", "").strip(),
        "last": last_event(),
        "roots": list(roots(8)),
        "events": list(events(0, NEWEST)),
    }
    return render(request, "office/audit.html", page)
