"""Steps of a problem: each with what it asks, each the same service that the command line calls."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.fieldwork import problems as services
from shishi.apps.fieldwork.visits_seen import ProblemView, attached_to, problem_seen
from shishi.apps.files.services import content_of
from shishi.core.problems import ProblemAction
from shishi.web.design.forms import answer
from shishi.web.office.step_forms import Asks, StepForm
from shishi.web.office.viewing import Viewer

A = ProblemAction
L = gettext_lazy
ASKS: Mapping[ProblemAction, Asks] = {
    A.REPLY: Asks(
        text=L("整改情况"),
        help=L("做了什么、现在是什么样。有照片或单据的请附上，自愿，不作要求。"),
        evidence=True,
        told=L("已报，等另一位同志复查。"),
    ),
    A.CLOSE: Asks(text=L("复查情况"), help=L("谁在什么时候看的，是否整改到位。"), evidence=True, told=L("已销号。")),
    A.RETURN: Asks(
        text=L("哪里没有整改到位"),
        days=L("重新整改的工作日数"),
        days_optional=True,
        evidence=True,
        told=L("已退回，整改单位会收到通知。"),
    ),
    A.EXTEND: Asks(text=L("改时限的理由"), days=L("从今天起几个工作日"), told=L("时限已改，整改单位会收到通知。")),
    A.WITHDRAW: Asks(text=L("撤销的理由"), told=L("已撤销，经过保留。"), danger=True),
}


def problem(request: HttpRequest, number: int) -> HttpResponse:
    """One problem with its history."""
    viewer = Viewer.of(request)
    view = problem_seen(viewer.person, number, at=viewer.at)
    page = {"problem": view, "steps": [(item, ASKS[item]) for item in view.actions]}
    return render(request, "office/fieldwork_problem.html", page)


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take one step of a problem."""
    viewer = Viewer.of(request)
    view = problem_seen(viewer.person, number, at=viewer.at)
    try:
        action = ProblemAction(step)
        asks = ASKS[action]
    except (ValueError, KeyError) as unknown:
        raise Http404 from unknown
    back = reverse("office:fieldwork-problem", args=[view.id])
    page = {"problem": view, "step": action, "asks": asks, "possible": action in view.actions, "back": back}
    return answer(
        request,
        StepForm,
        "office/fieldwork_step.html",
        page,
        act=lambda form: _take(view, action, form, viewer),
        then=back,
        told=str(asks.told),
        by=viewer.person,
        at=viewer.at,
        given={"asks": asks},
    )


def attached(request: HttpRequest, number: int, sha256: str) -> HttpResponse:
    """A file that goes with a step."""
    viewer = Viewer.of(request)
    name = attached_to(viewer.person, number, sha256, at=viewer.at)
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    told = {"Content-Disposition": disposition}
    return HttpResponse(content_of(sha256), content_type="application/octet-stream", headers=told)


def _take(view: ProblemView, action: ProblemAction, form: StepForm, viewer: Viewer) -> ProblemView:
    by, at, days = viewer.person, viewer.at, form.given("days", 0)
    files, text = [], form.given("text")
    for item in form.proof() if ASKS[action].evidence else ():
        if item.content:
            files.append(services.Attached(item.name, item.content))
        else:
            text = f"{text}\n{_('佐证')}：{item.name}"
    if action is A.REPLY:
        return services.reply(view.id, text, by=by, at=at, files=files)
    if action is A.RETURN:
        return services.return_reply(view.id, text, by=by, at=at, days=days, files=files)
    if action is A.CLOSE:
        return services.close_problem(view.id, text, by=by, at=at, files=files)
    if action is A.EXTEND:
        return services.extend_problem(view.id, days, text, by=by, at=at)
    return services.withdraw_problem(view.id, text, by=by, at=at)
