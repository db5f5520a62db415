"""Steps of a matter: each with what it asks, each the same service that the command line calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from shishi.apps.supervision import matters as services
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.matters_seen import MatterView, matter_seen
from shishi.core.matters import MOVES, MatterAction
from shishi.core.notices import Right
from shishi.web.office.step_forms import Asks, Step, StepForm, action_named, ask
from shishi.web.office.viewing import Viewer

A = MatterAction
L = gettext_lazy
ASKS: Mapping[MatterAction, Asks] = {
    A.ASSIGN: Asks(told=L("已交办并编号，时限自次日起算。"), warns=L("交办后牵头和配合单位即收到通知。确定交办？")),
    A.ACCEPT: Asks(told=L("已接办。")),
    A.PROGRESS: Asks(
        text=L("进展"), help=L("做了什么、到什么程度、有什么困难。"), evidence=True, told=L("进展已记下。")
    ),
    A.REACH: Asks(text=L("完成情况"), evidence=True, told=L("节点已完成。")),
    A.REPORT: Asks(
        text=L("办结情况"),
        help=L("对照交付成果逐项写明。没有佐证的，销号时须由审批人写明理由。"),
        evidence=True,
        told=L("已报结，等待核验。"),
    ),
    A.RETURN: Asks(
        text=L("退回的理由"), days=L("重新报结的工作日数"), days_optional=True, told=L("已退回，牵头单位会收到通知。")
    ),
    A.VERIFY: Asks(text=L("核验意见"), optional=True, told=L("已核验。")),
    A.CLOSE: Asks(
        text=L("仍予销号的理由"),
        optional=True,
        help=L("佐证齐全、节点和分解事项都已完成的，不用填写；否则写明理由，理由留痕。"),
        told=L("已销号。"),
    ),
    A.EXTEND: Asks(
        text=L("延期的理由"), days=L("再加几个工作日"), help=L("只能申请一次。"), told=L("已申请延期，等待批复。")
    ),
    A.APPROVE_EXTENSION: Asks(told=L("已同意延期。")),
    A.REFUSE_EXTENSION: Asks(text=L("不同意的理由"), told=L("已答复，时限不变。")),
    A.REMIND: Asks(told=L("已催办，牵头和配合单位会收到通知。")),
    A.RAISE: Asks(text=L("升级的理由"), told=L("已升级督办一级。"), danger=True),
    A.WITHDRAW: Asks(text=L("撤销的理由"), told=L("已撤销，经过保留。"), danger=True),
}
ONE_CLICK = frozenset({A.ASSIGN, A.ACCEPT, A.APPROVE_EXTENSION, A.REMIND})
"""Steps that ask nothing: a button on the matter's own page takes them."""


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take one step of a matter."""
    viewer = Viewer.of(request)
    view = matter_seen(viewer.person, str(number), at=viewer.at)
    action = action_named(MatterAction, step, ASKS)
    waiting = view.standing.open_milestones if action is A.REACH else ()
    choices = {
        "bodies": _bodies(view, action, viewer),
        "milestones": [(item.position, item.title) for item in waiting],
    }
    possible = action in Rights(viewer.person, viewer.at).over_matter(view)
    asked = Step(
        "matter", view, action, ASKS[action], possible, lambda form: _take(view, action, form, viewer), choices
    )
    return ask(request, viewer, asked)


def _bodies(view: MatterView, action: MatterAction, viewer: Viewer) -> list[tuple[str, str]]:
    """For which body the step is taken, where there is a choice."""
    if not MOVES[action].assisting:
        return []
    rights = Rights(viewer.person, viewer.at)
    return [
        (item.code, item.title) for item in view.bodies if rights.holds(Right.ANSWER, item.division, view.programme)
    ]


def _take(view: MatterView, action: MatterAction, form: StepForm, viewer: Viewer) -> MatterView:
    matter = str(view.id)
    who: dict[str, Any] = {"by": viewer.person, "at": viewer.at}
    text, days, body = form.given("text"), form.given("days", 0), form.given("body")
    taking = {
        A.ASSIGN: lambda: services.assign(matter, text=text, **who),
        A.ACCEPT: lambda: services.accept(matter, text=text, **who),
        A.PROGRESS: lambda: services.add_progress(matter, text, body=body, evidence=form.proof(), **who),
        A.REACH: lambda: services.reach_milestone(
            matter, form.given("milestone", 0), text, body=body, evidence=form.proof(), **who
        ),
        A.REPORT: lambda: services.report_done(matter, text, evidence=form.proof(), **who),
        A.RETURN: lambda: services.return_report(matter, text, days=days, **who),
        A.VERIFY: lambda: services.verify_report(matter, text=text, **who),
        A.CLOSE: lambda: services.close_matter(matter, reason=text, **who),
        A.EXTEND: lambda: services.ask_extension(matter, days, text, **who),
        A.APPROVE_EXTENSION: lambda: services.answer_extension(matter, True, **who),
        A.REFUSE_EXTENSION: lambda: services.answer_extension(matter, False, reason=text, **who),
        A.REMIND: lambda: services.remind_matter(matter, **who),
        A.RAISE: lambda: services.raise_matter(matter, text, **who),
        A.WITHDRAW: lambda: services.withdraw_matter(matter, text, **who),
    }
    return taking[action]()
