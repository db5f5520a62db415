"""Meetings: the record of a 碰头会 or 调度会, and its decisions, each a matter by one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.files.selectors import store_facts
from shishi.apps.supervision.matters_seen import matters_of_meeting
from shishi.apps.supervision.meetings import Minutes, correct_meeting, meeting_seen, record_meeting
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.meetings import MeetingKind
from shishi.core.typography import chinese_date
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

L = gettext_lazy


class MinutesForm(Form):
    """What is written down of a meeting."""

    title = forms.CharField(label=L("会议名称"), max_length=200)
    chair = forms.CharField(label=L("主持人"), max_length=80)
    place = forms.CharField(label=L("地点"), max_length=200, required=False)
    present = forms.CharField(
        label=L("参会人员"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    text = forms.CharField(label=L("会议情况"), max_length=20000, required=False, widget=forms.Textarea)
    decisions = forms.CharField(
        label=L("议定事项"),
        max_length=20000,
        required=False,
        widget=forms.Textarea,
        help_text=L("每行一条：谁、在什么时候以前、做成什么。每条都可以一步立为督办事项。"),
    )

    def minutes(self) -> Minutes:
        """What was typed."""
        told = self.cleaned_data
        decisions = tuple(line.strip() for line in told["decisions"].splitlines() if line.strip())
        return Minutes(told["title"], told["chair"], told["place"], told["present"], told["text"], decisions)


class MeetingForm(MinutesForm):
    """A new meeting: beside its minutes what it was and when."""

    kind = forms.ChoiceField(label=L("会议"), choices=[(kind.value, L(kind.label)) for kind in MeetingKind])
    held_on = forms.DateField(label=L("开会日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ("once", "kind", "held_on")


def new(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Write a meeting down; ``as_of`` of the address is the stocktake that it was about."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    as_of = _day(request.GET.get("as_of", ""))
    held_on = as_of or day_of(viewer.at)
    initial: Mapping[str, object] = {
        "kind": MeetingKind.DAILY.value,
        "held_on": held_on,
        "title": f"{programme.title}{chinese_date(held_on)}{MeetingKind.DAILY.label}",
    }

    def act(form: Any) -> Any:
        return record_meeting(
            programme.name,
            MeetingKind(form.cleaned_data["kind"]),
            form.cleaned_data["held_on"],
            form.minutes(),
            by=viewer.person,
            at=viewer.at,
            as_of=as_of,
            demonstration=bool(store_facts().get("demonstration")),
        )

    return answer(
        request,
        MeetingForm,
        "office/meeting_form.html",
        {"pack": pack, "programme": programme, "as_of": as_of, "heading": _("记录会议")},
        act=act,
        then=lambda made: reverse("office:meeting", args=[made.id]),
        told=_("会议已记下，议定事项可以立为督办事项。"),
        by=viewer.person,
        at=viewer.at,
        initial=initial,
    )


def meeting(request: HttpRequest, number: int) -> HttpResponse:
    """One meeting and what became of its decisions."""
    viewer = Viewer.of(request)
    view = meeting_seen(viewer.person, number, at=viewer.at)
    pack, programme = viewer.programme(view.programme)
    became: dict[int, list[object]] = {}
    for item in matters_of_meeting(viewer.person, view.id, at=viewer.at):
        became.setdefault(item.decision, []).append(item)
    root = normalise(programme.division)
    page = {
        "meeting": view,
        "pack": pack,
        "programme": programme,
        "decisions": [(item, became.get(item.number, [])) for item in view.decisions],
        "corrects": viewer.may(Action.RUN_DAY, root, programme.name),
        "drafts": viewer.may(Action.DRAFT_NOTICE, root, programme.name),
    }
    return render(request, "office/meeting.html", page)


def correction(request: HttpRequest, number: int) -> HttpResponse:
    """A further record of a meeting: what was wrong or missing; the one before is kept."""
    viewer = Viewer.of(request)
    view = meeting_seen(viewer.person, number, at=viewer.at)
    pack, programme = viewer.programme(view.programme)
    minutes = view.minutes
    told = {name: getattr(minutes, name) for name in ("title", "chair", "place", "present", "text")}
    back = reverse("office:meeting", args=[view.id])
    return answer(
        request,
        MinutesForm,
        "office/meeting_form.html",
        {"pack": pack, "programme": programme, "as_of": view.as_of, "heading": _("更正或补充"), "back": back},
        act=lambda form: correct_meeting(view.id, form.minutes(), by=viewer.person, at=viewer.at),
        then=back,
        told=_("已更正，原记录保留。"),
        by=viewer.person,
        at=viewer.at,
        initial={**told, "decisions": "\n".join(minutes.decisions)},
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
