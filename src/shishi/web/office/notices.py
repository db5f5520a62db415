"""Notices: the list, one with its whole history, its papers."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.messages.selectors import deliveries_about
from shishi.apps.programmes.selectors import calendar, programmes_for
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.answers import batches_answered
from shishi.apps.supervision.papers import paper_of
from shishi.apps.supervision.selectors import (
    INWARD,
    NoticeView,
    RecipientView,
    ladder_of,
    notice_counts,
    notice_of,
    notices_for,
    overdue,
)
from shishi.apps.supervision.wording import reword
from shishi.core.calendars import day_of
from shishi.core.deadlines import left_text, reckon
from shishi.core.notices import UNFINISHED, NoticeAction, NoticeState
from shishi.web.design.forms import Form, answer
from shishi.web.office.briefs import FORMS
from shishi.web.office.notice_steps import ASKS, ONE_CLICK
from shishi.web.office.step_forms import slug_of
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
TABS = {
    "open": [state for state in NoticeState if state in UNFINISHED and state.value not in INWARD],
    "draft": [NoticeState.DRAFT, NoticeState.APPROVED],
    "ended": [state for state in NoticeState if state not in UNFINISHED],
}
WAY = (NoticeState.ISSUED, NoticeState.ACKNOWLEDGED, NoticeState.REPLIED, NoticeState.VERIFIED, NoticeState.CLOSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one recipient is: ``done`` of the steps on the way, each with its word."""

    item: RecipientView
    done: int
    left: str
    way: tuple[tuple[str, bool], ...]


def listed(request: HttpRequest) -> HttpResponse:
    """Notices within reach by where they stand."""
    viewer, query = Viewer.of(request), query_of(request)
    tab = request.GET.get("tab", "open")
    programme = request.GET.get("programme", "")
    titles = _titles(viewer)
    programme = programme if programme in titles else ""
    offset = (query.page - 1) * PAGE
    if tab == "late":
        found = overdue(viewer.person, at=viewer.at, programme=programme)[offset : offset + PAGE + 1]
    else:
        states = TABS.get(tab, TABS["open"])
        found = notices_for(
            viewer.person, at=viewer.at, programme=programme, states=states, offset=offset, limit=PAGE + 1
        )
    counts = notice_counts(viewer.person, at=viewer.at)
    words = {"open": _("在办"), "late": _("逾期"), "draft": _("草稿"), "ended": _("已办结")}
    page = {
        "tabs": [(name, word, counts[name]) for name, word in words.items()],
        "tab": tab if tab in words else "open",
        "notices": [(item, _left(viewer, item)) for item in found[:PAGE]],
        "programmes": titles,
        "programme": programme,
        "query": query,
        "more": len(found) > PAGE,
    }
    return render(request, "office/notices.html", page)


