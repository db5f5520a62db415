"""Incidents 异常件: what failed three times, each with an owner who tries again, decides without it, or hands it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases import incidents as services
from shishi.web.design.forms import Form, answer
from shishi.web.office.tasks import tabs_of
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50


class MeasureForm(Form):
    """What was done about it."""

    text = forms.CharField(
        label=lazy("怎样处置的"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("写进办件记录，例如：接口已恢复；结果已由窗口人工送达。"),
    )


class HandForm(MeasureForm):
    """To whom, and why."""

    to = forms.CharField(label=lazy("交给谁（用户名）"), max_length=80)


@dataclass(frozen=True, slots=True)
class Way:
    """What its owner can do."""

    label: Any
    form: type[Form]
    told: Any
    take: Callable[[int, Any, Any], object]
    danger: bool = False


WAYS: Mapping[str, Way] = {
    "retry": Way(
        lazy("再试一次"),
        MeasureForm,
        lazy("已重试成功，办件继续。"),
        lambda number, told, who: services.retry_incident(number, told["text"], **who),
    ),
    "hand": Way(
        lazy("交给别人"),
        HandForm,
        lazy("已移交。"),
        lambda number, told, who: services.hand_incident(number, told["to"].strip(), told["text"], **who),
    ),
    "drop": Way(
        lazy("不再试，办件继续"),
        MeasureForm,
        lazy("已处置，办件继续，经过留痕。"),
        lambda number, told, who: services.drop_incident(number, told["text"], **who),
        danger=True,
    ),
}


def listed(request: HttpRequest) -> HttpResponse:
    """Open ones: one's own, and those of cases that one looks after."""
    viewer, query = Viewer.of(request), query_of(request)
    found = list(services.incidents_for(viewer.person, viewer.at)[(query.page - 1) * PAGE : query.page * PAGE + 1])
    page = {**tabs_of(viewer, "incidents"), "incidents": found[:PAGE], "more": len(found) > PAGE, "query": query}
    return render(request, "office/incidents.html", page)


def incident(request: HttpRequest, number: int) -> HttpResponse:
    """One of them, with what can be done."""
    viewer = Viewer.of(request)
    return render(request, "office/incident.html", {"incident": _one(viewer, number), "ways": WAYS.items()})


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Do something about it."""
    viewer = Viewer.of(request)
    if step not in WAYS:
        raise Http404
    way, found = WAYS[step], _one(viewer, number)
    return answer(
        request,
        way.form,
        "office/incident_step.html",
        {"incident": found, "way": way, "back": reverse("office:incident", args=[number])},
        act=lambda form: way.take(number, form.cleaned_data, {"by": viewer.person, "at": viewer.at}),
        then=reverse("office:case", args=[found.case.uuid]),
        told=str(way.told),
        by=viewer.person,
        at=viewer.at,
    )


def _one(viewer: Viewer, number: int) -> Any:
    found = services.incidents_for(viewer.person, viewer.at).filter(pk=number).first()
    if found is None:
        raise Http404
    return found
