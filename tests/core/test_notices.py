"""The ladder: which steps a notice may take, and that it takes no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shishi.core.errors import Misuse, Refused
from shishi.core.findings import Finding, FindingKind
from shishi.core.ladder import rung_due, rung_for
from shishi.core.notices import (
    STEPS,
    Extension,
    NoticeAction,
    NoticeKind,
    NoticeState,
    Recipient,
    Right,
    Standing,
    Taken,
    check_closing,
    possible,
    replay,
    take,
)
from shishi.core.programmes import Rung

A, S = NoticeAction, NoticeState
START = datetime(2021, 9, 30, 10, tzinfo=UTC)
DEADLINE = datetime(2021, 10, 11, 9, 30, tzinfo=UTC)
BODIES = (Recipient("xuanzhou", "341802"), Recipient("langxi", "341821"))


def taken(action: NoticeAction, body: str = "", text: str = "", deadline: datetime | None = None) -> Taken:
    return Taken(action, "operator", START, text, body, deadline)


def issued(*recipients: Recipient) -> Standing:
    history = [taken(A.APPROVE), taken(A.ISSUE, deadline=DEADLINE)]
    return replay(NoticeKind.PROMPT_NOTICE, recipients or BODIES[:1], history)


def walk(standing: Standing, *steps: Taken) -> Standing:
    for step in steps:
        standing = take(standing, step)
    return standing


def refused(standing: Standing, step: Taken) -> str:
    with pytest.raises(Misuse) as caught:
        take(standing, step)
    return caught.value.code


def test_a_notice_walks_from_draft_to_closed() -> None:
    standing = walk(
        issued(),
        taken(A.ACKNOWLEDGE, "xuanzhou"),
        taken(A.REPLY, "xuanzhou", "已补办"),
        taken(A.VERIFY, "xuanzhou"),
        taken(A.CLOSE),
    )
    assert standing.state is S.CLOSED
    assert possible(standing) == ()


def test_a_step_that_may_not_be_taken_is_refused_with_those_that_may() -> None:
    with pytest.raises(Misuse) as caught:
        take(issued(), taken(A.REPLY, "xuanzhou", "已补办"))
    assert caught.value.code == "notice_step_not_allowed"
    assert caught.value.message == (
        "这份工作提示单现为“已签发”，不能办理“反馈”。现在可以办理：签收、申请延期、催办、升级、撤回。"
    )


def test_the_notice_is_replied_when_all_have_replied() -> None:
    standing = walk(issued(*BODIES), taken(A.ACKNOWLEDGE, "xuanzhou"), taken(A.REPLY, "xuanzhou", "已补办"))
    assert standing.state is S.ISSUED
    standing = walk(standing, taken(A.ACKNOWLEDGE, "langxi"), taken(A.REPLY, "langxi", "已补办"))
    assert standing.state is S.REPLIED


def test_a_reply_is_returned_with_reasons_and_given_again() -> None:
    standing = walk(issued(), taken(A.ACKNOWLEDGE, "xuanzhou"), taken(A.REPLY, "xuanzhou", "已补办"))
    assert refused(standing, taken(A.RETURN, "xuanzhou")) == "notice_reason_missing"
    early = DEADLINE - timedelta(days=1)
    assert refused(standing, taken(A.RETURN, "xuanzhou", "佐证不全", early)) == "deadline_earlier"
    later = DEADLINE + timedelta(days=3)
    standing = take(standing, taken(A.RETURN, "xuanzhou", "佐证不全", later))
    assert (standing.state, standing.recipients[0].deadline) == (S.RETURNED, later)
    assert standing.recipients[0].first_deadline == DEADLINE
    assert take(standing, taken(A.REPLY, "xuanzhou", "补齐")).state is S.REPLIED


def test_an_extension_is_asked_once_and_moves_the_deadline_only_when_approved() -> None:
    later = DEADLINE + timedelta(days=5)
    asked = take(issued(), taken(A.EXTEND, "xuanzhou", "测绘未完成", later))
    assert asked.recipients[0].deadline == DEADLINE
    granted = take(asked, taken(A.APPROVE_EXTENSION, "xuanzhou"))
    held = granted.recipients[0]
    assert (held.deadline, held.first_deadline, held.extension) == (later, DEADLINE, Extension.GRANTED)
    assert refused(granted, taken(A.EXTEND, "xuanzhou", "再延", later + timedelta(days=5))) == "extension_asked_twice"
    kept = take(asked, taken(A.REFUSE_EXTENSION, "xuanzhou", "理由不充分"))
    assert kept.recipients[0].deadline == DEADLINE
    assert refused(kept, taken(A.EXTEND, "xuanzhou", "再延", later)) == "extension_asked_twice"


def test_an_extension_leads_to_a_later_day() -> None:
    assert refused(issued(), taken(A.EXTEND, "xuanzhou", "理由", DEADLINE)) == "extension_not_later"
    assert refused(issued(), taken(A.APPROVE_EXTENSION, "xuanzhou")) == "extension_not_asked"


def test_a_body_is_urged_once_a_day_at_most() -> None:
    urged = take(issued(*BODIES), taken(A.REMIND, "xuanzhou"))
    assert urged.recipient("xuanzhou").state is S.ISSUED
    assert refused(urged, taken(A.REMIND, "xuanzhou")) == "reminded_today"
    assert take(urged, taken(A.REMIND, "langxi")).recipient("langxi").reminded == START
    tomorrow = replace(taken(A.REMIND, "xuanzhou"), at=START + timedelta(days=1))
    assert take(urged, tomorrow).recipient("xuanzhou").reminded == START + timedelta(days=1)


def test_only_those_who_owe_a_reply_after_the_deadline_are_overdue() -> None:
    standing = walk(issued(*BODIES), taken(A.ACKNOWLEDGE, "xuanzhou"), taken(A.REPLY, "xuanzhou", "已补办"))
    assert standing.overdue(DEADLINE) == ()
    assert [item.body for item in standing.overdue(DEADLINE + timedelta(seconds=1))] == ["langxi"]
    ended = take(standing, taken(A.WITHDRAW, text="重复"))
    assert ended.overdue(DEADLINE + timedelta(days=1)) == ()


def test_a_notice_is_not_issued_without_a_deadline_nor_answered_by_a_stranger() -> None:
    approved = replay(NoticeKind.REMINDER, BODIES[:1], [taken(A.APPROVE)])
    assert refused(approved, taken(A.ISSUE)) == "notice_deadline_missing"
    assert refused(issued(), taken(A.ACKNOWLEDGE, "langxi")) == "notice_recipient_unknown"


def test_closing_while_the_figure_is_behind_needs_a_reason() -> None:
    still = Finding(FindingKind.BEHIND, "a/2021/b", "issued", "341802", date(2021, 9, 30), "宣州区仍滞后。", "追上。")
    with pytest.raises(Refused) as caught:
        check_closing([still], " ")
    assert caught.value.code == "notice_still_behind"
    assert "宣州区仍滞后" in caught.value.message
    check_closing([still], "项目已停建，经领导小组同意核销")
    check_closing([], "")


LADDER = (Rung("reminder", 1), Rung("prompt_notice", 3, after_days=3), Rung("supervision_order", 3))


def test_what_lasts_climbs_to_the_prompt_notice_and_what_is_odd_only_gets_a_reminder() -> None:
    assert rung_for(LADDER, FindingKind.BEHIND, 2) == LADDER[0]
    assert rung_for(LADDER, FindingKind.SILENT, 3) == LADDER[1]
    assert rung_for(LADDER, FindingKind.ROUND_NUMBER, 30) == LADDER[0]
    assert rung_for(LADDER[1:], FindingKind.BEHIND, 1) is None


def test_the_ladder_has_three_rungs_and_a_top() -> None:
    assert [kind.next for kind in NoticeKind] == [NoticeKind.PROMPT_NOTICE, NoticeKind.SUPERVISION_ORDER, None]
    assert [kind.label for kind in NoticeKind] == ["工作提醒", "工作提示单", "督办单"]


def test_only_answers_are_the_recipients_own() -> None:
    answers = {action for action, step in STEPS.items() if step.right is Right.ANSWER}
    assert answers == {A.ACKNOWLEDGE, A.REPLY, A.EXTEND}


def test_a_late_matter_climbs_one_rung_when_the_rung_below_had_its_time() -> None:
    due = [(days, rung_due(LADDER, None, days)) for days in (0, 1, 9)]
    assert due == [(0, None), (1, NoticeKind.REMINDER), (9, NoticeKind.REMINDER)]
    assert rung_due(LADDER, NoticeKind.REMINDER, 2) is None
    assert rung_due(LADDER, NoticeKind.REMINDER, 3) is NoticeKind.PROMPT_NOTICE
    assert rung_due(LADDER, NoticeKind.PROMPT_NOTICE, 5) is None
    assert rung_due(LADDER, NoticeKind.PROMPT_NOTICE, 6) is NoticeKind.SUPERVISION_ORDER
    assert rung_due(LADDER, NoticeKind.SUPERVISION_ORDER, 30) is None
    assert rung_due((), None, 30) is None
    assert rung_due(LADDER[1:], None, 4) is NoticeKind.PROMPT_NOTICE


class Ladder(RuleBasedStateMachine):
    """Anybody tries anything: the notice only ever stands where its history leads."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing(NoticeKind.PROMPT_NOTICE, BODIES)
        self.history: list[Taken] = []
        self.passed = [S.DRAFT]

    @rule(
        action=st.sampled_from(NoticeAction),
        body=st.sampled_from(["xuanzhou", "langxi", "nobody"]),
        text=st.sampled_from(["", "理由"]),
        days=st.none() | st.integers(-1, 9),
    )
    def try_anything(self, action: NoticeAction, body: str, text: str, days: int | None) -> None:
        deadline = None if days is None else DEADLINE + timedelta(days=days)
        step = taken(action, body if STEPS[action].each else "", text, deadline)
        before = self.standing
        try:
            self.standing = take(before, step)
        except Misuse:
            return
        assert action in possible(before, step.body)
        self.history.append(step)
        if self.standing.state is not before.state:
            self.passed.append(self.standing.state)

    @precondition(lambda self: bool(possible(self.standing)))
    @rule(data=st.data())
    def take_what_is_possible(self, data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(possible(self.standing)))
        self.try_anything(action, data.draw(st.sampled_from(["xuanzhou", "langxi"])), "理由", len(self.history))

    @invariant()
    def history_is_complete(self) -> None:
        assert replay(NoticeKind.PROMPT_NOTICE, BODIES, self.history) == self.standing

    @invariant()
    def no_step_was_skipped(self) -> None:
        order = [S.DRAFT, S.APPROVED, S.ISSUED]
        assert self.passed[: len(order)] == order[: len(self.passed)] or self.passed[-1] is S.WITHDRAWN
        if S.CLOSED in self.passed:
            assert self.passed[-2:] == [S.VERIFIED, S.CLOSED]
        if S.VERIFIED in self.passed:
            assert all(any(t.action is A.REPLY and t.body == item.body for t in self.history) for item in BODIES)

    @invariant()
    def it_stands_where_its_slowest_recipient_stands(self) -> None:
        order = [S.ISSUED, S.ACKNOWLEDGED, S.RETURNED, S.REPLIED, S.VERIFIED]
        if self.standing.state in order:
            assert self.standing.state is min((item.state for item in self.standing.recipients), key=order.index)

    @invariant()
    def the_first_deadline_never_moves(self) -> None:
        issues = [step.deadline for step in self.history if step.action is A.ISSUE]
        assert {item.first_deadline for item in self.standing.recipients} == set(issues or [None])
        asked = [sum(t.action is A.EXTEND and t.body == item.body for t in self.history) for item in BODIES]
        assert max(asked) <= 1


TestLadder = Ladder.TestCase
TestLadder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
