"""Notices: reminder 提醒 → prompt notice 工作提示单 → supervision order 督办单, and the only steps that they may take.

A notice goes to one or several bodies. Each of them has its own state, deadline and extension; the notice stands where
its slowest recipient stands, so it is *replied* when all have replied. A standing is nothing but its history replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused
from shishi.core.findings import Finding
from shishi.core.labels import Labelled


class NoticeKind(Labelled):
    """The rungs of the ladder that shishi walks; what lies above (通报, 约谈, 移送) is for people, not for a program."""

    REMINDER = "reminder", "工作提醒"
    PROMPT_NOTICE = "prompt_notice", "工作提示单"
    SUPERVISION_ORDER = "supervision_order", "督办单"

    @property
    def next(self) -> NoticeKind | None:
        """The next rung; ``None`` at the top."""
        rungs = list(NoticeKind)
        return dict(pairwise(rungs)).get(self)


class NoticeState(Labelled):
    """Where a notice or one of its recipients stands."""

    DRAFT = "draft", "拟稿"
    APPROVED = "approved", "已审批"
    ISSUED = "issued", "已签发"
    ACKNOWLEDGED = "acknowledged", "已签收"
    RETURNED = "returned", "已退回"
    REPLIED = "replied", "已反馈"
    VERIFIED = "verified", "已核验"
    CLOSED = "closed", "已销号"
    ESCALATED = "escalated", "已升级"
    WITHDRAWN = "withdrawn", "已撤回"


class NoticeAction(Labelled):
    """What a person may do with a notice."""

    APPROVE = "approve", "审批"
    ISSUE = "issue", "签发"
    ACKNOWLEDGE = "acknowledge", "签收"
    REPLY = "reply", "反馈"
    RETURN = "return", "退回"
    VERIFY = "verify", "核验"
    CLOSE = "close", "销号"
    EXTEND = "extend", "申请延期"
    APPROVE_EXTENSION = "approve_extension", "同意延期"
    REFUSE_EXTENSION = "refuse_extension", "不同意延期"
    REMIND = "remind", "催办"
    ESCALATE = "escalate", "升级"
    WITHDRAW = "withdraw", "撤回"


class Right(StrEnum):
    """What a post must allow. Only ``ANSWER`` is asked for in the recipient's division; the others in the issuer's."""

    DRAFT = "draft_notice"
    APPROVE = "approve_notice"
    ISSUE = "issue_notice"
    VERIFY = "verify_notice"
    CLOSE = "close_notice"
    ANSWER = "answer_notice"


class Extension(StrEnum):
    """An extension may be asked for once by each recipient."""

    NONE = "none"
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


S, A = NoticeState, NoticeAction
_WAITING = frozenset({S.ISSUED, S.ACKNOWLEDGED, S.RETURNED})
_OPEN = _WAITING | {S.REPLIED, S.VERIFIED}
UNFINISHED = _OPEN | {S.DRAFT, S.APPROVED}


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the transition table. ``each``: taken by or for one recipient, whose state it changes; else by the
    whole notice. ``target`` ``None``: the state stays. ``reasoned``: refused without a text."""

    sources: frozenset[NoticeState]
    target: NoticeState | None
    right: Right
    each: bool = False
    reasoned: bool = False


