"""我的办件: what one has begun, sent, and does elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.citizens.selectors import account_of
from shishi.apps.hall.handing_over import handovers_of
from shishi.web.portal.answering import reading
from shishi.web.portal.visitors import me, now, own


@own
def mine(request: HttpRequest) -> HttpResponse:
    """Drafts, cases and hand-overs, newest first."""
    person, at = me(request), now()
    page = {"account": account_of(person), "handovers": handovers_of(person, at), **reading(request)}
    return render(request, "portal/mine.html", page)
