"""The exchange with other instances: who they are, what is on its way, what needs somebody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.cases.both_sides import cases_of_conversations
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
    peers, stuck = peers_for(viewer.person, viewer.at), stuck_in_words(viewer.person, viewer.at)
    sent = outbox_for(viewer.person, at=viewer.at, limit=SHOWN)
    received = inbox_for(viewer.person, at=viewer.at, limit=SHOWN)
    conversations = {item.conversation for item in (*stuck, *sent, *received)}
    about = cases_of_conversations(viewer.person, conversations, viewer.at)
    page = {
        "peers": peers,
        "others": [peer for peer in peers if peer.address != "here" and not peer.ended_at],
        "silent": sum(1 for peer in peers if peer.silent),
        "waiting": sum(peer.waiting for peer in peers if not peer.ended_at),
        "stuck": [(item, about.get(item.conversation)) for item in stuck],
        "sent": [(item, about.get(item.conversation)) for item in sent],
        "received": [(item, about.get(item.conversation)) for item in received],
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
