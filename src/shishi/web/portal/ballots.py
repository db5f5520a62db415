"""The owner's page of a joint decision: with the code of the ballot one votes, sees what everybody pays, objects.

The code is asked for in a form and sent back in one, never in an address: it stands in no history and no log."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from shishi.apps.decisions.seen import DecisionView, decision_by_code
from shishi.apps.decisions.services import cast_by_code, object_by_code
from shishi.apps.files.services import key_ring
from shishi.core.errors import Misuse, ShishiError
from shishi.core.joint_decisions import Stand, voters
from shishi.web.portal.answering import gently, reading
from shishi.web.portal.pace import Pace, address_of

LONGEST = 1000
guessing = Pace(60, ("codes_too_many", "这个网络一小时内填错的表决码太多了。请过一小时再来，或找社区。"))
"""Wrong codes of one address in an hour. A code has twelve signs of thirty-one: nobody guesses one, and nobody makes
the site look for them all night."""


@csrf_protect
@gently
def ballot(request: HttpRequest) -> HttpResponse:
    """Ask for the code; with it show the vote, and take what the owner says."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    page: dict[str, object] = dict(reading(request))
    status = 200
    code = request.POST.get("code", "")
    if request.method == "POST":
        at = datetime.now(UTC)
        try:
            guessing.require(address_of(request), at)
            page["told"] = _said(request, code, at)
        except ShishiError as error:
            page["fault"], status = error.message, 422
        try:
            guessing.require(address_of(request), at)
            page |= _shown(code, at)
        except ShishiError as error:
            page["fault"], status = error.message, 422
            if error.code == "unknown_decision":
                guessing.step(address_of(request), 1, at)
    response = render(request, "portal/ballot.html", page, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _said(request: HttpRequest, code: str, at: datetime) -> str:
    """Do what the form asks, and say what was done."""
    if request.POST.get("stand"):
        try:
            stand = Stand(request.POST["stand"])
        except ValueError as wrong:
            raise Misuse("stand_malformed", "请选同意、反对或弃权。") from wrong
        cast_by_code(code, stand, cipher=key_ring(), at=at)
        return f"已记下：{stand.label}。截止以前可以改，每次都会留下记录，按最后一次算。"
    if request.POST.get("objection") is not None:
        object_by_code(code, request.POST["objection"][:LONGEST], cipher=key_ring(), at=at)
        return "异议已记下，社区会来调解，经过写在下面。"
    return ""


def _shown(code: str, at: datetime) -> dict[str, object]:
    """What the owner sees: all of it, names masked."""
    view, voter = decision_by_code(code, key_ring(), at=at)
    held = voters(view.holdings)[voter]
    return {
        "code": code,
        "view": view,
        "row": view.row,
        "units": "、".join(item.unit for item in held),
        "mine": [item.unit for item in held],
        "last": view.said.get(voter),
        "stands": list(Stand),
        "costs": view.costs,
        "running": _runs(view),
        "outcome": view.tally.outcome.label if view.tally and view.row.state == "closed" else "",
    }


def _runs(view: DecisionView) -> bool:
    return view.row.state == "open" and (view.row.closes_on is None or view.on <= view.row.closes_on)
