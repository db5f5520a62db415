"""Being carried to an outside system and back: where to and with what is said before, and what became of it after."""

from __future__ import annotations

from http.client import HTTPException
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.citizens.selectors import account_of, system_coded, system_of_client
from shishi.apps.hall.catalogue import item_coded
from shishi.apps.hall.handing_over import come_back, give_ticket, handover_of, prepare
from shishi.core.errors import Misuse
from shishi.web.portal.answering import reading
from shishi.web.portal.logging_out import Stay
from shishi.web.portal.visitors import asked_kindly, me, now, own

TIMEOUT = 2


@own
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """From the guide: what will happen; said yes to, it is noted. A look at the address changes nothing."""
    if request.method != "POST":
        item = item_coded(code, now())
        if not item.system:
            raise Misuse("item_not_carried", "这个事项不在外部系统办理。请看办事指南。")
        page = {"item": item, "system": system_coded(item.system), "account": account_of(me(request))}
        return render(request, "portal/start_elsewhere.html", {**page, **reading(request)})
    held = prepare(code, by=me(request), at=now())
    return HttpResponseRedirect(reverse("services:carried", kwargs={"number": held.number}))


@own
def carried(request: HttpRequest, number: str) -> HttpResponse:
    """One's own hand-over: what happened so far, and the way there while it is open."""
    page: dict[str, object] = {"held": handover_of(me(request), number, now()), **reading(request)}
    return render(request, "portal/carried.html", page)


@own
def leave(request: HttpRequest, number: str) -> HttpResponse:
    """The page between: the system is asked whether it is there; if it is, a link with a ticket that is good once."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("services:carried", kwargs={"number": number}))
    held = handover_of(me(request), number, now())
    system = system_coded(held.system)
    ticket = give_ticket(me(request), number, alive=answers(system.alive_at), at=now())
    if ticket is None:
        return HttpResponseRedirect(reverse("services:carried", kwargs={"number": number}))
    joint = "&" if "?" in system.starts_at else "?"
    back = f"{settings.ADDRESS}{reverse('services:back', kwargs={'number': number})}"
    given = urlencode({"iss": settings.ADDRESS, "ticket": ticket.text, "return_to": back})
    page = {"held": ticket.handover, "system": system, "address": f"{system.starts_at}{joint}{given}"}
    return render(request, "portal/leave.html", {**page, **reading(request)})


@own
def back(request: HttpRequest, number: str) -> HttpResponse:
    """Here again from the other side."""
    held = come_back(me(request), number, at=now())
    return HttpResponseRedirect(reverse("services:carried", kwargs={"number": held.number}))


@asked_kindly
def onward(request: HttpRequest) -> HttpResponse:
    """Signed in on the way to a system that asked for it: the rest of the way is a link."""
    address = request.session.get("onward", "")
    if not address:
        return HttpResponseRedirect(reverse("services:mine"))
    client = parse_qs(urlsplit(address).query).get("client_id", [""])[0]
    return render(
        request, "portal/onward.html", {"address": address, "system": system_of_client(client), **reading(request)}
    )


def answers(address: str) -> bool:
    """Whether a system says that it is there; one that has no address for that is taken to be."""
    if not address:
        return True
    try:
        request = Request(address, method="GET")  # noqa: S310 - http(s) was required when it was added
        with build_opener(Stay, ProxyHandler({})).open(request, timeout=TIMEOUT) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False
