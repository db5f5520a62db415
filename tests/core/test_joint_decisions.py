"""Owners decide together on two measures and in two stages; persons are counted by owner, not by home."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.errors import Refused
from shishi.core.joint_decisions import (
    Holding,
    HoldingKind,
    Measure,
    Outcome,
    Stand,
    Threshold,
    missing,
    require_register,
    tally,
    voters,
)

REBUILD = Threshold(Fraction(2, 3), Fraction(3, 4), basis="《民法典》第二百七十八条第七项", verified=False)
OTHER = Threshold(Fraction(2, 3), Fraction(1, 2), more_than=True, basis="《民法典》第二百七十八条")


def homes(many: int, area: str = "100.00") -> list[Holding]:
    """So many homes of one owner each."""
    return [Holding(f"{at}01", at, Decimal(area), (f"owner{at}",)) for at in range(1, many + 1)]


def said(register: list[Holding], agree: int, against: int = 0, abstain: int = 0) -> dict[str, Stand]:
    """The first of them agree, the next are against, the next abstain."""
    stands = [Stand.AGREE] * agree + [Stand.AGAINST] * against + [Stand.ABSTAIN] * abstain
    return {holding.voter: stand for holding, stand in zip(register, stands, strict=False)}


@pytest.mark.parametrize(
    ("agree", "against", "outcome"),
    [(6, 1, Outcome.PASSED), (5, 1, Outcome.NO_QUORUM), (6, 0, Outcome.NO_QUORUM), (5, 3, Outcome.FAILED)],
)
def test_ten_equal_homes(agree: int, against: int, outcome: Outcome) -> None:
    register = homes(10)
    assert tally(register, said(register, agree, against), REBUILD).outcome is outcome


def test_the_least_that_carries_is_half_of_all() -> None:
    register = homes(12)
    counted = tally(register, said(register, 6, 2), REBUILD)
    assert counted.outcome is Outcome.PASSED
    assert (counted.area.part_share, counted.area.agreed_share) == (Fraction(2, 3), Fraction(3, 4))
    assert tally(register, said(register, 6, 3), REBUILD).outcome is Outcome.FAILED


def test_one_buyer_of_three_homes_is_one_person_with_three_areas() -> None:
    register = [*homes(9), *(Holding(f"buyer{at}", 9, Decimal("100.00"), ("buyer",)) for at in range(3))]
    assert len(voters(register)) == 10
    counted = tally(register, {**said(register, 5), "buyer": Stand.AGREE}, REBUILD)
    assert (counted.area.part, counted.persons.part) == (Decimal("800.00"), Decimal(6))
    assert counted.area.part_share == Fraction(2, 3)
    assert counted.persons.part_share == Fraction(6, 10)
    assert counted.outcome is Outcome.NO_QUORUM


def test_what_a_developer_has_not_sold_is_one_person() -> None:
    unsold = [Holding(f"u{at}", at, Decimal(80), ("developer",), HoldingKind.UNSOLD) for at in (1, 2)]
    own = Holding("o", 3, Decimal(80), ("developer",))
    assert list(voters([*unsold, own])) == ["!developer", "developer"]


def test_who_abstains_takes_part_and_does_not_agree() -> None:
    register = homes(10)
    counted = tally(register, said(register, 5, 0, 2), REBUILD)
    assert counted.area.part_share == Fraction(7, 10)
    assert counted.outcome is Outcome.FAILED


def test_more_than_half_is_not_half() -> None:
    register = homes(12)
    assert tally(register, said(register, 4, 4), OTHER).outcome is Outcome.FAILED
    assert tally(register, said(register, 5, 4), OTHER).outcome is Outcome.PASSED


def test_a_home_of_several_speaks_by_one_and_of_the_dead_by_a_representative() -> None:
    joint = Holding("101", 1, Decimal(90), ("b", "a"))
    dead = Holding("102", 1, Decimal(90), ("c",), HoldingKind.DECEASED)
    unknown = Holding("103", 1, Decimal(90), (), HoldingKind.UNKNOWN)
    register = [joint, dead, unknown]
    assert [holding.may_speak for holding in register] == [False, False, False]
    assert len(voters(register)) == 3
    for holding in register:
        with pytest.raises(Refused) as refused:
            tally(register, {holding.voter: Stand.AGREE}, REBUILD)
        assert refused.value.code == "voter_silent"
    named = Holding("101", 1, Decimal(90), ("b", "a"), representative="a")
    assert tally([named, dead, unknown], {"a+b": Stand.AGREE}, REBUILD).area.part == 90


def test_homes_of_the_same_two_are_one_and_of_another_pair_are_not() -> None:
    first, second = Holding("101", 1, Decimal(90), ("a", "b")), Holding("201", 2, Decimal(90), ("b", "a"))
    third = Holding("301", 3, Decimal(90), ("a", "c"))
    assert {voter: len(held) for voter, held in voters([first, second, third]).items()} == {"a+b": 2, "a+c": 1}


@pytest.mark.parametrize(
    ("register", "code"),
    [
        ([], "register_empty"),
        ([*homes(1), *homes(1)], "unit_twice"),
        ([Holding("101", 1, Decimal("90.005"), ("a",))], "area_unfit"),
        ([Holding("101", 1, Decimal(0), ("a",))], "area_unfit"),
        ([Holding("101", 1, Decimal(9), ())], "owner_missing"),
        ([Holding("101", 1, Decimal(9), ("a", "b"), representative="c")], "representative_unfit"),
    ],
)
def test_a_register_that_no_vote_can_stand_on_is_refused(register: list[Holding], code: str) -> None:
    with pytest.raises(Refused) as refused:
        require_register(register)
    assert [issue.code for issue in refused.value.issues] == [code]


def test_who_is_not_on_the_register_has_no_vote() -> None:
    with pytest.raises(Refused, match="不在业主名册"):
        tally(homes(3), {"stranger": Stand.AGREE}, REBUILD)


def test_ownership_is_dated() -> None:
    sold = Holding("101", 1, Decimal(90), ("a",), since=date(2010, 1, 1), until=date(2021, 9, 1))
    assert sold.held_on(date(2021, 8, 31))
    assert not sold.held_on(date(2021, 9, 1))
    assert not sold.held_on(date(2009, 12, 31))


STANDS = st.sampled_from([Stand.AGREE, Stand.AGAINST, Stand.ABSTAIN, None])
REGISTERS = st.lists(
    st.tuples(st.integers(1, 20_000), st.integers(0, 5), STANDS), min_size=1, max_size=14
)  # cents of a square metre, whose it is, what that person says


def parts_of(rows: list[tuple[int, int, Stand | None]]) -> tuple[list[Holding], dict[str, Stand]]:
    register = [
        Holding(f"u{at}", 1, Decimal(cents) / 100, (f"p{owner}",)) for at, (cents, owner, _stand) in enumerate(rows)
    ]
    stands = {f"p{owner}": stand for _cents, owner, stand in rows if stand is not None}
    return register, stands


@given(REGISTERS)
def test_the_law_as_it_is_written(rows: list[tuple[int, int, Stand | None]]) -> None:
    """Counted anew in whole numbers, home by home."""
    register, stands = parts_of(rows)
    counted = tally(register, stands, REBUILD)
    whole = sum(cents for cents, _owner, _stand in rows)
    part = sum(cents for cents, owner, _stand in rows if f"p{owner}" in stands)
    agreed = sum(cents for cents, owner, _stand in rows if stands.get(f"p{owner}") is Stand.AGREE)
    persons = {owner for _cents, owner, _stand in rows}
    taking = [stand for owner in persons if (stand := stands.get(f"p{owner}"))]
    agreeing = [stand for stand in taking if stand is Stand.AGREE]
    quorum = 3 * part >= 2 * whole and 3 * len(taking) >= 2 * len(persons)
    carried = quorum and 4 * agreed >= 3 * part and 4 * len(agreeing) >= 3 * len(taking)
    assert (counted.outcome is Outcome.NO_QUORUM) is not quorum
    assert (counted.outcome is Outcome.PASSED) is carried


@given(REGISTERS)
def test_one_more_who_agrees_never_makes_it_fail(rows: list[tuple[int, int, Stand | None]]) -> None:
    register, stands = parts_of(rows)
    silent = next((holding.voter for holding in register if holding.voter not in stands), None)
    if silent is not None and tally(register, stands, REBUILD).outcome is Outcome.PASSED:
        assert tally(register, {**stands, silent: Stand.AGREE}, REBUILD).outcome is Outcome.PASSED


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 400), st.sampled_from([REBUILD, OTHER]))
def test_what_is_missing_is_the_least_that_is_enough(whole: int, part: int, agreed: int, threshold: Threshold) -> None:
    part, agreed = min(part, whole), min(agreed, part, whole)
    taking, agreeing = missing(Measure(Decimal(whole), Decimal(part), Decimal(agreed)), threshold, Decimal(1))

    def reached(more: int) -> bool:
        share = Fraction(agreed + more, part + more) if part + more else Fraction(0)
        return Fraction(part + more, whole) >= threshold.take_part and threshold.enough(share)

    assert agreeing >= taking >= 0
    assert Fraction(part + int(taking), whole) >= threshold.take_part
    assert reached(int(agreeing))
    assert agreeing == 0 or not reached(int(agreeing) - 1)
