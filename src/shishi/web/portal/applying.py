"""Applying 申请: begin, one question to a page, the papers, check, send. Whatever is left off is kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.citizens.selectors import account_of
from shishi.apps.hall.catalogue import item_coded
from shishi.apps.hall.drafts import (
    DraftView,
    add_paper,
    answer,
    begin_draft,
    draft_of,
    drop_draft,
    drop_paper,
    send,
)
from shishi.apps.hall.papers import ENDINGS, take_paper
from shishi.apps.hall.questions import Question, asked_of, questions_of
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, ShishiError
from shishi.core.processes import Material
from shishi.core.tables import FieldType
from shishi.web.portal.answering import reading
from shishi.web.portal.receiving import received
from shishi.web.portal.visitors import me, now, own, sign_in_address

UNTAKEN = 422
LONG = 200
_LISTED = frozenset({FieldType.ENUMERATION, FieldType.CHOICES, FieldType.YES_NO})
_NUMBERS = {FieldType.INTEGER: "numeric", FieldType.DECIMAL: "decimal", FieldType.MONEY: "decimal"}


@own
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """What is needed, then the first question; the draft that is there is gone on with."""
    item = item_coded(code, now())
    if item.process is None:
        raise Misuse("item_not_online", "这个事项还不能在这里申请。请按办事指南写的地点、电话办理。")
    account = account_of(me(request))
    if request.method == "POST":
        here = reverse("services:begin", kwargs={"code": code})
        if not account.name:
            return HttpResponseRedirect(f"{reverse('services:identity')}?next={here}")
        return HttpResponseRedirect(_next(begin_draft(code, by=me(request), at=now())))
    page = {
        "item": item,
        "account": account,
        "questions": asked_of(item.process, account),
        "materials": item.process.materials,
        **reading(request),
    }
    return render(request, "portal/begin.html", page)


@own
def question(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One question."""
    draft = draft_of(me(request), code, now())
    asked = next((one for one in draft.questions if one.name == name), None)
    if asked is None:
        return HttpResponseRedirect(_next(draft))
    typed, fault = draft.answers.get(name, ""), ""
    if request.method == "POST":
        typed = (
            "、".join(request.POST.getlist(name))
            if asked.field.type is FieldType.CHOICES
            else request.POST.get(name, "")
        )
        try:
            draft = answer(me(request), code, name, typed, at=now())
            return HttpResponseRedirect(_after(draft, asked, checked="checked" in request.GET))
        except ShishiError as error:
            fault = error.message
    page = {"draft": draft, "question": asked, "fault": fault, **_control(asked, typed), **_place(draft, asked)}
    return render(request, "portal/question.html", {**page, **reading(request)}, status=UNTAKEN if fault else 200)


@own
def papers(request: HttpRequest, code: str, material: str) -> HttpResponse:
    """The files of one material: photographed by the phone, or chosen."""
    draft = draft_of(me(request), code, now())
    wanted = next((one for one in draft.process.materials if one.code == material), None)
    if wanted is None:
        raise Misuse("unknown_material", "这件事不要这份材料。请从“核对”页重新选择。")
    fault = ""
    if request.method == "POST":
        try:
            draft = _papers_changed(request, draft, wanted)
            if "done" in request.POST:
                return HttpResponseRedirect(_after_paper(draft, wanted))
        except ShishiError as error:
            fault = error.message
    page = {"draft": draft, "material": wanted, "held": draft.papers_for(material), "fault": fault}
    page |= {"endings": ",".join(ENDINGS), "optional": _is_optional(wanted)}
    return render(request, "portal/papers.html", {**page, **reading(request)}, status=UNTAKEN if fault else 200)


