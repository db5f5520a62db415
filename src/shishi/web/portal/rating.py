"""Rating a promise: one question, five answers. It works without a script; with one, no sum has to be answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from shishi.apps.publishing.published import Place, PublishedEdition
from shishi.apps.publishing.rating import rate as count
from shishi.apps.publishing.rating import rated_table
from shishi.apps.publishing.selectors import latest_of, place_of
from shishi.apps.publishing.voices import (
    Ticket,
    answered,
    challenge,
    cookie_of,
    hand_out,
    sealed,
    take_in,
    token_of,
    worked,
)
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.ratings import COMMENT_LENGTH, SCORES
from shishi.web.headers import WITH_SCRIPTS
from shishi.web.portal.answering import KEPT_FOR, gently, reading, remember_reading, told
from shishi.web.portal.pace import Pace, address_of

VOICE = "voice"
WITHOUT_WORK = 3
"""An answered sum weighs as much as so many pieces of work: a machine can add."""

pace = Pace()


@csrf_protect
@gently
def rate(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """The form, and what becomes of it."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    rated_table(edition.content.programme)
    asked = request.POST if request.method == "POST" else request.GET
    place = place_of(edition, normalise(asked.get("place", "")) if asked.get("place") else edition.content.root)
    response = _taken(request, edition, place) if request.method == "POST" else _form(request, edition, place)
    response["Cache-Control"] = "private, no-store"
    remember_reading(request, response)
    return response


def _form(request: HttpRequest, edition: PublishedEdition, place: Place, fault: str = "") -> HttpResponse:
    ticket = hand_out(edition.content.programme, place.division, request.COOKIES.get(VOICE, ""), datetime.now(UTC))
    page = {
        "edition": edition,
        "content": edition.content,
        "place": place,
        "ticket": sealed(ticket),
        "division": official(place.division),
        "question": ticket.question,
        "challenge": json.dumps(challenge(ticket)) if settings.STATICFILES_DIRS else "",
        "scores": SCORES.items(),
        "fault": fault,
        "chosen": request.POST.get("score", ""),
        "comment": request.POST.get("comment", ""),
        "longest": COMMENT_LENGTH,
        **reading(request),
    }
    response = render(request, "portal/rate.html", page, status=200 if not fault else 422)
    response["Content-Security-Policy"] = WITH_SCRIPTS
    return response


def _taken(request: HttpRequest, edition: PublishedEdition, place: Place) -> HttpResponse:
    at = datetime.now(UTC)
    try:
        ticket = take_in(request.POST.get("ticket", ""), at)
        _require_own(ticket, edition, place, request)
        score, comment = _said(request)
        _require_work(ticket, request, at)
        became = count(ticket, score, comment, at=at)
    except ShishiError as error:
        if error.code in ("ticket_malformed", "ticket_used"):
            return told(request, error)
        return _form(request, edition, place, error.message)
    page = {
        "content": edition.content,
        "place": place,
        "became": became,
        "word": SCORES[score],
        **reading(request),
    }
    response = render(request, "portal/rated.html", page)
    response.set_cookie(
        VOICE,
        cookie_of(ticket.token),
        max_age=KEPT_FOR,
        path="/promises/",
        samesite="Strict",
        httponly=True,
        secure=request.is_secure(),
    )
    return response


def _require_own(ticket: Ticket, edition: PublishedEdition, place: Place, request: HttpRequest) -> None:
    """The form is of this promise and place, and of this browser where it is known already."""
    known = token_of(request.COOKIES.get(VOICE, ""))
    if (ticket.programme, ticket.division) != (edition.content.programme, place.division) or known not in (
        "",
        ticket.token,
    ):
        raise Misuse("ticket_malformed", "这张表是另一个页面或另一个浏览器的。请重新打开评分页面。")


def _said(request: HttpRequest) -> tuple[int, str]:
    score = request.POST.get("score", "")
    if score not in map(str, SCORES):
        raise Misuse("score_unknown", "还没有选：请在五个答案里选一个。")
    return int(score), request.POST.get("comment", "").replace("\r\n", "\n")


def _require_work(ticket: Ticket, request: HttpRequest, at: datetime) -> None:
    if worked(ticket, request.POST.get("altcha", "")):
        pace.step(address_of(request), 1, at)
    elif answered(ticket, request.POST.get("answer", "")):
        pace.step(address_of(request), WITHOUT_WORK, at)
    else:
        raise Refused("not_worked", "算式的答案不对，或还没有填。请再算一次。")


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that comes from another site, or from a browser that keeps no cookie."""
    message = "这张表不是从本站的页面交来的，或浏览器不让保存 Cookie，没有记下。请打开评分页面再评一次。"
    response = told(request, Misuse("not_from_here", message))
    response.status_code = 403
    return response
