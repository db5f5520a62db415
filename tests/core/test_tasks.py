"""Who has a task, what ends it, and when many have spoken enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.errors import Misuse, Refused
from shishi.core.materials import Asked, MaterialState, lacking
from shishi.core.processes import Countersign, Material, Outcome, OutcomeKind, Step
from shishi.core.tasks import (
    Decision,
    TaskState,
    Voices,
    needed,
    outcome_of,
    outcome_of_voices,
    require_free,
    settled,
)

STEP = Step(
    "Task_review",
    "审查",
    outcomes=(
        Outcome("approve", "准予", OutcomeKind.APPROVE),
        Outcome("refuse", "不予", OutcomeKind.REFUSE),
        Outcome("back", "退回", OutcomeKind.BACK),
    ),
)


def test_an_outcome_that_refuses_needs_reason_law_and_remedy() -> None:
    assert outcome_of(STEP, Decision("approve")).title == "准予"
    for decision, code in (
        (Decision("refuse"), "outcome_reason_missing"),
        (Decision("refuse", "不符合"), "refusal_basis_missing"),
        (Decision("refuse", "不符合", "第七条"), "refusal_remedy_missing"),
        (Decision("back"), "outcome_reason_missing"),
        (Decision("maybe"), "outcome_unknown"),
    ):
        with pytest.raises(Misuse, match=code):
            outcome_of(STEP, decision)


def test_a_task_that_somebody_has_is_nobody_elses() -> None:
    require_free("审查", TaskState.OPEN, "", "a")
    require_free("审查", TaskState.OPEN, "a", "a")
    for state, holder, code in (
        (TaskState.OPEN, "b", "task_taken"),
        (TaskState.DONE, "", "task_done"),
        (TaskState.HELD, "a", "task_held"),
    ):
        with pytest.raises(Refused, match=code):
            require_free("审查", state, holder, "a")


def test_all_any_and_a_number_settle_when_no_voice_can_change_it() -> None:
    everyone, anyone, two = Countersign(need="all"), Countersign(need="any"), Countersign(need="2")
    assert settled(everyone, Voices(3, 2, 0)) is None
    assert settled(everyone, Voices(3, 2, 1)) is False
    assert settled(everyone, Voices(3, 3, 0)) is True
    assert settled(anyone, Voices(3, 1, 0)) is True
    assert settled(anyone, Voices(3, 0, 2)) is None
    assert settled(two, Voices(3, 1, 2)) is False
    with pytest.raises(Refused, match="countersign_impossible"):
        needed(Countersign(need="4"), 3)


@given(some.integers(1, 30), some.data())
def test_once_settled_no_later_voice_changes_it(asked: int, data: some.DataObject) -> None:
    need = data.draw(some.sampled_from(["all", "any", str(data.draw(some.integers(1, asked)))]))
    rule, agreed, against = Countersign(need=need), 0, 0
    verdict: bool | None = None
    for voice in data.draw(some.lists(some.booleans(), min_size=asked, max_size=asked)):
        agreed, against = agreed + voice, against + (not voice)
        found = settled(rule, Voices(asked, agreed, against))
        assert verdict is None or found is verdict
        verdict = found
    assert verdict is (agreed >= needed(rule, asked))


def test_voices_lead_to_the_outcome_of_their_kind() -> None:
    assert outcome_of_voices(STEP.outcomes, True).code == "approve"
    assert outcome_of_voices(STEP.outcomes, False).code == "refuse"
    assert outcome_of_voices((), False).kind is OutcomeKind.BACK


def test_what_lacks_names_the_way_out() -> None:
    plan = Material("plan", "平面图", promise=True, issuer="设计单位")
    (issue,) = lacking([Asked(plan), Asked(Material("other", "其他", required=False))])
    assert issue.field == "plan"
    assert "由设计单位出具" in issue.message
    assert "书面承诺" in issue.message
    assert lacking([Asked(plan, MaterialState.PROMISED)]) == ()
