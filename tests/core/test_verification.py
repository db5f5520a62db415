"""Two people look; where they agree it is settled, where they do not a third decides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest

from shishi.core.errors import Misuse
from shishi.core.verification import (
    PROPOSED,
    FieldCheck,
    Outcome,
    Reporters,
    Verdict,
    add_check,
    outcome,
    require_apart,
)

DAY = date(2021, 10, 9)
AT = datetime(2021, 10, 9, 3, tzinfo=UTC)
YES, NO = Verdict.CONFIRMED, Verdict.REFUTED


def _check(person: str, verdict: Verdict, reason: str = "") -> FieldCheck:
    why = reason or ("not_there" if verdict is NO else "")
    return FieldCheck(person, frozenset({"elsewhere"}), verdict, DAY, AT, why)


def _round(*verdicts: Verdict) -> tuple[FieldCheck, ...]:
    checks: tuple[FieldCheck, ...] = ()
    for place, verdict in enumerate(verdicts):
        checks = add_check(checks, _check(f"verifier_{place}", verdict), PROPOSED)
    return checks


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        ((), Outcome.OPEN),
        ((YES,), Outcome.ONE),
        ((NO,), Outcome.ONE),
        ((YES, YES), Outcome.VERIFIED),
        ((NO, NO), Outcome.REFUTED),
        ((YES, NO), Outcome.DISPUTED),
        ((NO, YES, YES), Outcome.VERIFIED),
        ((YES, NO, NO), Outcome.REFUTED),
    ],
)
def test_two_who_agree_settle_it(verdicts: tuple[Verdict, ...], found: Outcome) -> None:
    assert outcome(_round(*verdicts)) is found


def test_three_people_always_settle_it() -> None:
    for verdicts in product((YES, NO), repeat=3):
        checks = tuple(_check(f"verifier_{place}", verdict) for place, verdict in enumerate(verdicts))
        assert outcome(checks).settled


def test_nobody_adds_to_what_is_settled() -> None:
    with pytest.raises(Misuse) as refused:
        _round(YES, YES, YES)
    assert refused.value.code == "settled_already"


def test_one_person_does_not_make_two() -> None:
    with pytest.raises(Misuse) as refused:
        add_check(_round(YES), _check("verifier_0", YES), PROPOSED)
    assert refused.value.code == "checked_already"


@pytest.mark.parametrize(
    ("verdict", "reason", "code"),
    [
        (NO, "", "reason_missing"),
        (NO, "made_up", "unknown_reason"),
        (YES, "not_there", "reason_not_needed"),
    ],
)
def test_a_reason_of_the_pack_stands_beside_a_no_and_only_there(verdict: Verdict, reason: str, code: str) -> None:
    bare = FieldCheck("verifier", frozenset(), verdict, DAY, AT, reason)
    with pytest.raises(Misuse) as refused:
        add_check((), bare, PROPOSED)
    assert refused.value.code == code


def test_who_reported_the_row_does_not_verify_it() -> None:
    reporters = Reporters({"clerk"}, {"bureau": "某县住建局"})
    with pytest.raises(Misuse) as refused:
        require_apart("clerk", {"elsewhere"}, reporters)
    assert refused.value.code == "verifier_reported"


def test_nor_does_anybody_else_of_the_reporting_body() -> None:
    reporters = Reporters({"clerk"}, {"bureau": "某县住建局"})
    with pytest.raises(Misuse) as refused:
        require_apart("colleague", {"bureau", "elsewhere"}, reporters)
    assert refused.value.code == "verifier_of_reporting_body"
    assert "某县住建局" in refused.value.message
    require_apart("stranger", {"elsewhere"}, reporters)


def test_what_the_platform_proposes_says_that_it_is_nobodys_rule() -> None:
    assert PROPOSED.verified is False
