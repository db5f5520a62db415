"""Steps of a notice: each with what it asks, each the same service that the command line calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.supervision import services
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.answers import batches_answered
from shishi.apps.supervision.papers import issue_with_paper
from shishi.apps.supervision.selectors import NoticeView, notice_of
from shishi.core.notices import STEPS, NoticeAction, Right
from shishi.web.office.replying import reply
from shishi.web.office.step_forms import Asks, Step, StepForm, action_named, ask
from shishi.web.office.viewing import Viewer

A = NoticeAction
L = gettext_lazy
ASKS: Mapping[NoticeAction, Asks] = {
    A.APPROVE: Asks(told=L("已审批，可以签发。")),
    A.ISSUE: Asks(
        told=L("已签发并编号，时限自次日起算。"), warns=L("签发后文字不能再改，接收单位即收到通知。确定签发？")
    ),
    A.ACKNOWLEDGE: Asks(told=L("已签收。")),
    A.REPLY: Asks(
        text=L("反馈内容"),
        optional=True,
        help=L("说明原因、措施、责任人和完成时间。台账有更新的，可以只附工作簿。"),
        told=L("已反馈，等待核验。"),
    ),
    A.RETURN: Asks(
        text=L("退回的理由"),
        help=L("写明缺什么、怎样才算补齐。"),
        days=L("重新反馈的工作日数"),
        days_optional=True,
        told=L("已退回，接收单位会收到通知。"),
    ),
    A.VERIFY: Asks(text=L("核验意见"), optional=True, told=L("已核验。")),
    A.CLOSE: Asks(
        text=L("仍予销号的理由"),
        optional=True,
        help=L("问题已经消除的，不用填写；数据仍滞后而要销号的，写明理由，理由留痕。"),
        told=L("已销号。"),
    ),
    A.EXTEND: Asks(
        text=L("延期的理由"), days=L("再加几个工作日"), help=L("只能申请一次。"), told=L("已申请延期，等待批复。")
    ),
    A.APPROVE_EXTENSION: Asks(told=L("已同意延期。")),
    A.REFUSE_EXTENSION: Asks(text=L("不同意的理由"), told=L("已答复，时限不变。")),
    A.REMIND: Asks(told=L("已催办，接收单位会收到通知。")),
    A.ESCALATE: Asks(
        text=L("升级的理由"),
        optional=True,
        help=L("逾期的可以不写。原单办结，另拟上一级的草稿，签发前仍要审批。"),
        told=L("已升级，上一级的草稿已拟好。"),
        danger=True,
    ),
    A.WITHDRAW: Asks(text=L("撤回的理由"), told=L("已撤回，文号和经过保留。"), danger=True),
}
ONE_CLICK = frozenset({A.APPROVE, A.ISSUE, A.ACKNOWLEDGE, A.APPROVE_EXTENSION, A.REMIND})
"""Steps that ask nothing: a button on the notice's own page takes them."""


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take one step of a notice."""
    viewer = Viewer.of(request)
    view = notice_of(viewer.person, str(number), at=viewer.at)
    action = action_named(NoticeAction, step, ASKS)
    possible = action in Rights(viewer.person, viewer.at).over(view)
    choices = {"bodies": bodies_for(view, action, viewer)}
    asked = Step(
        "notice", view, action, ASKS[action], possible, lambda form: _take(view, action, form, viewer), choices
    )
    if action is A.REPLY:
        return reply(request, viewer, asked)
    batches = batches_answered(viewer.person, view, viewer.at)
    replies = [(item, batches.get(item.batch)) for item in view.history if item.action is A.REPLY]
    return ask(request, viewer, asked, page={"replies": replies})


def bodies_for(view: NoticeView, action: NoticeAction, viewer: Viewer) -> list[tuple[str, str]]:
    """For or about whom the step is, where there is a choice."""
    if not STEPS[action].each:
        return []
    own = Rights(viewer.person, viewer.at).answering(view)
    fitting = [
        item
        for item in view.recipients
        if action in view.actions_of[item.body] and (STEPS[action].right is not Right.ANSWER or item.body in own)
    ]
    choices = [(item.body, item.title) for item in fitting]
    if len(choices) > 1 and STEPS[action].right is not Right.ANSWER:
        choices.insert(0, ("", _("全部单位")))
    return choices


def _take(view: NoticeView, action: NoticeAction, form: StepForm, viewer: Viewer) -> NoticeView:
    notice = str(view.id)
    who: dict[str, Any] = {"by": viewer.person, "at": viewer.at}
    text, days, body = form.given("text"), form.given("days", 0), form.given("body")
    chosen = bodies_for(view, action, viewer)
    one: dict[str, Any] = {"body": body or (chosen[0][0] if len(chosen) == 1 else "")}
    taking = {
        A.APPROVE: lambda: services.approve(notice, **who),
        A.ISSUE: lambda: issue_with_paper(notice, **who),
        A.ACKNOWLEDGE: lambda: services.acknowledge(notice, **one, **who),
        A.REPLY: lambda: services.reply(notice, text, **one, **who, batch=form.given("batch")),
        A.RETURN: lambda: services.return_reply(notice, text, days=days, **one, **who),
        A.VERIFY: lambda: services.verify(notice, text=text, **one, **who),
        A.CLOSE: lambda: services.close(notice, reason=text, **who),
        A.EXTEND: lambda: services.extend(notice, days, text, **one, **who),
        A.APPROVE_EXTENSION: lambda: services.approve_extension(notice, **one, **who),
        A.REFUSE_EXTENSION: lambda: services.refuse_extension(notice, text, **one, **who),
        A.REMIND: lambda: services.remind(notice, **one, **who),
        A.ESCALATE: lambda: services.escalate(notice, reason=text, **who),
        A.WITHDRAW: lambda: services.withdraw(notice, text, **who),
    }
    return taking[action]()
