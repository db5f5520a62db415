"""Notices: the list, and one with its whole history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.messages.selectors import deliveries_about
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.selectors import NoticeView, notice_of, notices_for
from shishi.core.notices import UNFINISHED
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50


def listed(request: HttpRequest) -> HttpResponse:
    """Every notice within reach: those still open first, each newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    offset = (query.page - 1) * PAGE
    found = notices_for(viewer.person, at=viewer.at, offset=offset, limit=PAGE + 1)
    page = {
        "open": [item for item in found[:PAGE] if item.state in UNFINISHED],
        "ended": [item for item in found[:PAGE] if item.state not in UNFINISHED],
        "titles": _titles(viewer),
        "query": query,
        "more": len(found) > PAGE,
    }
    return render(request, "office/notices.html", page)


def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice: grounds, recipients with their deadlines, every step, how it was delivered."""
    viewer = Viewer.of(request)
    view = notice_of(viewer.person, str(number), at=viewer.at)
    page = {
        "notice": view,
        "programme_title": _titles(viewer).get(view.programme, view.programme),
        "bodies": _bodies(view),
        "deliveries": deliveries_about(f"notice:{view.id}"),
    }
    return render(request, "office/notice.html", page)


def _titles(viewer: Viewer) -> dict[str, str]:
    return {programme.name: programme.title for _, programme in programmes_for(viewer.person, at=viewer.at)}


def _bodies(view: NoticeView) -> dict[str, str]:
    return {item.body: item.title for item in view.recipients}
