"""A problem goes from its finder to the body that rectifies it, then to another person who looks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shishi.core.errors import Misuse
from shishi.core.problems import Did, Problem, ProblemAction, ProblemState, raised, replay, take, ways_on

A, S = ProblemAction, ProblemState
AT = datetime(2021, 9, 30, 2, tzinfo=UTC)
DUE = AT + timedelta(days=7)
FOUND = Did(A.RAISE, "finder", AT, "围挡缺口未封闭。", DUE)


def did(action: A, person: str = "other", text: str = "说明。", **more: datetime) -> Did:
    return Did(action, person, AT, text, **more)


def after(*steps: Did) -> Problem:
    return replay([FOUND, *steps])


def test_it_is_closed_by_another_person_after_the_reply() -> None:
    assert after().state is S.RECTIFYING
    assert after(did(A.REPLY, "body")).state is S.REPLIED
    assert after(did(A.REPLY, "body"), did(A.CLOSE, "other")).state is S.CLOSED


def test_what_is_not_rectified_goes_back_until_it_is() -> None:
    again = DUE + timedelta(days=3)
    back = after(did(A.REPLY, "body"), did(A.RETURN, "other", deadline=again))
    assert (back.state, back.deadline, back.first_deadline, back.owed) == (S.RETURNED, again, DUE, True)
    assert take(take(back, did(A.REPLY, "body")), did(A.CLOSE, "other")).state is S.CLOSED


@pytest.mark.parametrize("person", ["finder", "body"])
@pytest.mark.parametrize("action", [A.CLOSE, A.RETURN])
def test_neither_the_finder_nor_who_replied_rechecks(action: A, person: str) -> None:
    replied = after(did(A.REPLY, "body"))
    with pytest.raises(Misuse, match="recheck_by_another"):
        take(replied, did(action, person))
    assert action not in ways_on(replied, person)
    assert action in ways_on(replied, "other")


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        ((), A.CLOSE),
        ((), A.RAISE),
        ((did(A.REPLY, "body"),), A.REPLY),
        ((did(A.REPLY, "body"), did(A.CLOSE)), A.WITHDRAW),
        ((did(A.WITHDRAW),), A.REPLY),
    ],
)
def test_a_step_out_of_turn_is_refused_with_what_may_be_done(steps: tuple[Did, ...], action: A) -> None:
    with pytest.raises(Misuse, match="problem_step_not_allowed") as refused:
        take(after(*steps), did(action, deadline=DUE))
    assert "现在可以办理" in refused.value.message


def test_every_step_says_why() -> None:
    with pytest.raises(Misuse, match="problem_reason_missing"):
        take(after(), did(A.REPLY, text=" "))
    with pytest.raises(Misuse, match="problem_untold"):
        raised(did(A.RAISE, text="", deadline=DUE))
    with pytest.raises(Misuse, match="problem_deadline_missing"):
        raised(did(A.RAISE))


def test_a_new_deadline_is_later_than_the_one_that_stands() -> None:
    later = DUE + timedelta(days=1)
    assert take(after(), did(A.EXTEND, deadline=later)).deadline == later
    for wrong in (did(A.EXTEND), did(A.EXTEND, deadline=DUE)):
        with pytest.raises(Misuse, match="extension_not_later"):
            take(after(), wrong)


def test_only_what_is_owed_is_overdue() -> None:
    late = DUE + timedelta(minutes=1)
    assert after().overdue(late)
    assert not after().overdue(DUE)
    assert not after(did(A.REPLY, "body")).overdue(late)
