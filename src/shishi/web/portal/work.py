"""Work 工作量: after a few codes from one network in an hour, or when very many are asked for everywhere, a browser works
for the next one (ALTCHA, a second of a phone), or its reader answers a small sum. Nobody else is asked, no third party
hears of anybody, and a piece of work is good once, for the one thing that it was done for."""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from shishi.apps.citizens.codes import asked_lately
from shishi.apps.publishing.voices import LIVES, Ticket, answered, challenge, hand_out, sealed, take_in, worked
from shishi.core.errors import Misuse, Refused
from shishi.web.headers import WITH_SCRIPTS
from shishi.web.portal.pace import Pace, address_of

BUSY = 120
"""Codes in ten minutes, everywhere together, from which on everybody works: many machines that each ask for a few."""
WITHOUT_WORK = 4
"""An answered sum weighs as much as so many pieces of work: a machine can add."""


def asked_to_work(request: HttpRequest, pace: Pace, at: datetime) -> bool:
    """Whether the next code is worked for: a family or a small office is not asked to."""
    return pace.count(address_of(request), at) >= settings.CODES_WITHOUT_WORK or asked_lately(at) >= BUSY


def work_for(request: HttpRequest, pace: Pace, what: str, at: datetime) -> dict[str, object]:
    """What the page of ``what`` needs to ask for work; nothing where none is asked for."""
    if not asked_to_work(request, pace, at):
        return {}
    ticket = hand_out(what, "", "", at)
    told = json.dumps(challenge(ticket)) if settings.STATICFILES_DIRS else ""
    return {"ticket": sealed(ticket), "question": ticket.question, "challenge": told, "works": True}


def require_work(request: HttpRequest, pace: Pace, what: str, at: datetime) -> None:
    """Count the request; ``Refused`` (not_worked) where work was asked for and none was done, and what the pace
    refuses."""
    address = address_of(request)
    if not asked_to_work(request, pace, at):
        pace.step(address, 1, at)
        return
    ticket = _ticket(request, what, at)
    if worked(ticket, request.POST.get("altcha", "")):
        weight = 1
    elif answered(ticket, request.POST.get("answer", "")):
        weight = WITHOUT_WORK
    else:
        raise Refused("not_worked", "这里取验证码的人多，请先算一下题目，再发送。")
    if not cache.add(f"work:{ticket.id}", 1, timeout=int(LIVES.total_seconds())):
        raise Refused("not_worked", "这一题已经用过了。请算新的一题，再发送。")
    pace.step(address, weight, at)


def with_script(response: HttpResponse, page: dict[str, object]) -> HttpResponse:
    """A page on which a browser works may run the script that does it."""
    if page.get("works"):
        response["Content-Security-Policy"] = WITH_SCRIPTS
    return response


def _ticket(request: HttpRequest, what: str, at: datetime) -> Ticket:
    try:
        ticket = take_in(request.POST.get("ticket", ""), at)
    except (Misuse, Refused) as error:
        message = error.message if error.code == "ticket_too_early" else "这里取验证码的人多，请先算一下题目，再发送。"
        raise Refused("not_worked", message) from error
    if ticket.programme != what:
        raise Refused("not_worked", "这一题是另一个页面的。请算这里的一题，再发送。")
    return ticket
