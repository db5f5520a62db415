"""Matters: the list, one with its thread, milestones, parts and figures, and opening a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.selectors import bodies
from shishi.apps.files.services import content_of
from shishi.apps.indicators.selectors import Asked, figures
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.findings_seen import finding_seen
from shishi.apps.supervision.matters import NewMatter, open_matter
from shishi.apps.supervision.matters_seen import (
    MatterView,
    Wanted,
    count_matters,
    has_evidence,
    matter_seen,
    matters_for,
    parts_of,
)
from shishi.apps.supervision.meetings import meeting_seen
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, normalise
from shishi.core.errors import ShishiError
from shishi.core.indicators import Figure
from shishi.core.matters import MatterSource
from shishi.core.programmes import Pack, Programme
from shishi.web.design.forms import Form, answer
from shishi.web.office.doors import opens
from shishi.web.office.matter_steps import ASKS, ONE_CLICK
from shishi.web.office.step_forms import milestones_typed, slug_of
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
L = gettext_lazy
TABS: Mapping[str, tuple[Any, Wanted]] = {
    "undone": (L("在办"), Wanted(undone=True)),
    "mine": (L("我的"), Wanted(mine=True)),
    "body": (L("我单位的"), Wanted(own_bodies=True)),
    "late": (L("逾期"), Wanted(late=True)),
    "all": (L("全部"), Wanted()),
}


def listed(request: HttpRequest) -> HttpResponse:
    """Matters within reach: what is due first stands first."""
    viewer, query = Viewer.of(request), query_of(request)
    tab = request.GET.get("tab", "undone")
    tab = tab if tab in TABS else "undone"
    titles = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    asked = {
        "programme": request.GET.get("programme", "") if request.GET.get("programme", "") in titles else "",
        "source": request.GET.get("source", "") if request.GET.get("source", "") in list(MatterSource) else "",
        "text": request.GET.get("q", "").strip()[:80],
    }

    def wanted(name: str) -> Wanted:
        base = TABS[name][1]
        return Wanted(**asked, mine=base.mine, own_bodies=base.own_bodies, late=base.late, undone=base.undone)

    found = matters_for(viewer.person, at=viewer.at, wanted=wanted(tab), offset=(query.page - 1) * PAGE, limit=PAGE + 1)
    page = {
        "tabs": [
            (name, word, count_matters(viewer.person, at=viewer.at, wanted=wanted(name)))
            for name, (word, _w) in TABS.items()
        ],
        "tab": tab,
        "matters": found[:PAGE],
        "more": len(found) > PAGE,
        "query": query,
        "programmes": titles,
        "sources": list(MatterSource),
        "imports": opens(request, "office:matters-import"),
        **asked,
    }
    return render(request, "office/matters.html", page)


def matter(request: HttpRequest, number: int) -> HttpResponse:
    """One matter with everything about it."""
    viewer = Viewer.of(request)
    view = matter_seen(viewer.person, str(number), at=viewer.at)
    pack, programme = viewer.programme(view.programme)
    rights = Rights(viewer.person, viewer.at)
    steps = rights.over_matter(view)
    named = [(item, slug_of(item), ASKS[item]) for item in steps]
    reached = {line.moved.milestone: line.moved.at for line in view.history if line.moved.milestone}
    missed = {item.position for item in view.standing.missed(viewer.at)}
    page = {
        "matter": view,
        "pack": pack,
        "programme": programme,
        "clicks": [item for item in named if item[0] in ONE_CLICK],
        "steps": [item for item in named if item[0] not in ONE_CLICK],
        "once": Form()["once"].initial,
        "breaks_down": rights.breaks_down(view),
        "milestones": [
            (item, reached.get(item.position), item.position in missed) for item in view.standing.milestones
        ],
        "parts": parts_of(viewer.person, view, at=viewer.at),
        "parent": _parent(viewer, view),
        "meeting": meeting_seen(viewer.person, view.meeting, at=viewer.at) if view.meeting else None,
        "figures": _figures(viewer, view, programme),
    }
    return render(request, "office/matter.html", page)


def evidence(request: HttpRequest, number: int, sha256: str) -> HttpResponse:
    """A file that proves a step."""
    viewer = Viewer.of(request)
    name = has_evidence(viewer.person, str(number), sha256, at=viewer.at)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        content_of(sha256),
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition or "attachment"},
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new matter comes from, and what is known of it for that reason."""

    pack: Pack
    programme: Programme
    within: str
    initial: Mapping[str, object]
    meeting: int | None = None
    decision: int = 0
    finding: int | None = None
    parent: int | None = None


