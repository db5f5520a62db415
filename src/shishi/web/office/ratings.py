"""Bad ratings 差评: who answers each and by when, one step after the other; and how bodies answer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.cases.rated import ALL, OPEN, RatingQuery, access_bad_ratings, rating_statistics
from shishi.apps.cases.rating_loop import (
    CLOSED,
    CORRECT,
    FEED_BACK,
    STAGES,
    TEXT_AT_MOST,
    VERIFY,
    RatingLoop,
    assign_rating,
    bad_rating_of,
    correct_rating,
    feed_back_rating,
    verify_rating,
)
from shishi.apps.cases.seen import case_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.errors import Misuse
from shishi.web.design.forms import Form, answer
from shishi.web.office.case_statistics import SPANS
from shishi.web.office.tasks import tabs_of
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
CHOICES = {OPEN: lazy("还没有回访的"), **{name: lazy(word) for name, word in STAGES.items()}, ALL: lazy("全部")}


class TextForm(Form):
    """What is said, for the applicant to read."""

    text = forms.CharField(
        label=lazy("情况"),
        max_length=TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=lazy("申请人看得到。"),
    )


class CallForm(TextForm):
    """How and with what words who rated was called back."""

    way = forms.ChoiceField(
        label=lazy("怎样回访"),
        choices=[("phone", lazy("电话")), ("message", lazy("消息")), ("visit", lazy("上门"))],
        widget=forms.RadioSelect,
    )
    field_order = ("way", "text")


class AssignForm(Form):
    """To whom."""

    to = forms.CharField(label=lazy("交给谁（用户名）"), max_length=80)


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to do about a bad rating."""

    label: Any
    form: type[Form]
    told: Any
    take: Callable[[str, Any, Any], object]


WAYS: Mapping[str, Way] = {
    VERIFY: Way(
        lazy("核实"), TextForm, lazy("已记下核实情况，申请人看得到。"),
        lambda number, said, who: verify_rating(number, said["text"], **who),
    ),
    CORRECT: Way(
        lazy("整改"), TextForm, lazy("已记下整改情况，申请人看得到。"),
        lambda number, said, who: correct_rating(number, said["text"], **who),
    ),
    FEED_BACK: Way(
        lazy("回访"), CallForm, lazy("已回访。申请人可以评价处理结果，也可以要求重新办理。"),
        lambda number, said, who: feed_back_rating(number, said["text"], way=said["way"], **who),
    ),
    "assign": Way(
        lazy("交办"), AssignForm, lazy("已交办。"),
        lambda number, said, who: assign_rating(number, said["to"].strip(), **who),
    ),
}  # fmt: skip


def listed(request: HttpRequest) -> HttpResponse:
    """Bad ratings within reach, what is due first on top."""
    viewer, query = Viewer.of(request), query_of(request)
    stage = request.GET.get("stage", OPEN)
    asked = RatingQuery(
        stage=stage if stage in CHOICES else OPEN,
        text=request.GET.get("q", "").strip()[:80],
        programme=request.GET.get("programme", ""),
        own="own" in request.GET,
        late="late" in request.GET,
        page=query.page,
        size=PAGE,
    )
    found = access_bad_ratings(viewer.person, viewer.at, asked)
    page = {
        **tabs_of(viewer, "ratings"),
        "ratings": [(loop, _stage(loop), loop.late(viewer.at)) for loop in found.lines],
        "count": found.count,
        "more": found.more,
        "asked": asked,
        "query": query,
        "stages": list(CHOICES.items()),
        "programmes": {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)},
    }
    return render(request, "office/ratings.html", page)


def rating(request: HttpRequest, case: UUID) -> HttpResponse:
    """One of them, with what was done about it and what is to be done next."""
    viewer = Viewer.of(request)
    loop = _one(viewer, case)
    page = {
        "loop": loop,
        "stage": _stage(loop),
        "late": loop.late(viewer.at),
        "ways": [(name, WAYS[name]) for name in _offered(viewer, loop)],
    }
    return render(request, "office/rating.html", page)


def step(request: HttpRequest, case: UUID, step: str) -> HttpResponse:
    """Do one thing about it."""
    viewer = Viewer.of(request)
    loop = _one(viewer, case)
    if step not in _offered(viewer, loop):
        raise Http404
    way, back = WAYS[step], reverse("office:rating", args=[case])
    return answer(
        request,
        way.form,
        "office/rating_step.html",
        {"loop": loop, "way": way, "back": back},
        act=lambda form: way.take(loop.number, form.cleaned_data, {"by": viewer.person, "at": viewer.at}),
        then=back,
        told=str(way.told),
        by=viewer.person,
        at=viewer.at,
    )


def statistics(request: HttpRequest) -> HttpResponse:
    """How each body's cases are rated, and how it answers."""
    viewer = Viewer.of(request)
    span = request.GET.get("span", "quarter")
    span = span if span in SPANS else "quarter"
    days = SPANS[span][1]
    programmes = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    programme = request.GET.get("programme", "")
    since = viewer.today - timedelta(days=days) if days else None
    found = rating_statistics(
        viewer.person, viewer.at, since=since, programme=programme if programme in programmes else ""
    )
    page = {
        "lines": found,
        "spans": [(name, word) for name, (word, _days) in SPANS.items()],
        "span": span,
        "since": since,
        "programmes": programmes,
        "programme": programme,
    }
    return render(request, "office/rating_statistics.html", page)


def _one(viewer: Viewer, case: UUID) -> RatingLoop:
    try:
        return bad_rating_of(viewer.person, case, viewer.at)
    except Misuse as unknown:
        raise Http404 from unknown


def _offered(viewer: Viewer, loop: RatingLoop) -> list[str]:
    """What the person may do about it now; the services ask again."""
    if loop.stage == CLOSED:
        return []
    place = case_of(viewer.person, loop.case, viewer.at)
    handles = viewer.may(Action.HANDLE_CASES, place.division, place.programme)
    manages = viewer.may(Action.MANAGE_CASES, place.division, place.programme)
    assigns = manages or loop.assignee == viewer.person.username
    return ([loop.stage] if handles or manages else []) + (["assign"] if assigns else [])


def _stage(loop: RatingLoop) -> str:
    return _(STAGES[loop.stage])
