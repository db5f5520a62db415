"""What outside systems ask at the back end: what a ticket means, and to say what became of it.

A system says who it is by its client and secret (HTTP Basic); for a ticket it also shows the login that it was given.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from allauth.idp.oidc.models import Client, Token
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from shishi.apps.accounts.selectors import signed_in_citizen
from shishi.apps.citizens.selectors import account_of, system_of_client
from shishi.apps.hall.handing_over import HandoverState, take_ticket, tell_outcome
from shishi.core.errors import Misuse, Refused
from shishi.web.portal.pace import Pace, address_of
from shishi.web.portal.visitors import now

MOST = 16 * 1024
wrong = Pace(60, ("too_many_requests", "这个网络一小时内写错的密钥太多了。请过一小时再来。"))
"""Wrong secrets of one address in an hour: proving one takes a machine a good part of a second."""


@csrf_exempt
def ticket(request: HttpRequest) -> HttpResponse:
    """``POST {"ticket", "access_token"}`` → ``{"number", "item", "region"}``; 400 with ``error`` for a bad one."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        client = _client(request)
    except Refused as error:
        return _refused(error, 429)
    if not client:
        return _unknown()
    said = _document(request)
    login = Token.objects.lookup(Token.Type.ACCESS_TOKEN, said.get("access_token", ""))
    citizen = signed_in_citizen(login.user) if login and login.client_id == client else None
    if citizen is None:
        return _refused(Refused("ticket_refused", "没有有效的登录。请先完成登录，再用票据换办理信息。"))
    try:
        found = take_ticket(said.get("ticket", ""), client=client, uid=account_of(citizen).uid, at=now())
    except (Misuse, Refused) as error:
        return _refused(error)
    return _answer({"number": found.number, "item": found.item, "region": found.region})


@csrf_exempt
def outcome(request: HttpRequest) -> HttpResponse:
    """``POST {"number", "state", "reference", "text"}`` → ``{"number", "state"}``; the same again changes nothing."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        client = _client(request)
    except Refused as error:
        return _refused(error, 429)
    if not client:
        return _unknown()
    said = _document(request)
    try:
        state = said.get("state", "")
        if state not in {known.value for known in HandoverState}:
            raise Misuse("outcome_unknown", "结果只能是 accepted、done、refused、failed 之一。")
        held = tell_outcome(
            said.get("number", ""),
            HandoverState(state),
            client=client,
            reference=said.get("reference", ""),
            text=said.get("text", ""),
            at=now(),
        )
    except (Misuse, Refused) as error:
        return _refused(error)
    return _answer({"number": held.number, "state": held.state})


def _client(request: HttpRequest) -> str:
    """The client that asks, proved by its secret; empty for nobody."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    if scheme.lower() != "basic" or not secret or system_of_client(name) is None:
        return ""
    held = Client.objects.filter(pk=name).first()
    wrong.require(address_of(request), now())
    if held and held.check_secret(secret):
        return name
    wrong.step(address_of(request), 1, now())
    return ""


def _document(request: HttpRequest) -> dict[str, str]:
    try:
        said: Any = json.loads(request.body[:MOST])
    except ValueError:
        return {}
    return {key: text for key, text in said.items() if isinstance(text, str)} if isinstance(said, dict) else {}


def _answer(told: dict[str, str]) -> HttpResponse:
    response = JsonResponse(told)
    response["Cache-Control"] = "no-store"
    return response


def _refused(error: Misuse | Refused, status: int = 400) -> HttpResponse:
    return JsonResponse({"error": error.code, "message": error.message}, status=status)


def _unknown() -> HttpResponse:
    response = JsonResponse({"error": "unknown_client", "message": "系统的编号或密钥不对。"}, status=401)
    response["WWW-Authenticate"] = 'Basic realm="shishi"'
    return response