class MatterForm(Form):
    """A new matter."""

    title = forms.CharField(label=L("事项名称"), max_length=200)
    source = forms.ChoiceField(label=L("来源"), choices=[(item.value, L(item.label)) for item in MatterSource])
    source_text = forms.CharField(
        label=L("出处"),
        max_length=500,
        help_text=L("谁的批示、哪次会议、工作报告哪一条，例如：市长9月30日批示。"),
    )
    source_on = forms.DateField(
        label=L("出处的日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    deliverable = forms.CharField(
        label=L("交付成果"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=L("做成什么样算办结，写到能对照核验。"),
    )
    lead = forms.ChoiceField(label=L("牵头单位"))
    assisting = forms.MultipleChoiceField(
        label=L("配合单位"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=L("按住 Ctrl 可以选几个。"),
    )
    within = forms.IntegerField(
        label=L("办结时限（工作日）"),
        required=False,
        min_value=1,
        max_value=250,
        help_text=L("自交办次日起算，放假日不计。与办结日期写一样即可。"),
    )
    due = forms.DateField(
        label=L("办结日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    milestones = forms.CharField(
        label=L("节点"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=L("每行一个，先写日期：2021-10-11 完成测绘"),
    )
    indicators = forms.MultipleChoiceField(
        label=L("相关指标"), required=False, widget=forms.CheckboxSelectMultiple, help_text=L("事项页会列出这些数字。")
    )

    def __init__(self, *args: Any, origin: Origin, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [item for item in bodies(limit=5000) if covers(origin.within, item.division)]
        choices = [(item.code, item.title) for item in known if item.ends is None or item.ends >= on]
        self.fields["lead"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]  # a choice field
        self.fields["assisting"].choices = choices  # type: ignore[attr-defined]  # a choice field
        told = [(item.code, item.title) for item in origin.programme.indicators]
        self.fields["indicators"].choices = told  # type: ignore[attr-defined]  # a choice field

    def clean_milestones(self) -> tuple[tuple[str, date], ...]:
        """Milestones, read line by line."""
        return milestones_typed(self.cleaned_data["milestones"])


def new(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Open a matter of a programme; ``meeting`` and ``decision``, ``finding`` or
    ``parent`` of the address say whence."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    origin = _origin(request, viewer, pack, programme)
    return answer(
        request,
        MatterForm,
        "office/matter_new.html",
        {"pack": pack, "programme": programme, "origin": origin},
        act=lambda form: open_matter(_new(form.cleaned_data, origin), by=viewer.person, at=viewer.at),
        then=lambda made: reverse("office:matter", args=[made.id]),
        told=_("事项已立，核对后交办。"),
        by=viewer.person,
        at=viewer.at,
        initial=origin.initial,
        given={"origin": origin, "on": day_of(viewer.at)},
    )


def _new(told: Mapping[str, Any], origin: Origin) -> NewMatter:
    return NewMatter(
        programme=origin.programme.name,
        title=told["title"],
        source=MatterSource(told["source"]),
        source_text=told["source_text"],
        source_on=told["source_on"],
        deliverable=told["deliverable"],
        lead=told["lead"],
        assisting=tuple(told["assisting"]),
        within=told["within"] or 0,
        due=told["due"],
        milestones=told["milestones"],
        indicators=tuple(told["indicators"]),
        meeting=origin.meeting,
        decision=origin.decision,
        finding=origin.finding,
        parent=origin.parent,
    )


def _origin(request: HttpRequest, viewer: Viewer, pack: Pack, programme: Programme) -> Origin:
    root = normalise(programme.division)
    told: dict[str, object]
    given = {name: _number(request.GET.get(name, "")) for name in ("meeting", "decision", "finding", "parent")}
    if given["parent"]:
        parent = matter_seen(viewer.person, str(given["parent"]), at=viewer.at)
        told = {"source": parent.source.value, "source_text": f"{parent.number} {parent.title}".strip()}
        told |= {"deliverable": parent.deliverable, "indicators": list(parent.indicators)}
        return Origin(pack, programme, root, told, parent=parent.id)
    if given["meeting"]:
        meeting = meeting_seen(viewer.person, given["meeting"], at=viewer.at)
        decided = next((item.text for item in meeting.decisions if item.number == given["decision"]), "")
        told = {"source": "meeting", "source_text": meeting.minutes.title, "source_on": meeting.held_on}
        told |= {"title": decided[:200].rstrip("。"), "deliverable": decided}
        return Origin(pack, programme, root, told, meeting=meeting.id, decision=given["decision"])
    if given["finding"]:
        seen = finding_seen(viewer.person, given["finding"], at=viewer.at)
        item = seen.finding
        told = {"source": "finding", "source_text": item.message[:500], "source_on": item.as_of}
        told |= {"deliverable": item.clears, "indicators": [item.indicator] if item.indicator else []}
        return Origin(pack, programme, root, told, finding=seen.id)
    return Origin(pack, programme, root, {"source": "instruction"})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _parent(viewer: Viewer, view: MatterView) -> MatterView | None:
    """The matter that it is a part of, where the viewer may see that one."""
    try:
        return matter_seen(viewer.person, str(view.parent), at=viewer.at) if view.parent else None
    except ShishiError:
        return None


def _figures(viewer: Viewer, view: MatterView, programme: Programme) -> tuple[Figure, ...]:
    """The figures that it is tied to, of its lead's division where the programme has figures there."""
    if not view.indicators:
        return ()
    root = normalise(programme.division)
    division = view.lead.division if covers(root, view.lead.division) else root
    as_of = viewer.usual_day(programme)
    try:
        asked = Asked(programme.name, as_of, division=division, indicators=view.indicators)
        return figures(viewer.person, asked, at=viewer.at)
    except ShishiError:
        return ()
