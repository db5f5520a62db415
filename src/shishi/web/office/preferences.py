"""How somebody likes to read: standard or 长辈版, roomy or dense, in Chinese or in English. Kept by the browser alone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from shishi.web.design.surroundings import CHOICES

KEPT_FOR = 365 * 24 * 3600


def choose(request: HttpRequest) -> HttpResponse:
    """The choices; sent, they are taken, and the page from which they came is shown again."""
    if request.method != "POST":
        return render(request, "office/preferences.html")
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    choices = {**CHOICES, "language": tuple(code for code, _ in settings.LANGUAGES)}
    for name, known in choices.items():
        chosen = request.POST.get(name, "")
        if chosen in known:
            cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
            response.set_cookie(
                cookie, chosen, max_age=KEPT_FOR, samesite="Lax", httponly=True, secure=request.is_secure()
            )
    return response
