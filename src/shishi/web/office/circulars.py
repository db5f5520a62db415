"""Circulars: the list, one with its ranking and its words, its steps and papers."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.documents.checking import ranked
from shishi.apps.files.selectors import store_facts
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision import circulars as services
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.circulars_seen import CircularView, circular_seen, circulars_for
from shishi.core.circulars import CircularAction
from shishi.web.design.forms import Form, answer
from shishi.web.office.briefs import FORMS
from shishi.web.office.step_forms import Asks, Step, StepForm, action_named, ask
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
A, L = CircularAction, gettext_lazy
ASKS = {
    A.SIGN: Asks(told=L("已签批，可以印发。")),
    A.ISSUE: Asks(told=L("已印发并编号，各牵头单位会收到通知。"), warns=L("印发后文字和数字不能再改。确定印发？")),
    A.WITHDRAW: Asks(text=L("撤回的理由"), told=L("已撤回，文号和经过保留。"), danger=True),
}


def listed(request: HttpRequest) -> HttpResponse:
    """Circulars that the viewer may see, newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    offset = (query.page - 1) * PAGE
    found = circulars_for(viewer.person, at=viewer.at, offset=offset, limit=PAGE + 1)
    titles = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    page = {"circulars": found[:PAGE], "titles": titles, "query": query, "more": len(found) > PAGE}
    return render(request, "office/circulars.html", page)


def circular(request: HttpRequest, number: int) -> HttpResponse:
    """One circular as it will go out or went out."""
    viewer = Viewer.of(request)
    view = circular_seen(viewer.person, str(number), at=viewer.at)
    pack, programme = viewer.programme(view.programme)
    reckoning = Reckoning(viewer.person, Asked(view.programme, view.as_of, view.known_at), viewer.at)
    indicator = reckoning.programme.indicator(view.indicator)
    actions = Rights(viewer.person, viewer.at).over_circular(view)
    page = {
        "circular": view,
        "pack": pack,
        "programme": programme,
        "indicator": indicator,
        "ranking": ranked(reckoning, indicator),
        "rewords": A.REWORD in actions,
        "clicks": [(item, ASKS[item]) for item in actions if item in (A.SIGN, A.ISSUE)],
        "steps": [(item, ASKS[item]) for item in actions if item is A.WITHDRAW],
        "once": Form()["once"].initial,
    }
    return render(request, "office/circular.html", page)


class NewForm(Form):
    """By which indicator a circular ranks."""

    indicator = forms.ChoiceField(label=L("按哪个指标排名"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = choices  # type: ignore[attr-defined]  # a choice field


def new(request: HttpRequest, jurisdiction: str, year: int, code: str, day: str) -> HttpResponse:
    """Draft a circular on a stocktake."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    try:
        as_of = date.fromisoformat(day)
    except ValueError as wrong:
        raise Http404 from wrong
    planned = next((plan.breakdown for plan in programme.briefs if plan.breakdown), "")
    return answer(
        request,
        NewForm,
        "office/circular_new.html",
        {"pack": pack, "programme": programme, "as_of": as_of},
        act=lambda form: services.draft_circular(
            programme.name,
            as_of,
            by=viewer.person,
            at=viewer.at,
            indicator=form.cleaned_data["indicator"],
            demonstration=bool(store_facts().get("demonstration")),
        ),
        then=lambda made: reverse("office:circular", args=[made.id]),
        told=_("已拟好草稿：排名按调度时的数字，未报的单列。"),
        by=viewer.person,
        at=viewer.at,
        initial={"indicator": planned},
        given={"choices": [(item.code, item.title) for item in programme.indicators]},
    )


class WordingForm(Form):
    """What a person may change of a draft."""

    title = forms.CharField(label=L("标题"), max_length=200)
    opening = forms.CharField(
        label=L("开头"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    requirement = forms.CharField(
        label=L("工作要求"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=L("数字、排名和未报情况来自调度，不在这里改。"),
    )


def wording(request: HttpRequest, number: int) -> HttpResponse:
    """The words of a draft."""
    viewer = Viewer.of(request)
    view = circular_seen(viewer.person, str(number), at=viewer.at)
    back = reverse("office:circular", args=[view.id])
    names = ("title", "opening", "requirement")
    return answer(
        request,
        WordingForm,
        "office/circular_wording.html",
        {"circular": view, "back": back},
        act=lambda form: services.reword_circular(
            str(view.id), **{name: form.cleaned_data[name] for name in names}, by=viewer.person, at=viewer.at
        ),
        then=back,
        told=_("文字已改；已签批的要重新签批。"),
        by=viewer.person,
        at=viewer.at,
        initial={name: getattr(view, name) for name in names},
    )


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take one step of a circular."""
    viewer = Viewer.of(request)
    view = circular_seen(viewer.person, str(number), at=viewer.at)
    action = action_named(CircularAction, step, ASKS)
    possible = action in Rights(viewer.person, viewer.at).over_circular(view)
    asked = Step("circular", view, action, ASKS[action], possible, lambda form: _take(view, action, form, viewer))
    return ask(request, viewer, asked)


def paper(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The circular as a paper."""
    if form not in FORMS:
        raise Http404
    viewer = Viewer.of(request)
    view = circular_seen(viewer.person, str(number), at=viewer.at)
    files = services.circular_paper(str(view.id), by=viewer.person, at=viewer.at)
    told = json.dumps(files.citations, ensure_ascii=False, indent=1).encode()
    content = {"docx": files.docx, "pdf": files.pdf, "json": told}[form]
    name = f"{view.number or _('草稿')}-{view.title}.{form}".replace("/", "／")
    disposition = content_disposition_header(as_attachment=form != "pdf", filename=name)
    return HttpResponse(content, content_type=FORMS[form], headers={"Content-Disposition": disposition or "attachment"})


def _take(view: CircularView, action: CircularAction, form: StepForm, viewer: Viewer) -> CircularView:
    circular = str(view.id)
    if action is A.SIGN:
        return services.sign_circular(circular, by=viewer.person, at=viewer.at)
    if action is A.ISSUE:
        return services.issue_circular(circular, by=viewer.person, at=viewer.at)
    return services.withdraw_circular(circular, form.given("text"), by=viewer.person, at=viewer.at)
