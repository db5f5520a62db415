"""Matters 督办事项: a task from an instruction, a meeting, a work report or a finding, and the only steps to its 销号.

One body leads, others assist; the lead answers for the whole. A standing is nothing but its history replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused
from shishi.core.labels import Labelled
from shishi.core.notices import Extension, NoticeKind, Right


class MatterSource(Labelled):
    """Where a matter comes from."""

    INSTRUCTION = "instruction", "领导批示"
    MEETING = "meeting", "会议议定"
    WORK_REPORT = "work_report", "工作报告"
    FINDING = "finding", "调度问题"


class MatterState(Labelled):
    """Where a matter stands."""

    DRAFT = "draft", "拟立项"
    ASSIGNED = "assigned", "已交办"
    UNDER_WAY = "under_way", "办理中"
    RETURNED = "returned", "已退回"
    REPORTED = "reported", "已报结"
    VERIFIED = "verified", "已核验"
    CLOSED = "closed", "已销号"
    WITHDRAWN = "withdrawn", "已撤销"


class MatterAction(Labelled):
    """What a person may do with a matter."""

    ASSIGN = "assign", "交办"
    ACCEPT = "accept", "接办"
    PROGRESS = "progress", "报进展"
    REACH = "reach", "完成节点"
    REPORT = "report", "报结"
    RETURN = "return", "退回"
    VERIFY = "verify", "核验"
    CLOSE = "close", "销号"
    EXTEND = "extend", "申请延期"
    APPROVE_EXTENSION = "approve_extension", "同意延期"
    REFUSE_EXTENSION = "refuse_extension", "不同意延期"
    REMIND = "remind", "催办"
    RAISE = "raise", "升级督办"
    WITHDRAW = "withdraw", "撤销"


_TOLD_BY: dict[MatterSource, tuple[str, ...]] = {
    MatterSource.INSTRUCTION: ("批示", "指示", "签批", "圈阅", "交办单"),
    MatterSource.MEETING: (
        "会议",
        "纪要",
        "碰头会",
        "调度会",
        "常务会",
        "常委会",
        "党组会",
        "办公会",
        "专题会",
        "例会",
    ),
    MatterSource.WORK_REPORT: ("工作报告", "工作要点", "重点工作", "实事"),
    MatterSource.FINDING: ("调度发现", "调度问题", "督查发现"),
}


def source_told(text: str) -> MatterSource | None:
    """Where a matter comes from by the words of its origin; ``None`` where they say nothing or two things (an
    instruction given at a meeting): then a person says which.

    >>> source_told("市长9月30日批示"), source_told("市政府第12次常务会议纪要"), source_told("县里要求")
    (<MatterSource.INSTRUCTION: 'instruction'>, <MatterSource.MEETING: 'meeting'>, None)
    """
    found = [source for source, words in _TOLD_BY.items() if any(word in text for word in words)]
    return found[0] if len(found) == 1 else None


S, A = MatterState, MatterAction
_WORKING = frozenset({S.UNDER_WAY, S.RETURNED})
_OWED = _WORKING | {S.ASSIGNED}
_OPEN = _OWED | {S.REPORTED, S.VERIFIED}
UNDONE = _OPEN | {S.DRAFT}
"""States of a matter that somebody still has to do something about."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of steps. ``target`` ``None``: the state stays. ``assisting``: bodies that assist may take
    it too. ``reasoned``: refused without a text."""

    sources: frozenset[MatterState]
    target: MatterState | None
    right: Right
    assisting: bool = False
    reasoned: bool = False


MOVES: dict[MatterAction, Move] = {
    A.ASSIGN: Move(frozenset({S.DRAFT}), S.ASSIGNED, Right.ISSUE),
    A.ACCEPT: Move(frozenset({S.ASSIGNED}), S.UNDER_WAY, Right.ANSWER),
    A.PROGRESS: Move(_WORKING, None, Right.ANSWER, assisting=True, reasoned=True),
    A.REACH: Move(_WORKING, None, Right.ANSWER, assisting=True, reasoned=True),
    A.REPORT: Move(_WORKING, S.REPORTED, Right.ANSWER, reasoned=True),
    A.RETURN: Move(frozenset({S.REPORTED}), S.RETURNED, Right.VERIFY, reasoned=True),
    A.VERIFY: Move(frozenset({S.REPORTED}), S.VERIFIED, Right.VERIFY),
    A.CLOSE: Move(frozenset({S.VERIFIED}), S.CLOSED, Right.CLOSE),
    A.EXTEND: Move(_OWED, None, Right.ANSWER, reasoned=True),
    A.APPROVE_EXTENSION: Move(_OWED, None, Right.APPROVE),
    A.REFUSE_EXTENSION: Move(_OWED, None, Right.APPROVE, reasoned=True),
    A.REMIND: Move(_OWED, None, Right.ISSUE),
    A.RAISE: Move(_OWED, None, Right.CLOSE, reasoned=True),
    A.WITHDRAW: Move(UNDONE - {S.VERIFIED}, S.WITHDRAWN, Right.CLOSE, reasoned=True),
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step on the way 节点, with the moment until which it should be done."""

    position: int
    title: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the history. ``body``: who acted, where a body did; ``milestone``: the position of the one that was
    reached; ``deadline``: the new one, where the step sets one; ``evidence``: what proves it, named."""

    action: MatterAction
    person: str
    at: datetime
    text: str = ""
    body: str = ""
    deadline: datetime | None = None
    milestone: int = 0
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """Where a matter stands. ``rung``: how high it was raised on the ladder, ``None`` at its foot; ``reminded``: when
    somebody was last urged; ``first_deadline`` is the one assigned and never changes."""

    milestones: tuple[Milestone, ...] = ()
    state: MatterState = MatterState.DRAFT
    deadline: datetime | None = None
    first_deadline: datetime | None = None
    extension: Extension = Extension.NONE
    asked_until: datetime | None = None
    rung: NoticeKind | None = None
    reminded: datetime | None = None
    reached: frozenset[int] = field(default_factory=frozenset)
    evidence: tuple[str, ...] = ()

    @property
    def owed(self) -> bool:
        """Whether the bodies still have to report it done."""
        return self.state in _OWED

    def overdue(self, at: datetime) -> bool:
        """Whether it is still owed after its deadline."""
        return self.owed and self.deadline is not None and at > self.deadline

    def missed(self, at: datetime) -> tuple[Milestone, ...]:
        """The milestones whose day has gone by without them, while the matter is still owed."""
        return tuple(item for item in self.open_milestones if self.owed and at > item.until)

    @property
    def open_milestones(self) -> tuple[Milestone, ...]:
        """Those that are not reached yet, in their order."""
        return tuple(item for item in self.milestones if item.position not in self.reached)


def move(matter: Matter, moved: Moved) -> Matter:
    """The matter after one step; ``Misuse`` when the step may not be taken now, with what may."""
    row = MOVES[moved.action]
    if row.reasoned and not moved.text.strip():
        raise Misuse("matter_reason_missing", f"办理“{moved.action.label}”须写明内容或理由。")
    if matter.state not in row.sources:
        ways = "、".join(action.label for action in ways_on(matter)) or "无（已办结）"
        told = f"这件督办事项现为“{matter.state.label}”，不能办理“{moved.action.label}”。现在可以办理：{ways}。"
        raise Misuse("matter_step_not_allowed", told)
    after = _SPECIAL.get(moved.action, _plain)(matter, moved)
    return replace(after, state=row.target or after.state, evidence=(*after.evidence, *moved.evidence))


def retrace(milestones: Iterable[Milestone], history: Iterable[Moved]) -> Matter:
    """The matter that a history leads to, from the draft on."""
    matter = Matter(tuple(milestones))
    for moved in history:
        matter = move(matter, moved)
    return matter


def ways_on(matter: Matter) -> tuple[MatterAction, ...]:
    """The steps that may be taken now, whoever may take them."""
    wanted = {A.EXTEND: Extension.NONE, A.APPROVE_EXTENSION: Extension.ASKED, A.REFUSE_EXTENSION: Extension.ASKED}
    return tuple(
        action
        for action, row in MOVES.items()
        if matter.state in row.sources
        and wanted.get(action, matter.extension) is matter.extension
        and not (action is A.REACH and not matter.open_milestones)
        and not (action is A.RAISE and matter.rung is NoticeKind.SUPERVISION_ORDER)
    )


def check_ending(matter: Matter, parts: Collection[str], reason: str) -> None:
    """Refuse to close without proof, with milestones open or with ``parts`` (titles of sub-matters) undone, unless a
    person gives a reason that is kept: ``Refused("matter_not_done")``."""
    missing = [] if matter.evidence else ["没有佐证"]
    missing += [f"节点“{item.title}”没有完成" for item in matter.open_milestones]
    missing += [f"分解事项“{title}”没有办结" for title in parts]
    if missing and not reason.strip():
        way_out = "请退回补齐；确需销号的，由审批人写明理由（--reason），理由将留痕。"
        raise Refused("matter_not_done", f"不能销号：{'；'.join(missing)}。{way_out}")


def _plain(matter: Matter, moved: Moved) -> Matter:
    return matter


def _assigned(matter: Matter, moved: Moved) -> Matter:
    if moved.deadline is None:
        raise Misuse("matter_deadline_missing", "交办时须有办结时限。请写明工作日数或办结日期。")
    late = next((item for item in matter.milestones if item.until > moved.deadline), None)
    if late:
        raise Misuse("milestone_after_deadline", f"节点“{late.title}”晚于办结时限。请调整节点或时限。")
    return replace(matter, deadline=moved.deadline, first_deadline=moved.deadline)


def _reached(matter: Matter, moved: Moved) -> Matter:
    if moved.milestone not in {item.position for item in matter.open_milestones}:
        waiting = "、".join(f"{item.position} {item.title}" for item in matter.open_milestones) or "无"
        raise Misuse("milestone_unknown", f"没有待完成的第{moved.milestone}个节点。待完成的节点：{waiting}。")
    return replace(matter, reached=matter.reached | {moved.milestone})


def _returned(matter: Matter, moved: Moved) -> Matter:
    if moved.deadline and matter.deadline and moved.deadline < matter.deadline:
        raise Misuse("deadline_earlier", "退回后的时限不能早于现有时限。请给出更多工作日，或不另定时限。")
    return replace(matter, deadline=moved.deadline or matter.deadline)


def _extended(matter: Matter, moved: Moved) -> Matter:
    if matter.extension is not Extension.NONE:
        raise Misuse("extension_asked_twice", "延期只能申请一次，此前已经申请过。请按现有时限办结，或与交办单位联系。")
    if moved.deadline is None or matter.deadline is None or moved.deadline <= matter.deadline:
        raise Misuse("extension_not_later", "申请的新时限须晚于现有时限。")
    return replace(matter, extension=Extension.ASKED, asked_until=moved.deadline)


def _answered(matter: Matter, moved: Moved) -> Matter:
    if matter.extension is not Extension.ASKED:
        raise Misuse("extension_not_asked", "这件事项没有待批的延期申请。")
    if moved.action is A.REFUSE_EXTENSION:
        return replace(matter, extension=Extension.REFUSED)
    return replace(matter, extension=Extension.GRANTED, deadline=matter.asked_until)


def _reminded(matter: Matter, moved: Moved) -> Matter:
    if matter.reminded and day_of(matter.reminded) == day_of(moved.at):
        raise Misuse("reminded_today", "今天已经催办过。同一事项一天只催办一次，请明天再催，或直接电话联系。")
    return replace(matter, reminded=moved.at)


def _raised(matter: Matter, moved: Moved) -> Matter:
    above = matter.rung.next if matter.rung else NoticeKind.REMINDER
    if above is None:
        raise Misuse("ladder_top", "不能再升级：督办单之上的通报、约谈由领导机关决定。")
    return replace(matter, rung=above)


_SPECIAL = {
    A.ASSIGN: _assigned,
    A.REACH: _reached,
    A.RETURN: _returned,
    A.EXTEND: _extended,
    A.APPROVE_EXTENSION: _answered,
    A.REFUSE_EXTENSION: _answered,
    A.REMIND: _reminded,
    A.RAISE: _raised,
}