STEPS: dict[NoticeAction, Step] = {
    A.APPROVE: Step(frozenset({S.DRAFT}), S.APPROVED, Right.APPROVE),
    A.ISSUE: Step(frozenset({S.APPROVED}), S.ISSUED, Right.ISSUE),
    A.ACKNOWLEDGE: Step(frozenset({S.ISSUED}), S.ACKNOWLEDGED, Right.ANSWER, each=True),
    A.REPLY: Step(frozenset({S.ACKNOWLEDGED, S.RETURNED}), S.REPLIED, Right.ANSWER, each=True, reasoned=True),
    A.RETURN: Step(frozenset({S.REPLIED}), S.RETURNED, Right.VERIFY, each=True, reasoned=True),
    A.VERIFY: Step(frozenset({S.REPLIED}), S.VERIFIED, Right.VERIFY, each=True),
    A.CLOSE: Step(frozenset({S.VERIFIED}), S.CLOSED, Right.CLOSE),
    A.EXTEND: Step(_WAITING, None, Right.ANSWER, each=True, reasoned=True),
    A.APPROVE_EXTENSION: Step(_WAITING, None, Right.APPROVE, each=True),
    A.REFUSE_EXTENSION: Step(_WAITING, None, Right.APPROVE, each=True, reasoned=True),
    A.REMIND: Step(_WAITING, None, Right.ISSUE, each=True),
    A.ESCALATE: Step(frozenset(_OPEN), S.ESCALATED, Right.CLOSE, reasoned=True),
    A.WITHDRAW: Step(frozenset(UNFINISHED - {S.VERIFIED}), S.WITHDRAWN, Right.CLOSE, reasoned=True),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One line of the history. ``body``: the recipient that it concerns. ``deadline``: the new one, where the step sets
    one (issue, return, extension); what a body asks for in ``extend`` is only a wish until it is approved. ``batch``:
    the id of the workbook that a reply came with, which may stand for words."""

    action: NoticeAction
    person: str
    at: datetime
    text: str = ""
    body: str = ""
    deadline: datetime | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One body that answers; a draft for it until issued. ``first_deadline`` is the one issued and never changes;
    ``reminded``: when it was last urged 催办."""

    body: str
    division: str
    state: NoticeState = NoticeState.DRAFT
    deadline: datetime | None = None
    first_deadline: datetime | None = None
    extension: Extension = Extension.NONE
    asked_until: datetime | None = None
    reminded: datetime | None = None

    def overdue(self, at: datetime) -> bool:
        """Whether the reply is still owed after its deadline."""
        return self.state in _WAITING and self.deadline is not None and at > self.deadline


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a notice stands."""

    kind: NoticeKind
    recipients: tuple[Recipient, ...]
    state: NoticeState = NoticeState.DRAFT

    def recipient(self, body: str) -> Recipient:
        """The recipient of that body; ``Misuse("notice_recipient_unknown")``."""
        for item in self.recipients:
            if item.body == body:
                return item
        names = "、".join(item.body for item in self.recipients)
        raise Misuse("notice_recipient_unknown", f"“{body}”不是这份{self.kind.label}的接收单位。接收单位有：{names}。")

    def overdue(self, at: datetime) -> tuple[Recipient, ...]:
        """The recipients that owe a reply after their deadline; none once the notice has ended."""
        return tuple(item for item in self.recipients if item.overdue(at)) if self.state in _OPEN else ()


def take(standing: Standing, taken: Taken) -> Standing:
    """The standing after one step; ``Misuse`` when the step may not be taken now, with what may."""
    step = STEPS[taken.action]
    if step.reasoned and not taken.text.strip() and not taken.batch:
        raise Misuse("notice_reason_missing", f"办理“{taken.action.label}”须写明内容或理由。")
    if step.each:
        recipient = standing.recipient(taken.body)
        _allow(standing, taken, recipient.state if standing.state in _OPEN else standing.state)
        recipients = tuple(_each(item, taken) if item is recipient else item for item in standing.recipients)
        return replace(standing, recipients=recipients, state=_slowest(recipients))
    _allow(standing, taken, standing.state)
    recipients = tuple(_issued(item, taken) if step.target is S.ISSUED else item for item in standing.recipients)
    return replace(standing, state=step.target or standing.state, recipients=recipients)


def replay(kind: NoticeKind, recipients: Iterable[Recipient], history: Iterable[Taken]) -> Standing:
    """The standing that a history leads to, from the draft on."""
    standing = Standing(kind, tuple(recipients))
    for taken in history:
        standing = take(standing, taken)
    return standing


def possible(standing: Standing, body: str = "") -> tuple[NoticeAction, ...]:
    """The actions that the table allows now, for one recipient or (without ``body``) for any."""
    asked = [item for item in standing.recipients if body in ("", item.body)] if standing.state in _OPEN else []
    return tuple(
        action
        for action, step in STEPS.items()
        if (any(_fits(item, action) for item in asked) if step.each else standing.state in step.sources)
    )


def check_closing(obstacles: Sequence[Finding], reason: str) -> None:
    """Refuse to close while what the notice was about still stands, unless a person gives a reason that is kept."""
    if obstacles and not reason.strip():
        told = "；".join(item.message.rstrip("。") for item in obstacles)
        way_out = "请在数据好转后再销号；确需销号的，由审批人写明理由（--reason），理由将留痕。"
        raise Refused("notice_still_behind", f"不能销号：{told}。{way_out}")


def _fits(item: Recipient, action: NoticeAction) -> bool:
    wanted = {A.EXTEND: Extension.NONE, A.APPROVE_EXTENSION: Extension.ASKED, A.REFUSE_EXTENSION: Extension.ASKED}
    return item.state in STEPS[action].sources and wanted.get(action, item.extension) is item.extension


def _allow(standing: Standing, taken: Taken, state: NoticeState) -> None:
    if state in STEPS[taken.action].sources:
        return
    ways = "、".join(action.label for action in possible(standing, taken.body)) or "无（已办结）"
    raise Misuse(
        "notice_step_not_allowed",
        f"这份{standing.kind.label}现为“{state.label}”，不能办理“{taken.action.label}”。现在可以办理：{ways}。",
    )


def _issued(item: Recipient, taken: Taken) -> Recipient:
    if taken.deadline is None:
        raise Misuse("notice_deadline_missing", "签发时须有反馈时限。请在重点项目的督办阶梯中写明反馈工作日数。")
    return replace(item, state=S.ISSUED, deadline=taken.deadline, first_deadline=taken.deadline)


def _each(item: Recipient, taken: Taken) -> Recipient:
    if taken.action is A.EXTEND:
        return _asked(item, taken)
    if taken.action in (A.APPROVE_EXTENSION, A.REFUSE_EXTENSION, A.REMIND):
        return _reminded(item, taken) if taken.action is A.REMIND else _answered(item, taken)
    target = STEPS[taken.action].target or item.state
    deadline = taken.deadline if taken.action is A.RETURN and taken.deadline else item.deadline
    if deadline and item.deadline and deadline < item.deadline:
        raise Misuse("deadline_earlier", "退回后的时限不能早于现有时限。请给出更多工作日，或不另定时限。")
    return replace(item, state=target, deadline=deadline)


def _asked(item: Recipient, taken: Taken) -> Recipient:
    if item.extension is not Extension.NONE:
        raise Misuse("extension_asked_twice", "延期只能申请一次，此前已经申请过。请按现有时限反馈，或与发出单位联系。")
    if taken.deadline is None or item.deadline is None or taken.deadline <= item.deadline:
        raise Misuse("extension_not_later", "申请的新时限须晚于现有时限。")
    return replace(item, extension=Extension.ASKED, asked_until=taken.deadline)


def _answered(item: Recipient, taken: Taken) -> Recipient:
    if item.extension is not Extension.ASKED:
        raise Misuse("extension_not_asked", "该单位没有待批的延期申请。")
    if taken.action is A.REFUSE_EXTENSION:
        return replace(item, extension=Extension.REFUSED)
    deadline = taken.deadline or item.asked_until
    if deadline is None or item.deadline is None or deadline <= item.deadline:
        raise Misuse("extension_not_later", "同意的新时限须晚于现有时限。")
    return replace(item, extension=Extension.GRANTED, deadline=deadline)


def _reminded(item: Recipient, taken: Taken) -> Recipient:
    if item.reminded and day_of(item.reminded) == day_of(taken.at):
        raise Misuse("reminded_today", "今天已经催办过。同一单位一天只催办一次，请明天再催，或直接电话联系。")
    return replace(item, reminded=taken.at)


def _slowest(recipients: Iterable[Recipient]) -> NoticeState:
    order = [S.ISSUED, S.ACKNOWLEDGED, S.RETURNED, S.REPLIED, S.VERIFIED]
    return min((item.state for item in recipients), key=order.index)