@own
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Everything once more before it is sent; sent, the receipt."""
    fault = ""
    if request.method == "POST":
        try:
            number = send(me(request), code, at=now())
            return HttpResponseRedirect(f"{reverse('services:case', kwargs={'number': number})}?sent=1")
        except ShishiError as error:
            fault = error.message
    draft = draft_of(me(request), code, now())
    today = day_of(now())
    page = {
        "draft": draft,
        "fault": fault,
        "answers": [(one, one.told(draft.answers.get(one.name, ""), today)) for one in draft.questions],
        "known": [
            (one, one.told(draft.held[one.name], today))
            for one in questions_of(draft.process)
            if one.name in draft.held
        ],
        "materials": [(one, draft.papers_for(one.code), _is_optional(one)) for one in draft.process.materials],
        "unanswered": draft.unanswered,
        **reading(request),
    }
    return render(request, "portal/check.html", page, status=UNTAKEN if fault else 200)


@own
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """Left off: what one comes back with; or thrown away."""
    if request.method == "POST" and "drop" in request.POST:
        drop_draft(me(request), code, at=now())
        return HttpResponseRedirect(reverse("services:mine"))
    draft = draft_of(me(request), code, now())
    return render(request, "portal/kept.html", {"draft": draft, "to": _next(draft), **reading(request)})


def come_back(request: HttpRequest) -> HttpResponse:
    """Where the code of a draft leads: to sign in by phone, then to the draft, which only its owner opens."""
    code = request.GET.get("code", "").strip().upper()
    address = reverse("services:check", kwargs={"code": code}) if code.isalnum() else reverse("services:mine")
    if code:
        return HttpResponseRedirect(sign_in_address(address))
    response = render(request, "portal/come_back.html", reading(request))
    response["Cache-Control"] = "private, no-store"
    return response


def _papers_changed(request: HttpRequest, draft: DraftView, material: Material) -> DraftView:
    if "drop" in request.POST:
        return drop_paper(me(request), draft.code, material.code, request.POST["drop"], at=now())
    for file in request.FILES.getlist("files")[:9]:
        paper = take_paper(material.code, str(file.name), received(file, me(request)), by=me(request), at=now())
        draft = add_paper(me(request), draft.code, paper, at=now())
    if (
        "done" in request.POST
        and not request.FILES
        and not draft.papers_for(material.code)
        and not _is_optional(material)
    ):
        raise Misuse("paper_missing", f"还没有选“{material.title}”的文件。")
    return draft


def _is_optional(material: Material) -> bool:
    return not material.required or material.promise or material.later is not None or bool(material.held)


def _next(draft: DraftView) -> str:
    """The first thing that lacks, or the check."""
    if draft.unanswered is not None:
        return reverse("services:question", kwargs={"code": draft.code, "name": draft.unanswered.name})
    for material in draft.process.materials:
        if not _is_optional(material) and not draft.papers_for(material.code):
            return reverse("services:papers", kwargs={"code": draft.code, "material": material.code})
    return reverse("services:check", kwargs={"code": draft.code})


def _after(draft: DraftView, asked: Question, *, checked: bool) -> str:
    """The next question in order; from the check page straight back to it."""
    if checked:
        return reverse("services:check", kwargs={"code": draft.code})
    names = [one.name for one in draft.questions]
    later = names[names.index(asked.name) + 1 :]
    if later:
        return reverse("services:question", kwargs={"code": draft.code, "name": later[0]})
    if draft.process.materials:
        return reverse("services:papers", kwargs={"code": draft.code, "material": draft.process.materials[0].code})
    return reverse("services:check", kwargs={"code": draft.code})


def _after_paper(draft: DraftView, material: Material) -> str:
    codes = [one.code for one in draft.process.materials]
    later = codes[codes.index(material.code) + 1 :]
    if later:
        return reverse("services:papers", kwargs={"code": draft.code, "material": later[0]})
    return reverse("services:check", kwargs={"code": draft.code})


def _place(draft: DraftView, asked: Question) -> dict[str, object]:
    names = [one.name for one in draft.questions]
    at = names.index(asked.name)
    earlier = names[at - 1] if at else ""
    return {"place": at + 1, "whole": len(names) + len(draft.process.materials), "earlier": earlier}


def _control(asked: Question, typed: str) -> dict[str, object]:
    """How a field is asked on a phone, with nothing but HTML."""
    field = asked.field
    titles = [choice.title for choice in field.values] or ["是", "否"] * (field.type is FieldType.YES_NO)
    kind = (
        "choices"
        if field.type is FieldType.CHOICES
        else "radio"
        if field.type in _LISTED
        else "date"
        if field.type is FieldType.DATE
        else "long"
        if field.type is FieldType.TEXT and field.max_length > LONG
        else "text"
    )
    chosen = set(typed.split("、")) if kind == "choices" else {typed}
    return {
        "kind": kind,
        "typed": typed,
        "choices": [(title, title in chosen) for title in titles],
        "mode": _NUMBERS.get(field.type, "text"),
    }
