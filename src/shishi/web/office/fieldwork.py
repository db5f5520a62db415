"""Visits on pages: the list, one with its photos and problems, planning, what came of it, and cancelling."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.divisions.selectors import load_tree
from shishi.apps.fieldwork.photos import MOST_BYTES, take_photo
from shishi.apps.fieldwork.problems import NewProblem
from shishi.apps.fieldwork.visits import Carried, NewVisit, cancel_visit, carry_out, plan_visit, visiting_bodies
from shishi.apps.fieldwork.visits_offered import rectifying_bodies
from shishi.apps.fieldwork.visits_seen import (
    VisitView,
    WantedVisits,
    count_visits,
    photo_for,
    problems_for,
    visit_seen,
    visits_for,
)
from shishi.apps.files.services import content_of
from shishi.apps.ledger.one_row import row_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.errors import ShishiError
from shishi.core.tables import Point
from shishi.core.visits import LONGEST_PLACE, LONGEST_SEEN, LONGEST_TITLE, NamedPhoto, Seen, VisitKind
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer, query_of

PAGE, SLOTS = 50, 3
L = gettext_lazy
TABS: Mapping[str, tuple[Any, WantedVisits]] = {
    "planned": (L("待走访"), WantedVisits(state="planned")),
    "done": (L("已走访"), WantedVisits(state="done")),
    "problems": (L("有问题未销号"), WantedVisits(problems=True)),
    "mine": (L("我的"), WantedVisits(mine=True)),
    "all": (L("全部"), WantedVisits()),
}


def listed(request: HttpRequest) -> HttpResponse:
    """Visits within reach: planned ones first, the next first."""
    viewer, query = Viewer.of(request), query_of(request)
    titles = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    asked = request.GET.get("programme", "")
    programme = asked if asked in titles else ""

    def wanted(name: str) -> WantedVisits:
        base = TABS[name][1]
        return WantedVisits(programme, base.state, base.mine, base.problems)

    counts = {name: count_visits(viewer.person, at=viewer.at, wanted=wanted(name)) for name in TABS}
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else next((name for name in ("planned", "done") if counts[name]), "planned")
    start = (query.page - 1) * PAGE
    found = visits_for(viewer.person, at=viewer.at, wanted=wanted(tab), offset=start, limit=PAGE + 1)
    page = {
        "tabs": [(name, word, counts[name]) for name, (word, _wanted) in TABS.items()],
        "tab": tab,
        "visits": [(item, _name(item.place_division, viewer)) for item in found[:PAGE]],
        "more": len(found) > PAGE,
        "query": query,
        "programmes": titles,
        "programme": programme,
    }
    return render(request, "office/fieldwork.html", page)


def visit(request: HttpRequest, number: int) -> HttpResponse:
    """One visit with everything about it."""
    viewer = Viewer.of(request)
    view = visit_seen(viewer.person, number, at=viewer.at)
    pack, programme = viewer.programme(view.programme)
    page = {
        "visit": view,
        "pack": pack,
        "programme": programme,
        "where": _name(view.place_division, viewer),
        "about": _about(viewer, view.entry),
        "arrived": [item for item in view.photos if item.arrived_at],
    }
    return render(request, "office/fieldwork_visit.html", page)


def problems(request: HttpRequest) -> HttpResponse:
    """Problems within sight, what is due first stands first."""
    viewer, query = Viewer.of(request), query_of(request)
    undone = request.GET.get("all") != "1"
    start = (query.page - 1) * PAGE
    found = problems_for(viewer.person, at=viewer.at, undone=undone, offset=start, limit=PAGE + 1)
    page = {"problems": found[:PAGE], "more": len(found) > PAGE, "query": query, "undone": undone}
    return render(request, "office/fieldwork_problems.html", page)


class PlanForm(Form):
    """A visit for a day."""

    title = forms.CharField(
        label=L("走访什么"), max_length=LONGEST_TITLE, help_text=L("几个字，例如：双桥小区改造现场。")
    )
    kind = forms.ChoiceField(label=L("类型"), choices=[(item.value, L(item.label)) for item in VisitKind])
    planned_on = forms.DateField(label=L("哪一天去"), widget=forms.DateInput)
    body = forms.ChoiceField(label=L("以哪个单位"))
    place_division = forms.CharField(
        label=L("去哪里"), required=False, max_length=40, help_text=L("行政区划的名称或代码；不填是本单位所在地。")
    )
    purpose = forms.CharField(
        label=L("看什么"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, bodies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = bodies  # type: ignore[attr-defined]  # a choice field
        if len(bodies) == 1:
            self.fields["body"].widget = forms.HiddenInput()
            self.fields["body"].initial = bodies[0][0]


def plan(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Plan a visit of a programme; ``row`` of the address says which row of a ledger it is about."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    entry = _entry(request.GET.get("row", ""))
    bodies = [(item.code, item.title) for item in visiting_bodies(viewer.person, programme.name, viewer.at)]

    def act(form: Form) -> VisitView:
        told = form.cleaned_data
        new = NewVisit(
            programme.name,
            VisitKind(told["kind"]),
            told["title"],
            told["place_division"],
            told["body"],
            told["planned_on"],
            told["purpose"],
            entry,
        )
        return plan_visit(new, by=viewer.person, at=viewer.at)

    return answer(
        request,
        PlanForm,
        "office/fieldwork_plan.html",
        {"pack": pack, "programme": programme, "about": _about(viewer, entry)},
        act=act,
        then=lambda made: reverse("office:fieldwork-visit", args=[made.id]),
        told=_("已列入计划。到现场后用手机打开这一页登记结果。"),
        by=viewer.person,
        at=viewer.at,
        initial={"planned_on": day_of(viewer.at), "kind": "patrol"},
        given={"bodies": bodies},
    )


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Photos, as many as one likes, each of them optional."""

    widget = _SeveralFiles(attrs={"accept": "image/*", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """All of them."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        found: list[Any] = [super(PhotosField, self).clean(item, initial) for item in given]
        if any((item.size or 0) > MOST_BYTES for item in found):
            raise forms.ValidationError(_("有照片超过 20 MB。请用较低的分辨率重拍。"), "photo_too_large")
        return found


class ResultForm(Form):
    """What a visit saw, with up to three problems; the phone's own page takes more, and works without a network."""

    held_on = forms.DateField(label=L("哪一天去的"), widget=forms.DateInput)
    place = forms.CharField(label=L("地点"), max_length=LONGEST_PLACE)
    text = forms.CharField(
        label=L("看到的情况"),
        max_length=LONGEST_SEEN,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=L("写成可以放进简报的话，不写个人的姓名、电话。登记后自动成为一条工作纪实。"),
    )
    people = forms.CharField(label=L("同行人员"), required=False, max_length=LONGEST_PLACE)
    photos = PhotosField(label=L("照片"), required=False, help_text=L("自愿附上，不作要求。"))
    publish = forms.BooleanField(label=L("可以放进简报"), required=False, initial=True)

    def __init__(self, *args: Any, bodies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slot in range(1, SLOTS + 1):
            self.fields[f"problem_{slot}"] = forms.CharField(
                label=_("问题"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
            )
            self.fields[f"body_{slot}"] = forms.ChoiceField(
                label=_("整改单位"), required=False, choices=[("", _("请选择")), *bodies]
            )
            self.fields[f"days_{slot}"] = forms.IntegerField(
                label=_("整改时限（工作日）"), required=False, min_value=1, max_value=250, initial=5
            )

    def clean(self) -> dict[str, Any]:
        """Whoever writes a problem says who has to rectify it."""
        told: dict[str, Any] = super().clean() or {}
        for slot in range(1, SLOTS + 1):
            if told.get(f"problem_{slot}") and not told.get(f"body_{slot}"):
                self.add_error(f"body_{slot}", _("请选择由哪个单位整改。"))
        return told

    @property
    def slots(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each problem."""
        return [(self[f"problem_{slot}"], self[f"body_{slot}"], self[f"days_{slot}"]) for slot in range(1, SLOTS + 1)]

    def found(self) -> Iterable[NewProblem]:
        """The problems that were written."""
        told = self.cleaned_data
        for slot in range(1, SLOTS + 1):
            if told[f"problem_{slot}"]:
                days = told[f"days_{slot}"] or 5
                yield NewProblem(uuid4(), told[f"problem_{slot}"], told[f"body_{slot}"], days)


def result(request: HttpRequest, number: int) -> HttpResponse:
    """Write what came of a planned visit."""
    viewer = Viewer.of(request)
    view = visit_seen(viewer.person, number, at=viewer.at)
    _pack, programme = viewer.programme(view.programme)
    return answer(
        request,
        ResultForm,
        "office/fieldwork_result.html",
        {"visit": view, "back": reverse("office:fieldwork-visit", args=[view.id])},
        act=lambda form: _carry_out(view, form, viewer),
        then=lambda made: reverse("office:fieldwork-visit", args=[made.id]),
        told=_("已登记，并记入工作纪实。"),
        by=viewer.person,
        at=viewer.at,
        initial={"held_on": min(day_of(viewer.at), view.planned_on or day_of(viewer.at)), "publish": True},
        given={"bodies": rectifying_bodies(viewer.person, programme.name, at=viewer.at)},
    )


def _carry_out(view: VisitView, form: ResultForm, viewer: Viewer) -> VisitView:
    told = form.cleaned_data
    contents = [(item.name or "", item.read()) for item in told["photos"]]
    photos = [
        (NamedPhoto(str(uuid4()), hashlib.sha256(content).hexdigest(), name), content) for name, content in contents
    ]
    seen = Seen(told["held_on"], told["place"], told["text"], told["people"], publish=told["publish"])
    carried = Carried(seen, tuple(form.found()), tuple(named for named, _content in photos))
    made = carry_out(view.id, carried, by=viewer.person, at=viewer.at)
    for named, content in photos:
        take_photo(UUID(named.id), content, by=viewer.person, at=viewer.at)
    return made


class CancelForm(Form):
    """Why a visit does not take place."""

    reason = forms.CharField(label=L("为什么不去了"), max_length=500)


def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """A planned visit will not take place."""
    viewer = Viewer.of(request)
    view = visit_seen(viewer.person, number, at=viewer.at)
    back = reverse("office:fieldwork-visit", args=[view.id])
    return answer(
        request,
        CancelForm,
        "office/fieldwork_cancel.html",
        {"visit": view, "back": back},
        act=lambda form: cancel_visit(view.id, form.cleaned_data["reason"], by=viewer.person, at=viewer.at),
        then=back,
        told=_("已取消，经过保留。"),
        by=viewer.person,
        at=viewer.at,
    )


def photo(request: HttpRequest, number: int) -> HttpResponse:
    """A photo for who may see the visit: a copy made anew, small with ``?small=1``; the original with ``?original=1``
    as a file to keep."""
    viewer = Viewer.of(request)
    found = photo_for(viewer.person, number, at=viewer.at)
    if request.GET.get("original") == "1":
        ending = found.media_type.removeprefix("image/")
        told = {"Content-Disposition": f'attachment; filename="{found.sha256[:16]}.{ending}"'}
        return HttpResponse(content_of(found.sha256), content_type="application/octet-stream", headers=told)
    held = found.thumb if request.GET.get("small") == "1" else found.view
    return HttpResponse(content_of(held), content_type="image/jpeg", headers={"Content-Disposition": "inline"})


def point_of(longitude: object, latitude: object) -> Point | None:
    """A place as a device tells it; ``None`` where it tells none or an impossible one."""
    try:
        point = Point(Decimal(str(longitude)), Decimal(str(latitude)))
    except ArithmeticError:
        return None
    fits = point.longitude.is_finite() and point.latitude.is_finite()
    return point if fits and abs(point.longitude) <= 180 and abs(point.latitude) <= 90 else None


def _name(division: str, viewer: Viewer) -> str:
    found = load_tree(codes=[division]).find(division, day_of(viewer.at))
    return found.name if found else official(division)


def _entry(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _about(viewer: Viewer, entry: UUID | None) -> object:
    """The row that a visit is about, where the viewer may see it."""
    try:
        return row_of(viewer.person, entry, at=viewer.at) if entry else None
    except ShishiError:
        return None