def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice: grounds, recipients with their deadlines, every step, how it was delivered."""
    viewer = Viewer.of(request)
    view = notice_of(viewer.person, str(number), at=viewer.at)
    rights = Rights(viewer.person, viewer.at)
    steps = rights.over(view)
    batches = batches_answered(viewer.person, view, viewer.at)
    page = {
        "notice": view,
        "programme_title": _titles(viewer).get(view.programme, view.programme),
        "place": view.programme.split("/"),
        "bodies": {item.body: item.title for item in view.recipients},
        "recipients": [_progress(viewer, view, item) for item in view.recipients],
        "ladder": ladder_of(viewer.person, view, at=viewer.at),
        "explained": _explained(viewer, view),
        "deliveries": deliveries_about(f"notice:{view.id}"),
        "steps": [(item, slug_of(item), ASKS[item]) for item in steps if item not in ONE_CLICK],
        "clicks": [(item, slug_of(item), ASKS[item]) for item in steps if item in ONE_CLICK],
        "history": [(step, batches.get(step.batch)) for step in view.history],
        "once": WordingForm()["once"].initial,
        "rewords": rights.rewords(view),
        "issued": bool(view.number),
        "inward": view.state.value in INWARD,
    }
    return render(request, "office/notice.html", page)


class WordingForm(Form):
    """What a person may change of a draft."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=200)
    requirement = forms.CharField(
        label=gettext_lazy("工作要求"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("写明要做什么、做到什么程度、由谁负责。数字和问题来自调度，不在这里改。"),
    )
    reply_within = forms.IntegerField(
        label=gettext_lazy("反馈时限（工作日）"),
        min_value=1,
        max_value=250,
        help_text=gettext_lazy("自签发次日起算，放假日不计。"),
    )


def wording(request: HttpRequest, number: int) -> HttpResponse:
    """The words of a draft."""
    viewer = Viewer.of(request)
    view = notice_of(viewer.person, str(number), at=viewer.at)
    back = reverse("office:notice", args=[view.id])
    return answer(
        request,
        WordingForm,
        "office/notice_wording.html",
        {"notice": view, "back": back},
        act=lambda form: reword(
            str(view.id),
            title=form.cleaned_data["title"],
            requirement=form.cleaned_data["requirement"],
            reply_within=form.cleaned_data["reply_within"],
            by=viewer.person,
            at=viewer.at,
        ),
        then=back,
        told=_("文字已改，改动前后都留痕。"),
        by=viewer.person,
        at=viewer.at,
        initial={"title": view.title, "requirement": view.requirement, "reply_within": view.reply_within},
    )


def paper(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The notice as a paper: Word, PDF to print, JSON with every number's question. A draft shows how it would look."""
    if form not in FORMS:
        raise Http404
    viewer = Viewer.of(request)
    view = notice_of(viewer.person, str(number), at=viewer.at)
    files = paper_of(str(view.id), by=viewer.person, at=viewer.at)
    content = {
        "docx": files.docx,
        "pdf": files.pdf,
        "json": json.dumps(files.citations, ensure_ascii=False, indent=1).encode(),
    }[form]
    name = f"{view.number or _('草稿')}-{view.title}.{form}".replace("/", "／")
    disposition = content_disposition_header(as_attachment=form != "pdf", filename=name)
    return HttpResponse(content, content_type=FORMS[form], headers={"Content-Disposition": disposition or "attachment"})


def _titles(viewer: Viewer) -> dict[str, str]:
    return {programme.name: programme.title for _pack, programme in programmes_for(viewer.person, at=viewer.at)}


def _left(viewer: Viewer, view: NoticeView) -> str:
    """What is left of the nearest deadline that is still owed."""
    owed = [item.standing.deadline for item in view.recipients if item.standing.state in WAY[:2]]
    owed += [item.standing.deadline for item in view.recipients if item.standing.state is NoticeState.RETURNED]
    nearest = min((deadline for deadline in owed if deadline), default=None)
    if nearest is None or view.state not in UNFINISHED:
        return ""
    return left_text(calendar(None, viewer.at), nearest, viewer.at)


def _progress(viewer: Viewer, view: NoticeView, item: RecipientView) -> Progress:
    state = item.standing.state
    if view.state in (NoticeState.CLOSED, NoticeState.ESCALATED, NoticeState.WITHDRAWN):
        state = view.state if view.state is NoticeState.CLOSED else state
    reached = NoticeState.ACKNOWLEDGED if state is NoticeState.RETURNED else state
    done = WAY.index(reached) + 1 if reached in WAY else 0
    owed = state in (NoticeState.ISSUED, NoticeState.ACKNOWLEDGED, NoticeState.RETURNED)
    deadline = item.standing.deadline
    left = left_text(calendar(None, viewer.at), deadline, viewer.at) if owed and deadline else ""
    return Progress(item, done, left, tuple((step.label, at < done) for at, step in enumerate(WAY)))


def _explained(viewer: Viewer, view: NoticeView) -> str:
    """How the deadline was counted; of a draft how it would be if it were issued today."""
    issued = next((step.at for step in view.history if step.action is NoticeAction.ISSUE), viewer.at)
    return reckon(calendar(None, viewer.at), day_of(issued), view.reply_within).sentence
