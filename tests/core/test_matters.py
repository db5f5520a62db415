"""Matters: which steps they may take, and that they take no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shishi.core.errors import Misuse, Refused
from shishi.core.matters import (
    MOVES,
    Matter,
    MatterAction,
    MatterSource,
    MatterState,
    Milestone,
    Moved,
    check_ending,
    move,
    retrace,
    source_told,
    ways_on,
)
from shishi.core.notices import Extension, NoticeKind

A, S = MatterAction, MatterState
START = datetime(2021, 9, 30, 2, tzinfo=UTC)
DEADLINE = datetime(2021, 10, 29, 9, 30, tzinfo=UTC)
MILESTONES = (
    Milestone(1, "完成测绘", datetime(2021, 10, 11, 9, 30, tzinfo=UTC)),
    Milestone(2, "完成补登", datetime(2021, 10, 20, 9, 30, tzinfo=UTC)),
)


def moved(action: MatterAction, text: str = "", deadline: datetime | None = None, **more: object) -> Moved:
    moved = Moved(action, "operator", START, text, deadline=deadline)
    return replace(moved, **more)  # type: ignore[arg-type]  # fields of the step


def walk(matter: Matter, *steps: Moved) -> Matter:
    for step in steps:
        matter = move(matter, step)
    return matter


def under_way(milestones: tuple[Milestone, ...] = MILESTONES) -> Matter:
    return walk(Matter(milestones), moved(A.ASSIGN, deadline=DEADLINE), moved(A.ACCEPT))


def refused(matter: Matter, step: Moved) -> str:
    with pytest.raises(Misuse) as caught:
        move(matter, step)
    return caught.value.code


def test_a_matter_walks_from_its_draft_to_its_closing() -> None:
    matter = walk(
        under_way(()),
        moved(A.PROGRESS, "已开工"),
        moved(A.REPORT, "已办结", evidence=("验收单",)),
        moved(A.VERIFY),
        moved(A.CLOSE),
    )
    assert (matter.state, matter.evidence, ways_on(matter)) == (S.CLOSED, ("验收单",), ())


def test_a_step_that_may_not_be_taken_is_refused_with_those_that_may() -> None:
    with pytest.raises(Misuse) as caught:
        move(Matter(), moved(A.REPORT, "办完了"))
    assert caught.value.code == "matter_step_not_allowed"
    assert caught.value.message == "这件督办事项现为“拟立项”，不能办理“报结”。现在可以办理：交办、撤销。"


def test_nothing_is_assigned_without_a_deadline_or_with_a_milestone_after_it() -> None:
    assert refused(Matter(), moved(A.ASSIGN)) == "matter_deadline_missing"
    early = MILESTONES[1].until - timedelta(days=1)
    assert refused(Matter(MILESTONES), moved(A.ASSIGN, deadline=early)) == "milestone_after_deadline"


def test_milestones_are_reached_once_each_and_missed_when_their_day_has_gone() -> None:
    matter = under_way()
    after_first = MILESTONES[0].until + timedelta(hours=1)
    assert matter.missed(after_first) == MILESTONES[:1]
    reached = move(matter, moved(A.REACH, "测绘完成", milestone=1))
    assert (reached.missed(after_first), reached.open_milestones) == ((), MILESTONES[1:])
    assert refused(reached, moved(A.REACH, "再来", milestone=1)) == "milestone_unknown"
    assert A.REACH not in ways_on(move(reached, moved(A.REACH, "补登完成", milestone=2)))


def test_a_report_is_returned_with_reasons_and_given_again() -> None:
    matter = walk(under_way(), moved(A.REPORT, "办完了"))
    assert refused(matter, moved(A.RETURN)) == "matter_reason_missing"
    assert refused(matter, moved(A.RETURN, "不实", DEADLINE - timedelta(days=1))) == "deadline_earlier"
    back = move(matter, moved(A.RETURN, "佐证不全", DEADLINE + timedelta(days=2)))
    assert (back.state, back.deadline, back.first_deadline) == (S.RETURNED, DEADLINE + timedelta(days=2), DEADLINE)
    assert move(back, moved(A.REPORT, "补齐")).state is S.REPORTED


def test_an_extension_is_asked_once_and_counts_only_when_approved() -> None:
    later = DEADLINE + timedelta(days=5)
    asked = move(under_way(), moved(A.EXTEND, "汛期停工", later))
    assert (asked.deadline, asked.extension) == (DEADLINE, Extension.ASKED)
    assert move(asked, moved(A.APPROVE_EXTENSION)).deadline == later
    kept = move(asked, moved(A.REFUSE_EXTENSION, "理由不充分"))
    assert kept.deadline == DEADLINE
    assert refused(kept, moved(A.EXTEND, "再延", later)) == "extension_asked_twice"
    assert refused(under_way(), moved(A.EXTEND, "早些", DEADLINE)) == "extension_not_later"


def test_a_matter_is_urged_once_a_day_at_most() -> None:
    urged = move(under_way(), moved(A.REMIND))
    assert refused(urged, moved(A.REMIND)) == "reminded_today"
    tomorrow = START + timedelta(days=1)
    assert move(urged, moved(A.REMIND, at=tomorrow)).reminded == tomorrow


def test_a_matter_climbs_rung_by_rung_and_no_higher_than_the_supervision_order() -> None:
    matter = walk(under_way(), *(moved(A.RAISE, "逾期") for _ in NoticeKind))
    assert matter.rung is NoticeKind.SUPERVISION_ORDER
    assert refused(matter, moved(A.RAISE, "还要")) == "ladder_top"


def test_only_what_is_still_owed_can_be_overdue() -> None:
    late = DEADLINE + timedelta(seconds=1)
    assert not under_way().overdue(DEADLINE)
    assert under_way().overdue(late)
    assert not walk(under_way(), moved(A.REPORT, "办完了")).overdue(late)


def test_closing_asks_for_proof_milestones_and_parts_or_a_reason_that_is_kept() -> None:
    with pytest.raises(Refused) as caught:
        check_ending(under_way(), ["郎溪县部分"], "")
    assert caught.value.code == "matter_not_done"
    for word in ("没有佐证", "完成测绘", "完成补登", "郎溪县部分", "理由将留痕"):
        assert word in caught.value.message
    check_ending(under_way(), ["郎溪县部分"], "市政府第12次常务会议同意合并办理")
    proven = walk(under_way(()), moved(A.PROGRESS, "已验收", evidence=("验收单",)))
    check_ending(proven, [], "")


class Walk(RuleBasedStateMachine):
    """Anybody tries anything: a matter only ever stands where its history leads."""

    def __init__(self) -> None:
        super().__init__()
        self.matter = Matter(MILESTONES)
        self.history: list[Moved] = []
        self.passed = [S.DRAFT]

    @rule(
        action=st.sampled_from(MatterAction),
        text=st.sampled_from(["", "理由"]),
        days=st.none() | st.integers(-12, 9),
        milestone=st.integers(0, 3),
        hours=st.integers(0, 30),
    )
    def try_anything(self, action: MatterAction, text: str, days: int | None, milestone: int, hours: int) -> None:
        deadline = None if days is None else DEADLINE + timedelta(days=days)
        at = (self.history[-1].at if self.history else START) + timedelta(hours=hours)
        step = moved(action, text, deadline, milestone=milestone, at=at)
        try:
            after = move(self.matter, step)
        except Misuse:
            return
        assert action in ways_on(self.matter)
        self.matter = after
        self.history.append(step)
        if after.state is not self.passed[-1]:
            self.passed.append(after.state)

    @precondition(lambda self: bool(ways_on(self.matter)))
    @rule(data=st.data())
    def take_what_is_possible(self, data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(ways_on(self.matter)))
        before = len(self.history)
        self.try_anything(
            action,
            "理由",
            before + 1,
            min(item.position for item in self.matter.open_milestones) if self.matter.open_milestones else 0,
            30,
        )
        assert len(self.history) == before + 1 or MOVES[action].target is None

    @invariant()
    def history_is_complete(self) -> None:
        assert retrace(MILESTONES, self.history) == self.matter

    @invariant()
    def no_step_was_skipped(self) -> None:
        order = [S.DRAFT, S.ASSIGNED, S.UNDER_WAY]
        assert self.passed[: len(order)] == order[: len(self.passed)] or self.passed[-1] is S.WITHDRAWN
        if S.CLOSED in self.passed:
            assert self.passed[-3:] == [S.REPORTED, S.VERIFIED, S.CLOSED]

    @invariant()
    def the_first_deadline_never_moves_and_the_deadline_never_comes_nearer(self) -> None:
        assigned = [step.deadline for step in self.history if step.action is A.ASSIGN]
        assert self.matter.first_deadline == (assigned[0] if assigned else None)
        if self.matter.deadline and self.matter.first_deadline:
            assert self.matter.deadline >= self.matter.first_deadline

    @invariant()
    def an_extension_was_asked_once_at_most(self) -> None:
        assert sum(step.action is A.EXTEND for step in self.history) <= 1

    @invariant()
    def nobody_was_urged_twice_on_one_day(self) -> None:
        days = [(step.at + timedelta(hours=8)).date() for step in self.history if step.action is A.REMIND]
        assert len(days) == len(set(days))


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("市长9月30日批示", MatterSource.INSTRUCTION),
        ("市政府第12次常务会议纪要", MatterSource.MEETING),
        ("政府工作报告第三部分", MatterSource.WORK_REPORT),
        ("9月30日调度发现", MatterSource.FINDING),
        ("市长在调度会上的批示", None),
        ("县里要求", None),
    ],
)
def test_an_origin_says_its_kind_or_a_person_does(text: str, source: MatterSource | None) -> None:
    assert source_told(text) is source
