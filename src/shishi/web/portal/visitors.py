"""Who looks at the citizens' pages: nobody in particular, or a citizen who is signed in. People of the offices are
nobody here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from shishi.apps.accounts.selectors import Person, signed_in_citizen
from shishi.web.portal.answering import gently, remember_reading

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]
METHODS = ("GET", "HEAD", "POST")


def visitor(request: HttpRequest) -> Person | None:
    """The citizen whose session it is; ``None`` for everybody else."""
    return signed_in_citizen(request.user)


def now() -> datetime:
    """The moment of a request."""
    return datetime.now(UTC)


def asked_kindly(view: View[Given]) -> View[Given]:
    """A page that may differ from person to person: kept by nobody, its forms protected, its refusals said gently."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Given.args, **named: Given.kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        response = csrf_protect(gently(view))(request, *args, **named)
        response["Cache-Control"] = "private, no-store"
        remember_reading(request, response)
        return response

    return answer


def own(view: View[Given]) -> View[Given]:
    """A page about somebody's own matters: whoever is not signed in does that first and comes back."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Given.args, **named: Given.kwargs) -> HttpResponse:
        if visitor(request) is None:
            return HttpResponseRedirect(sign_in_address(request.get_full_path()))
        return view(request, *args, **named)

    return asked_kindly(answer)


def me(request: HttpRequest) -> Person:
    """The signed-in citizen of a page that :func:`own` guards."""
    found = visitor(request)
    if found is None:
        raise RuntimeError("a page of one's own is guarded")
    return found


def sign_in_address(wanted: str) -> str:
    """Where one signs in, to come back to ``wanted``."""
    return f"{reverse('services:sign-in')}?{urlencode({'next': wanted})}"


def wanted(request: HttpRequest, otherwise: str = "services:mine") -> str:
    """Where to go on to: an address of this site and of the citizens' side, else one's own matters."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    ours = here and address.startswith(("/services/", "/identity/", "/promises/"))
    return address if ours else reverse(otherwise)


def session_name(request: HttpRequest) -> str:
    """A digest of the session's key: enough to know it again, nothing to enter by."""
    key = request.session.session_key or ""
    return hashlib.sha256(f"visit:{key}".encode()).hexdigest() if key else ""
