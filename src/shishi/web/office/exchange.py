"""The exchange with other instances: who they are, what is on its way, what needs somebody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.exchange.selectors import inbox_for, outbox_for, peers_for, stuck_in_words
from shishi.apps.exchange.trying import try_now
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

SHOWN = 20


class TryForm(Form):
    """A button."""


def exchange(request: HttpRequest) -> HttpResponse:
    """Peers, what is stuck, the newest messages both ways; the button has everything tried at once."""
    viewer = Viewer.of(request)
    page = {
        "peers": peers_for(viewer.person, viewer.at),
        "stuck": stuck_in_words(viewer.person, viewer.at),
        "sent": outbox_for(viewer.person, at=viewer.at, limit=SHOWN),
        "received": inbox_for(viewer.person, at=viewer.at, limit=SHOWN),
    }
    return answer(
        request,
        TryForm,
        "office/exchange.html",
        page,
        act=lambda form: try_now(by=viewer.person, at=viewer.at),
        then=reverse("office:exchange"),
        by=viewer.person,
        at=viewer.at,
        told=lambda many: _("%(many)s 条消息马上再试。") % {"many": many},
    )
