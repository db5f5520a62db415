"""Coming in by phone: a number, a code, and one is here. Nothing tells whether the number was known before."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.citizens import codes
from shishi.apps.citizens.selectors import account_of
from shishi.apps.citizens.services import enter_by_phone, tell_identity
from shishi.core.errors import ShishiError
from shishi.web.portal.answering import reading
from shishi.web.portal.logging_out import log_out
from shishi.web.portal.pace import Pace, address_of
from shishi.web.portal.visitors import asked_kindly, me, now, own, visitor, wanted
from shishi.web.portal.work import require_work, with_script, work_for

UNTAKEN = 422
asking = Pace(40, ("codes_too_many", "这个网络一小时内取的验证码太多了。请过一小时再来，或打咨询电话。"))
proving = Pace(120, ("codes_too_many", "这个网络一小时内试的验证码太多了。请过一小时再来。"))
"""Offices and families share an address: what one number may ask for is held apart, and far lower."""


@asked_kindly
def sign_in(request: HttpRequest) -> HttpResponse:
    """Which number; who is signed in already goes on."""
    if visitor(request) is not None and request.method != "POST":
        return HttpResponseRedirect(wanted(request))
    page: dict[str, object] = {"next": wanted(request), "elsewhere": settings.LOGIN_ELSEWHERE, **reading(request)}
    if request.method != "POST":
        return _asked_page(request, page)
    try:
        require_work(request, asking, codes.SIGN_IN, now())
        asked = codes.ask_code(request.POST.get("phone", ""), codes.SIGN_IN, at=now())
    except ShishiError as error:
        page |= {"fault": error.message, "phone": request.POST.get("phone", "")}
        return _asked_page(request, page, UNTAKEN)
    return render(request, "portal/code.html", {**page, "asked": asked, "to": reverse("services:sign-in-code")})


def _asked_page(request: HttpRequest, page: dict[str, object], status: int = 200) -> HttpResponse:
    page |= work_for(request, asking, codes.SIGN_IN, now())
    return with_script(render(request, "portal/sign_in.html", page, status=status), page)


@asked_kindly
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code; right, one is in and goes on to where one wanted."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("services:sign-in"))
    challenge = request.POST.get("challenge", "")
    try:
        proving.step(address_of(request), 1, now())
        proved = codes.prove(challenge, request.POST.get("code", ""), codes.SIGN_IN, at=now())
        person = enter_by_phone(proved.phone, now())
    except ShishiError as error:
        asked = codes.Asked(challenge, request.POST.get("tail", "")[:4])
        page = {"fault": error.message, "asked": asked, "next": wanted(request), "to": reverse("services:sign-in-code")}
        return render(request, "portal/code.html", {**page, **reading(request)}, status=UNTAKEN)
    return _enter(request, person)


@own
def identity(request: HttpRequest) -> HttpResponse:
    """What one says of oneself: a name, and a number where an item needs it; both are then never asked again."""
    page: dict[str, object] = {"account": account_of(me(request)), "next": wanted(request), **reading(request)}
    if request.method != "POST":
        return render(request, "portal/identity.html", page)
    try:
        tell_identity(me(request), request.POST.get("name", ""), request.POST.get("number", ""), now())
    except ShishiError as error:
        page |= {"fault": error.message, "name": request.POST.get("name", "")}
        return render(request, "portal/identity.html", page, status=UNTAKEN)
    return HttpResponseRedirect(wanted(request))


@asked_kindly
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, here and in every system that one was carried to; what did not answer is named."""
    if request.method != "POST" or visitor(request) is None:
        return render(request, "portal/sign_out.html", {"citizen": visitor(request), **reading(request)})
    told = log_out(request, now())
    return render(request, "portal/signed_out.html", {"told": told, **reading(request)})


def _enter(request: HttpRequest, person: object) -> HttpResponse:
    address = wanted(request)
    if address.startswith("/identity/"):
        # A form may not lead to another site: the way there is a link of the page between.
        request.session["onward"] = address
        address = reverse("services:onward")
    response: HttpResponse = perform_login(request, person, redirect_url=address)
    return response
