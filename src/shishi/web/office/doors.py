"""The doorkeeper: every request is held against its row of the access table, before any page is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import URLResolver, get_resolver, reverse
from django.utils.translation import gettext

from shishi.apps.accounts.selectors import may, one_look, reaches, signed_in_citizen
from shishi.apps.accounts.separation import require_separated
from shishi.apps.audit import capacity
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.web.design.typed import keep_typed
from shishi.web.office.access import DOORS, About, Door
from shishi.web.office.signing_in import lacks_second_factor
from shishi.web.office.viewing import person_of

_GROUP = re.compile(r"\(\?P<(\w+)>([^()]*)\)")
OPEN_WITHOUT_FACTOR = frozenset({"account_logout", "account_reauthenticate", "account_change_password"})


class Doors:
    """Stands before every view. Starting, it makes sure that routes and rows are the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        require_rows()
        require_duties()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; :meth:`process_view` comes in between. A page that only shows reads everybody's posts once."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with one_look():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """The answer to who may not pass; ``None`` for who may."""
        capacity.forget()
        match = request.resolver_match
        name = match.view_name if match else ""
        door = DOORS[name]
        if door.about in (About.PUBLIC, About.MACHINE, About.CITIZEN):
            return None
        if signed_in_citizen(request.user) is not None:
            return HttpResponseRedirect(reverse("services:mine"))
        if not door.takes(request.method):
            return HttpResponseNotAllowed(door.methods)
        if door.about is About.ENTRANCE:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if _held_up(request, name):
            return HttpResponseRedirect(reverse("mfa_index"))
        return None if _holds(request, door, request.method) else refused(request)


def opens(request: HttpRequest, name: str, method: str = "GET") -> bool:
    """Whether the door of a route opens to who looks, for a menu or a button to be shown or left out."""
    door = DOORS[name]
    if door.about in (About.PUBLIC, About.ENTRANCE):
        return True
    if door.about is About.CITIZEN or signed_in_citizen(request.user) is not None:
        return False
    return request.user.is_authenticated and _holds(request, door, method)


def _holds(request: HttpRequest, door: Door, method: str | None) -> bool:
    right = door.right(method)
    if right is None:
        return True
    person = person_of(request)
    today = day_of(datetime.now(UTC))
    if door.about is About.STORE:
        return may(person, right, COUNTRY, "", today)
    return bool(reaches(person, right, today))


def _held_up(request: HttpRequest, name: str) -> bool:
    """Whether a second factor has to come first: its own pages and the way out stay open."""
    return not name.startswith("mfa_") and name not in OPEN_WITHOUT_FACTOR and lacks_second_factor(request)


def refused(request: HttpRequest) -> HttpResponse:
    """A page for a missing right: it says whose business it is, not what is behind the door."""
    page = {
        "title": gettext("您没有这项权限"),
        "message": gettext("这个页面要有相应岗位才能打开。确有需要的，请本单位管理人员的同志授予岗位或委托代理。"),
        "code": "out_of_reach",
    }
    return render(request, "office/error.html", page, status=403)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in first, then come back; what was typed into a form waits."""
    page = keep_typed(request) if request.method == "POST" else request.get_full_path()
    address = f"{reverse('account_login')}?{urlencode({'next': page})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def require_duties() -> None:
    """Raise ``ImproperlyConfigured`` where duties are to be separated and somebody may do everything."""
    if settings.SEPARATED_DUTIES:
        try:
            require_separated(day_of(datetime.now(UTC)))
        except Misuse as wrong:
            raise ImproperlyConfigured(wrong.message) from wrong


@lru_cache(maxsize=1)
def require_rows() -> None:
    """Raise ``ImproperlyConfigured`` for a route without a row, or a row without a route."""
    names = set(route_names())
    missing, idle = sorted(names - set(DOORS)), sorted(set(DOORS) - names)
    if missing or idle:
        told = [f"no row in web/office/access.py for {name}" for name in missing]
        told += [f"no route for the row {name} in web/office/access.py" for name in idle]
        raise ImproperlyConfigured("; ".join(told))


def route_names() -> Iterator[str]:
    """The name of every route of the site, as ``resolver_match.view_name`` gives it."""
    for name, _ in routes():
        yield name


def routes() -> Iterator[tuple[str, dict[str, str]]]:
    """Every route of the site: its name, and what it takes under which name: ``int``, ``slug``, ``uuid``,
    ``string``, or
    an expression."""
    yield from _walk(get_resolver(), "", {})


def _walk(resolver: URLResolver, space: str, given: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in resolver.url_patterns:
        taken = given | dict(_GROUP.findall(entry.pattern.regex.pattern))
        taken |= {name: type(kind).__name__[:-9].lower() for name, kind in entry.pattern.converters.items()}
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, inner, taken)
        else:
            if not entry.name:
                raise ImproperlyConfigured(f"a route without a name: {entry.pattern}")
            yield f"{space}{entry.name}", taken
