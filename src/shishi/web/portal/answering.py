"""How the portal answers: everybody gets the same page, so caches may keep it; what
cannot be answered says the way out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers

from shishi.core.errors import Misuse, ShishiError

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]

READING = "reading"
"""The name of the choice between the standard page and the one for elders, in an address and in a cookie."""
ELDER, STANDARD = "elder", "standard"
SERVICES = "/services/"
KEPT_FOR = 365 * 24 * 3600
FRESH_FOR = 300


def everybody(view: View[Given]) -> View[Given]:
    """A page that only shows: read by ``GET`` alone, the same for everybody but for the way they read."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Given.args, **named: Given.kwargs) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = gently(view)(request, *args, **named)
        response["Cache-Control"] = f"public, max-age={FRESH_FOR}" if response.status_code == 200 else "no-store"
        remember_reading(request, response)
        return _unless_held(request, response)

    return answer


def gently(view: View[Given]) -> View[Given]:
    """What shishi raises on purpose becomes a page of the portal that tells no more than everybody may know."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Given.args, **named: Given.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except ShishiError as error:
            return told(request, error)

    return answer


def told(request: HttpRequest, error: ShishiError) -> HttpResponse:
    """The page of an error."""
    unknown, gone = error.code.startswith("unknown_"), error.code == "taken_down"
    status = 404 if unknown else 410 if gone else 400 if isinstance(error, Misuse) else 409
    page = {
        "title": "没有找到" if unknown else "已撤下" if gone else "没有办成",
        "message": error.message,
        "code": error.code,
    }
    response = render(request, "portal/error.html", {**page, **reading(request)}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def reading(request: HttpRequest) -> dict[str, object]:
    """How the page is read: the address decides, then the cookie."""
    asked = request.GET.get(READING) or request.COOKIES.get(READING, STANDARD)
    return {"elder": asked == ELDER, "here": request.path}


def remember_reading(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what the address asks for; a page that sets a cookie is one person's own."""
    asked = request.GET.get(READING)
    if asked in (ELDER, STANDARD):
        response.set_cookie(
            READING,
            asked,
            max_age=KEPT_FOR,
            path=SERVICES if request.path.startswith(SERVICES) else "/promises/",
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
        response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])


def _unless_held(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Nothing is sent again to who holds it."""
    if response.status_code != 200:
        return response
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = tag
    held = get_conditional_response(request, etag=tag, response=response)
    return held if isinstance(held, HttpResponse) else response
