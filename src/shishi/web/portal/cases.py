"""One's own case: the receipt, where it stands, and what one may do: bring what is asked for, take it back, say how it
was, have it done again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.accounts.selectors import Person
from shishi.apps.cases.drawing import diagram_for_applicant, drawing_for_applicant
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.pausing import reopen, withdraw
from shishi.apps.cases.rating import rate
from shishi.apps.cases.rating_loop import loop_of, rate_again
from shishi.apps.cases.seen import case_for_applicant
from shishi.apps.cases.supplementing import supplement
from shishi.apps.cases.talking import comment
from shishi.apps.cases.views import CaseView
from shishi.apps.files.services import content_of
from shishi.apps.hall.papers import ENDINGS, take_paper
from shishi.apps.hall.questions import typed_answers
from shishi.core.errors import Misuse, ShishiError
from shishi.core.service_items import Satisfaction
from shishi.web.portal.answering import reading
from shishi.web.portal.case_page import drawing, drawn_as, shown_case
from shishi.web.portal.receiving import received
from shishi.web.portal.visitors import me, now, own

UNTAKEN = 422
TEXT_AT_MOST = 500


@own
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The case; freshly sent, its receipt stands first."""
    found, thread = case_for_applicant(me(request), number, now())
    page = shown_case(found, thread, now())
    page |= {"sent": "sent" in request.GET, "loop": loop_of(me(request), number)}
    source = reverse("services:case-diagram", kwargs={"number": number})
    page |= {"drawing": drawing_for_applicant(me(request), number, now()), "source": source}
    page |= {"rated": Satisfaction(found.rating).label if found.rating else ""}
    return drawing(render(request, "portal/case.html", {**page, **reading(request)}))


@own
def diagram(request: HttpRequest, number: str) -> HttpResponse:
    """The process of one's own case as it was drawn, or one that it calls (``?of=``), for the picture."""
    return drawn_as(diagram_for_applicant(me(request), number, request.GET.get("of", "")))


@own
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """One thing that may be done to it, on a page of its own."""
    found, _ = case_for_applicant(me(request), number, now())
    if action not in ACTS or action not in _may(request, found):
        raise Misuse("unknown_step", "这件办件现在不能这样办。请看办件页面上写的可以办什么。")
    fault = ""
    if request.method == "POST":
        try:
            done = ACTS[action](request, found, me(request))
            here = reverse("services:case", kwargs={"number": number})
            return HttpResponseRedirect(here if done else request.get_full_path())
        except ShishiError as error:
            fault = error.message
    page = {
        "case": found,
        "action": action,
        "fault": fault,
        "levels": [(level.value, level.label) for level in Satisfaction],
        "chosen": request.POST.get("score", ""),
        "text": request.POST.get("text", ""),
        "longest": TEXT_AT_MOST,
        "endings": ",".join(ENDINGS),
        "asked_materials": [one for one in found.materials if one.code in found.asked],
        "asked_fields": asked_fields(found),
    }
    return render(request, f"portal/case_{action}.html", {**page, **reading(request)}, status=UNTAKEN if fault else 200)


def _may(request: HttpRequest, found: CaseView) -> set[str]:
    """What may be done to it now: the steps of the case, and once a bad rating was answered, rating the answer."""
    loop = loop_of(me(request), found.number)
    answered = loop is not None and loop.bad and loop.told_at is not None and not loop.again_code
    return {*found.may, *(("again",) if answered else ())}


def asked_fields(found: CaseView) -> list[tuple[str, str]]:
    """Of what a supplement asks for, the answers that are to be given anew: ``form.field`` and its title."""
    fields = found.process.facts.by_name
    return [(name, fields[name].title) for name in found.asked if name in fields]


def _bring(request: HttpRequest, found: CaseView, by: Person) -> bool:
    """Files first, one material after the other; then, with everything here, the whole is handed in."""
    for material in found.materials:
        for file in request.FILES.getlist(material.code)[:9]:
            paper = take_paper(material.code, str(file.name), received(file, by), by=by, at=now())
            content = content_of(paper.sha256)
            add_material(found.uuid, material.code, name=paper.name, content=content, by=by, at=now())
    told = {name: request.POST.get(name, "") for name, _ in asked_fields(found)}
    answers = typed_answers(found.process, {name: text for name, text in told.items() if text.strip()}, now())
    supplement(found.uuid, by=by, at=now(), answers=answers, text=_text(request))
    return True


def _withdraw(request: HttpRequest, found: CaseView, by: Person) -> bool:
    withdraw(found.uuid, _text(request), by=by, at=now())
    return True


def _rate(request: HttpRequest, found: CaseView, by: Person) -> bool:
    score = request.POST.get("score", "")
    if score not in {str(level.value) for level in Satisfaction}:
        raise Misuse("rating_unknown", "还没有选：请在五个答案里选一个。")
    rate(found.uuid, int(score), by=by, at=now(), text=_text(request))
    return True


def _again(request: HttpRequest, found: CaseView, by: Person) -> bool:
    score = request.POST.get("score", "")
    if score not in {str(level.value) for level in Satisfaction}:
        raise Misuse("rating_unknown", "还没有选：请在五个答案里选一个。")
    rate_again(found.number, int(score), by=by, at=now(), text=_text(request))
    return True


def _reopen(request: HttpRequest, found: CaseView, by: Person) -> bool:
    reopen(found.uuid, _text(request), by=by, at=now())
    return True


def _comment(request: HttpRequest, found: CaseView, by: Person) -> bool:
    comment(found.uuid, _text(request), by=by, at=now())
    return True


def _text(request: HttpRequest) -> str:
    text = request.POST.get("text", "").strip()
    if len(text) > TEXT_AT_MOST:
        raise Misuse("text_long", f"写了 {len(text)} 个字，最多 {TEXT_AT_MOST} 个。请改短一些。")
    return text


ACTS: Mapping[str, Callable[[HttpRequest, CaseView, Person], bool]] = {
    "supplement": _bring,
    "withdraw": _withdraw,
    "rate": _rate,
    "again": _again,
    "reopen": _reopen,
    "comment": _comment,
}
