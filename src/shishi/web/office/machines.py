"""Programs at the interface: which there are, where they are told what happens, and what could not be told."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.machines.calling import call_for, calls_for, drop, replay
from shishi.apps.machines.clients import clients_for, works
from shishi.apps.machines.hooks import hooks_for
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

MOST = 50


class ReplayForm(Form):
    """Once more."""


class LeaveForm(Form):
    """Why it is let go."""

    reason = forms.CharField(label=gettext_lazy("为什么放弃"), widget=forms.Textarea(attrs={"rows": 2}))


def listed(request: HttpRequest) -> HttpResponse:
    """What failed on top, then the programs with their addresses, then what was told lately."""
    viewer = Viewer.of(request)
    hooks = hooks_for(viewer.person, viewer.at)
    page = {
        "failed": calls_for(viewer.person, viewer.at, state="failed", limit=MOST),
        "clients": [
            (client, works(client, viewer.at), [hook for hook in hooks if hook.client_id == client.pk])
            for client in clients_for(viewer.person, viewer.at)
        ],
        "calls": calls_for(viewer.person, viewer.at, limit=MOST),
    }
    return render(request, "office/machines.html", page)


def decide(request: HttpRequest, call: int, step: str) -> HttpResponse:
    """Tell it once more, or let it go."""
    viewer = Viewer.of(request)
    found = call_for(viewer.person, call, viewer.at)
    again = step == "replay"
    if request.method != "POST" and found.state != "failed":
        return redirect("office:machines")

    def act(form: Form) -> object:
        if again:
            return replay(found.pk, by=viewer.person, at=viewer.at)
        return drop(found.pk, reason=form.cleaned_data["reason"], by=viewer.person, at=viewer.at)

    return answer(
        request,
        ReplayForm if again else LeaveForm,
        "office/machine_step.html",
        {"call": found, "again": again},
        act=act,
        then=reverse("office:machines"),
        told=_("已重新排队，马上推送。") if again else _("已放弃，原因已记下。"),
        by=viewer.person,
        at=viewer.at,
    )
