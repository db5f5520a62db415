"""Findings: everything that the newest stocktakes saw, a draft by one click, a dismissal by name."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.files.selectors import store_facts
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.dismissing import dismiss, draft_about
from shishi.apps.supervision.findings_seen import SeenFinding, finding_seen, last_look_days, look_seen
from shishi.core.calendars import day_of
from shishi.core.findings import FindingKind
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

MOST = 100
L = gettext_lazy


def listed(request: HttpRequest) -> HttpResponse:
    """What is behind or silent in the newest stocktake of each programme; ``kind`` asks for another kind."""
    viewer = Viewer.of(request)
    kind = request.GET.get("kind", "")
    groups = []
    for pack, programme in programmes_for(viewer.person, at=viewer.at):
        days = last_look_days(programme.name, day_of(viewer.at), limit=1)
        look = look_seen(viewer.person, programme.name, days[0], at=viewer.at) if days else None
        if look is None:
            continue
        found = [item for item in look.findings if _wanted(item, kind)]
        if found:
            groups.append((pack, programme, look, found[:MOST], len(found) - MOST))
    page = {"groups": groups, "kinds": list(FindingKind), "kind": kind if kind in list(FindingKind) else ""}
    return render(request, "office/findings.html", page)


def _wanted(item: SeenFinding, kind: str) -> bool:
    return item.finding.kind.value == kind if kind else item.finding.kind.heavy


def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Draft a notice about a finding by one click; what comes back is the draft's own page."""
    viewer = Viewer.of(request)
    seen = finding_seen(viewer.person, number, at=viewer.at)
    demonstration = bool(store_facts().get("demonstration"))
    return answer(
        request,
        Form,
        "office/finding_draft.html",
        {"item": seen, "back": _stocktake(seen)},
        act=lambda form: draft_about(seen.id, by=viewer.person, at=viewer.at, demonstration=demonstration),
        then=lambda made: reverse("office:notice", args=[made.id]),
        told=_("已拟好草稿，文字可以修改，签发前要审批。"),
        by=viewer.person,
        at=viewer.at,
    )


class DismissalForm(Form):
    """Why a finding needs no notice, and until when."""

    reason = forms.CharField(
        label=L("不发单的理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=L("理由连同您的姓名留痕，调度页上都能看到。"),
    )
    until = forms.DateField(
        label=L("到哪一天为止不再就此拟单"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=L("默认只管问题所在的这一天，以后仍有此问题会再列出。"),
    )


def dismissal(request: HttpRequest, number: int) -> HttpResponse:
    """Say by name why a finding needs no notice."""
    viewer = Viewer.of(request)
    seen = finding_seen(viewer.person, number, at=viewer.at)

    def act(form: Form) -> SeenFinding:
        until: date | None = form.cleaned_data["until"]
        return dismiss(seen.id, form.cleaned_data["reason"], by=viewer.person, at=viewer.at, until=until)

    return answer(
        request,
        DismissalForm,
        "office/finding_dismiss.html",
        {"item": seen, "back": _stocktake(seen)},
        act=act,
        then=_stocktake(seen),
        told=_("已记下不发单的理由。"),
        by=viewer.person,
        at=viewer.at,
    )


def _stocktake(seen: SeenFinding) -> str:
    """The page of the stocktake that saw it."""
    return reverse("office:stocktake", args=[*seen.finding.programme.split("/"), seen.finding.as_of.isoformat()])
