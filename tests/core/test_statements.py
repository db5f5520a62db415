"""A statement goes up the levels in order, by people who are apart, and is in one state at any time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shishi.core.divisions import Level
from shishi.core.errors import Misuse
from shishi.core.statements import (
    STATEMENT_STEPS,
    StatementAction,
    StatementPlan,
    StatementStanding,
    StatementState,
    StatementTaken,
    possible_steps,
    replay_statement,
    take_statement,
)

AT = datetime(2021, 9, 26, tzinfo=UTC)
A, S = StatementAction, StatementState
PEOPLE = ("clerk", "reviewer", "city", "province", "ministry")
ABOVE = (Level.CITY, Level.PROVINCE, Level.COUNTRY)


def test_every_state_and_action_has_a_chinese_name_of_its_own() -> None:
    assert len({item.label for item in StatementState}) == len(StatementState)
    assert len({item.label for item in StatementAction}) == len(StatementAction)
    assert set(STATEMENT_STEPS) == set(StatementAction)


@given(st.sets(st.sampled_from(Level)), st.sampled_from(Level), st.sampled_from(Level))
def test_a_node_needs_the_widest_acceptance_that_is_not_wider_than_itself(
    named: set[Level], node: Level, level: Level
) -> None:
    plan = StatementPlan(accepted_by=tuple(named))
    above = plan.above(level)
    assert list(above) == sorted((item for item in named if item < level), reverse=True)
    needed = plan.needed(node, level)
    passed = [item for item in above if item >= node]
    assert needed == (passed[-1] if passed else None)


def test_a_reason_is_asked_for_when_something_is_sent_back() -> None:
    standing = replay_statement(ABOVE, [StatementTaken(A.SUBMIT, "clerk", AT)])
    with pytest.raises(Misuse, match="--reason"):
        take_statement(standing, StatementTaken(A.RETURN, "reviewer", AT))


class Statement(RuleBasedStateMachine):
    """Anybody tries anything; a model written the other way round says whether it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = StatementStanding(())
        self.taken: list[StatementTaken] = []
        self.minute = 0

    @initialize(levels=st.sampled_from([(), ABOVE[:1], ABOVE[:2], ABOVE]))
    def begin(self, levels: tuple[Level, ...]) -> None:
        self.standing = StatementStanding(levels)

    @rule(
        action=st.sampled_from(StatementAction),
        person=st.sampled_from(PEOPLE),
        level=st.sampled_from([None, *ABOVE]),
        text=st.sampled_from(["", "与后台不符"]),
    )
    def try_anything(self, action: StatementAction, person: str, level: Level | None, text: str) -> None:
        self.minute += 1
        taken = StatementTaken(action, person, AT + timedelta(minutes=self.minute), text, level)
        before = self.standing
        try:
            self.standing = take_statement(before, taken)
        except Misuse:
            assert not self.may(taken)
            assert self.standing is before
        else:
            assert self.may(taken)
            self.taken.append(taken)

    @precondition(lambda self: self.standing.state in (S.MISSING, S.SUBMITTED, S.REVIEWED))
    @rule(again=st.booleans())
    def take_the_straight_way(self, again: bool) -> None:
        """So that deep standings are seen often, and somebody who tries a second step too."""
        steps = {S.MISSING: A.SUBMIT, S.SUBMITTED: A.REVIEW, S.REVIEWED: A.ACCEPT}
        action, done = steps[self.standing.state], [item.person for item in self.taken]
        person = done[-1] if again and done else next((item for item in PEOPLE if item not in done), "another")
        if action is not A.ACCEPT or self.standing.next_level is not None:
            self.try_anything(action, person, self.standing.next_level, "")

    def may(self, taken: StatementTaken) -> bool:
        did = [item.action for item in self.taken]
        accepted, reviewed = did.count(A.ACCEPT), A.REVIEW in did or A.POST in did
        ended = A.RETURN in did or A.WITHDRAW in did
        waits_for = self.standing.levels[accepted] if accepted < len(self.standing.levels) else None
        new = taken.person not in {item.person for item in self.taken}
        match taken.action:
            case A.SUBMIT | A.POST:
                return not did
            case A.REVIEW:
                return did == [A.SUBMIT] and new
            case A.WITHDRAW:
                return did == [A.SUBMIT] and not new
            case A.ACCEPT:
                return reviewed and not ended and waits_for is not None and taken.level is waits_for and new
            case _:
                mine = did == [A.SUBMIT] or (reviewed and waits_for is not None and taken.level is waits_for)
                return mine and not ended and new and bool(taken.text)

    @invariant()
    def the_history_is_complete_and_tells_the_standing(self) -> None:
        assert list(self.standing.history) == self.taken
        assert replay_statement(self.standing.levels, self.taken) == self.standing

    @invariant()
    def no_level_is_skipped_and_nobody_has_two_hands_in_it(self) -> None:
        assert self.standing.accepted == self.standing.levels[: len(self.standing.accepted)]
        people = [item.person for item in self.taken if item.action is not A.WITHDRAW]
        assert len(people) == len(set(people))

    @invariant()
    def what_is_accepted_by_all_or_ended_takes_no_further_step(self) -> None:
        last = self.standing.state in (S.ACCEPTED, S.RETURNED, S.WITHDRAWN)
        full = bool(self.standing.levels) and self.standing.accepted == self.standing.levels
        assert (self.standing.state is S.ACCEPTED) == full
        if last:
            assert possible_steps(self.standing) == ()


TestStatement = Statement.TestCase
