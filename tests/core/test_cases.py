"""Where a case may go from where it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.case_states import CaseAction, CaseState, Taker
from shishi.core.cases import MOVES, STOPPED, Moved, Standing, action_to, move, retrace, ways_on
from shishi.core.errors import Misuse, Refused

A, S = CaseAction, CaseState
AT = datetime(2021, 9, 13, 1, tzinfo=UTC)


def step(action: CaseAction, *items: str) -> Moved:
    return Moved(action, "window", AT, "理由", items)


def stood(*actions: CaseAction) -> Standing:
    return retrace([step(action, *(["title"] if action is A.ASK_SUPPLEMENT else [])) for action in actions])


def test_a_case_goes_the_way_of_the_standard() -> None:
    assert stood(A.SUBMIT).state is S.SUBMITTED
    assert stood(A.SUBMIT, A.PRECHECK, A.ACCEPT).accepted
    assert stood(A.SUBMIT, A.ACCEPT, A.HANDLE).state is S.HANDLING
    assert stood(A.SUBMIT, A.ACCEPT, A.DECIDE, A.DELIVER, A.RATE, A.ARCHIVE).state is S.ARCHIVED


def test_stops_come_back_to_where_they_began_the_inner_one_first() -> None:
    stopped = stood(A.SUBMIT, A.ACCEPT, A.ASK_SUPPLEMENT, A.SUSPEND)
    assert stopped.stopped == (S.ACCEPTED, S.SUPPLEMENTING)
    back = move(stopped, step(A.RESUME))
    assert back.state is S.SUPPLEMENTING
    assert move(back, step(A.SUPPLEMENT)).state is S.ACCEPTED


def test_what_is_not_allowed_says_where_the_case_stands() -> None:
    with pytest.raises(Misuse, match="case_step_not_allowed") as refused:
        move(stood(A.SUBMIT, A.WITHDRAW), step(A.ACCEPT))
    assert "已撤回" in refused.value.message
    with pytest.raises(Misuse, match="case_reason_missing"):
        move(stood(A.SUBMIT), Moved(A.WITHDRAW, "citizen", AT, " "))


def test_a_second_list_may_only_name_what_was_on_the_first() -> None:
    once = stood(A.SUBMIT, A.ACCEPT, A.ASK_SUPPLEMENT, A.SUPPLEMENT)
    assert move(once, step(A.ASK_SUPPLEMENT, "title")).state is S.SUPPLEMENTING
    with pytest.raises(Refused, match="supplement_asked_before") as refused:
        move(once, step(A.ASK_SUPPLEMENT, "title", "plan"))
    assert "不能再加：plan" in refused.value.message
    with pytest.raises(Misuse, match="supplement_empty"):
        move(once, step(A.ASK_SUPPLEMENT))


def test_what_is_refused_after_acceptance_is_decided() -> None:
    assert action_to("refused", stood(A.SUBMIT)) is A.REFUSE
    assert action_to("refused", stood(A.SUBMIT, A.ACCEPT)) is A.DECIDE
    assert action_to("accepted", stood(A.SUBMIT, A.ACCEPT, A.HANDLE)) is A.HANDLE, "that was passed already"
    assert action_to("", stood(A.SUBMIT)) is A.HANDLE
    assert action_to("", stood(A.SUBMIT), refused=True) is A.REFUSE, "also where the process names no state"
    assert action_to("", stood(A.SUBMIT, A.ACCEPT), refused=True) is A.DECIDE


def test_reopening_forgets_what_was_asked_and_counts_the_round() -> None:
    again = stood(A.SUBMIT, A.ACCEPT, A.ASK_SUPPLEMENT, A.SUPPLEMENT, A.DECIDE, A.DELIVER, A.REOPEN)
    assert (again.state, again.asked, again.accepted, again.rounds) == (S.SUBMITTED, frozenset(), False, 1)


@given(some.lists(some.sampled_from(A), max_size=40))
def test_whatever_is_tried_a_stopped_case_knows_where_it_came_from(tried: list[CaseAction]) -> None:
    standing = Standing()
    for action in tried:
        row = MOVES[action]
        wanted = step(action, "title")
        if standing.state not in row.sources:
            with pytest.raises(Misuse):
                move(standing, wanted)
            continue
        standing = move(standing, wanted)
        assert bool(standing.stopped) is (standing.state in STOPPED)
        assert S.SUSPENDED not in standing.stopped
    assert all(standing.state in MOVES[action].sources for taker in Taker for action in ways_on(standing, taker))
