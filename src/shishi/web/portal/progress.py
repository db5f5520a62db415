"""查进度: by the number and a code to the phone, without signing in. Asking tells nothing of what there is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.cases.drawing import diagram_for_phone, drawing_for_phone
from shishi.apps.cases.progress import belongs, progress_of
from shishi.apps.citizens import codes
from shishi.apps.citizens.sealing import PHONE, plain, sealed
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.web.portal import signing_in
from shishi.web.portal.answering import reading
from shishi.web.portal.case_page import drawing, drawn_as, shown_case
from shishi.web.portal.pace import address_of
from shishi.web.portal.signing_in import UNTAKEN
from shishi.web.portal.visitors import asked_kindly, now
from shishi.web.portal.work import require_work, with_script, work_for

LIVES = 1800
"""Seconds for which a proved phone may look at that one case again."""
SEEN = "progress"


@asked_kindly
def progress(request: HttpRequest) -> HttpResponse:
    """The number and the phone. Whatever they are, the next page is the same."""
    page: dict[str, object] = {"number": request.POST.get("number", ""), **reading(request)}
    if request.method != "POST":
        return _asked_page(request, page)
    number, phone = request.POST.get("number", "").strip()[:60], request.POST.get("phone", "")
    try:
        require_work(request, signing_in.asking, codes.PROGRESS, now())
        asked = codes.ask_code(phone, codes.PROGRESS, at=now(), about=number, real=belongs(number, codes.mobile(phone)))
    except ShishiError as error:
        return _asked_page(request, {**page, "fault": error.message}, UNTAKEN)
    return _code_page(request, asked)


@asked_kindly
def progress_code(request: HttpRequest) -> HttpResponse:
    """The code; right, the case is shown, here and for half an hour."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("services:progress"))
    asked = codes.Asked(request.POST.get("challenge", ""), request.POST.get("tail", "")[:4])
    try:
        signing_in.proving.step(address_of(request), 1, now())
        proved = codes.prove(asked.challenge, request.POST.get("code", ""), codes.PROGRESS, at=now())
        if not proved.real or not belongs(proved.about, proved.phone):
            raise Refused("code_wrong", "验证码不对。请核对短信里的六位数字。")
    except ShishiError as error:
        return _code_page(request, asked, error.message)
    request.session[SEEN] = [proved.about, sealed(proved.phone, PHONE), int(now().timestamp()) + LIVES]
    return HttpResponseRedirect(reverse("services:progress-case"))


@asked_kindly
def progress_case(request: HttpRequest) -> HttpResponse:
    """Where the case stands; nothing can be done from here but looking."""
    number, phone, until = request.session.get(SEEN) or ("", "", 0)
    if not number or now().timestamp() > until:
        request.session.pop(SEEN, None)
        return HttpResponseRedirect(reverse("services:progress"))
    case, thread = progress_of(number, plain(phone, PHONE), now())
    page = {**shown_case(case, thread, now()), "looking": True, **reading(request)}
    page |= {"drawing": drawing_for_phone(number, plain(phone, PHONE), now())}
    page |= {"source": reverse("services:progress-diagram")}
    return drawing(render(request, "portal/case.html", page))


@asked_kindly
def progress_diagram(request: HttpRequest) -> HttpResponse:
    """The process of that case as it was drawn."""
    number, phone, until = request.session.get(SEEN) or ("", "", 0)
    if not number or now().timestamp() > until:
        raise Misuse("unknown_case", "查询已过半小时。请重新填办件号和手机号。")
    return drawn_as(diagram_for_phone(number, plain(phone, PHONE), request.GET.get("of", "")))


def _asked_page(request: HttpRequest, page: dict[str, object], status: int = 200) -> HttpResponse:
    page |= work_for(request, signing_in.asking, codes.PROGRESS, now())
    return with_script(render(request, "portal/progress.html", page, status=status), page)


def _code_page(request: HttpRequest, asked: codes.Asked, fault: str = "") -> HttpResponse:
    page = {
        "asked": asked,
        "fault": fault,
        "unsaid": True,
        "to": reverse("services:progress-code"),
        "again": reverse("services:progress"),
    }
    return render(request, "portal/code.html", {**page, **reading(request)}, status=UNTAKEN if fault else 200)
