"""Which side of the site says that a form did not come from here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answered by the pages that the form was meant for."""
    from shishi.web.office.asking import not_from_here as in_the_office
    from shishi.web.portal.rating import not_from_here as in_the_portal

    match = request.resolver_match
    public = match is not None and match.app_name in ("portal", "services")
    return in_the_portal(request, reason) if public else in_the_office(request)
