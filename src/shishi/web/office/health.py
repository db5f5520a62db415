"""How the store is, and the drill: whether a backup of it could be brought back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.audit.selectors import search
from shishi.apps.indicators.health import health as signs_at
from shishi.apps.jobs.services import start
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer


class DrillForm(Form):
    """A button."""


def health(request: HttpRequest) -> HttpResponse:
    """Every sign, the last backups and drills; the button asks for a drill as a job."""
    viewer = Viewer.of(request)
    page = {"signs": signs_at(viewer.at), "kept": search(action="store.", limit=10)}
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
