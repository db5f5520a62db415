"""我的办件: what one has begun, sent, and does elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.cases.seen import cases_of_applicant
from shishi.apps.citizens.selectors import account_of
from shishi.apps.hall.drafts import drafts_of
from shishi.apps.hall.handing_over import handovers_of
from shishi.web.portal.answering import reading
from shishi.web.portal.case_page import mark_of
from shishi.web.portal.visitors import me, now, own


@own
def mine(request: HttpRequest) -> HttpResponse:
    """Drafts, cases and hand-overs, newest first."""
    person, at = me(request), now()
    page = {
        "account": account_of(person),
        "drafts": drafts_of(person, at),
        "cases": [(line, mark_of(line.state)) for line in cases_of_applicant(person, at)],
        "handovers": handovers_of(person, at),
        **reading(request),
    }
    return render(request, "portal/mine.html", page)
