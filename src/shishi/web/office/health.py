"""How the store is, and the drill: whether a backup of it could be brought back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.audit.selectors import search
from shishi.apps.indicators.health import health as signs_at
from shishi.apps.jobs.services import start
from shishi.apps.messages.selectors import failed_deliveries
from shishi.apps.messages.services import retry_failed
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer


class DrillForm(Form):
    """A button."""


class ResendForm(Form):
    """Another button."""


def health(request: HttpRequest) -> HttpResponse:
    """Every sign, the last backups and drills; the button asks for a drill as a job."""
    viewer = Viewer.of(request)
    page = {
        "signs": signs_at(viewer.at),
        "kept": search(action="store.", limit=10),
        "failed": failed_deliveries(20),
        "resend": ResendForm(),
    }
    return answer(
        request,
        DrillForm,
        "office/health.html",
        page,
        act=lambda form: start("store.drill", _("备份和恢复演练"), {}, by=viewer.person, at=viewer.at),
        then=lambda job: reverse("office:job", args=[job.pk]),
        by=viewer.person,
        at=viewer.at,
        told=_("演练已开始，结果会写进审计。"),
    )


def resend(request: HttpRequest) -> HttpResponse:
    """Queue again what was not delivered; the worker sends it."""
    viewer = Viewer.of(request)
    here = reverse("office:health")
    if request.method != "POST":
        return redirect(here)
    return answer(
        request,
        ResendForm,
        "office/health.html",
        {"signs": signs_at(viewer.at), "failed": failed_deliveries(20), "resend": ResendForm()},
        act=lambda form: retry_failed(by=viewer.person, at=viewer.at),
        then=here,
        told=lambda many: _("已重新排队 %(many)s 条，马上投递。") % {"many": many},
        by=viewer.person,
        at=viewer.at,
    )
