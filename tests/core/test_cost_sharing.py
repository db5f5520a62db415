"""Who pays how much of a lift: by floor and area, exact to the fen, the remainder on the largest share."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.cost_sharing import BY_AREA, Coefficients, Paying, share_cost
from shishi.core.errors import Refused

PRACTICE = Coefficients(first=3, base=Decimal("0.7"), step=Decimal("0.1"), basis="做法举例", verified=False)


def staircase(floors: int, per_floor: int = 2, area: str = "90.00") -> list[Paying]:
    """Equal homes."""
    return [
        Paying(f"{floor}0{at}", floor, Decimal(area))
        for floor in range(1, floors + 1)
        for at in range(1, per_floor + 1)
    ]


def test_low_floors_pay_nothing_and_the_ninth_pays_with_1_3() -> None:
    assert [PRACTICE.of(floor) for floor in (1, 2, 3, 6, 9)] == [0, 0, Decimal("0.7"), Decimal("1.0"), Decimal("1.3")]


def test_six_floors_by_coefficient() -> None:
    table = share_cost(staircase(6), cost=Decimal("500000.00"), subsidy=Decimal("100000.00"), coefficients=PRACTICE)
    by_floor = {share.floor: share.amount for share in table.shares}
    assert table.net == Decimal("400000.00")
    assert (by_floor[1], by_floor[2]) == (0, 0)
    assert by_floor[3] == Decimal("41176.47")
    assert sum(share.amount for share in table.shares) == table.net


def test_the_fen_that_is_left_stands_on_the_largest_share() -> None:
    homes = [Paying("101", 1, Decimal("30.00")), Paying("201", 2, Decimal("30.01")), Paying("301", 3, Decimal("30.00"))]
    table = share_cost(homes, cost=Decimal("100.01"))
    assert [share.amount for share in table.shares] == [Decimal("33.33"), Decimal("33.35"), Decimal("33.33")]
    equal = share_cost(staircase(3, 1), cost=Decimal("100.00"))
    assert [share.rounding for share in equal.shares] == [Decimal("0.01"), 0, 0]


def test_without_an_agreement_it_goes_by_area() -> None:
    homes = [Paying("101", 1, Decimal("60.00")), Paying("201", 2, Decimal("90.00"))]
    table = share_cost(homes, cost=Decimal("100.00"))
    assert [share.amount for share in table.shares] == [Decimal("40.00"), Decimal("60.00")]
    assert table.coefficients is BY_AREA
    assert "二百八十三" in table.coefficients.basis


def test_a_floor_may_be_named_apart() -> None:
    told = Coefficients(first=2, base=Decimal(1), step=Decimal(0), named=((1, Decimal("0.10")),))
    table = share_cost(staircase(2, 1), cost=Decimal("110.00"), coefficients=told)
    assert [share.amount for share in table.shares] == [Decimal("10.00"), Decimal("100.00")]


def test_an_investor_who_pays_all_leaves_nothing() -> None:
    table = share_cost(staircase(3), cost=Decimal("10.00"), investment=Decimal("10.00"))
    assert {share.amount for share in table.shares} == {Decimal("0.00")}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"cost": Decimal("1.001")}, "amount_unfit"),
        ({"cost": Decimal(-1)}, "amount_unfit"),
        ({"cost": Decimal(1), "subsidy": Decimal(2)}, "cost_exceeded"),
        ({"cost": Decimal(1), "coefficients": Coefficients(first=99)}, "coefficient_unfit"),
        ({"cost": Decimal(1), "coefficients": Coefficients(base=Decimal(-1))}, "coefficient_unfit"),
    ],
)
def test_what_cannot_be_shared_is_refused(told: dict[str, Decimal], code: str) -> None:
    with pytest.raises(Refused) as refused:
        share_cost(staircase(2), **told)  # type: ignore[arg-type]  # amounts and coefficients by their names
    assert refused.value.code == code


HOMES = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30_000)), min_size=1, max_size=24)
STEPS = st.decimals(0, 3, places=2)


@given(HOMES, st.integers(0, 10**9), st.integers(1, 4), STEPS, STEPS)
def test_shares_make_the_amount_and_stand_as_the_weights_do(
    rows: list[tuple[int, int]], fen: int, first: int, base: Decimal, step: Decimal
) -> None:
    homes = [Paying(f"u{at}", floor, Decimal(cents) / 100) for at, (floor, cents) in enumerate(rows)]
    told = Coefficients(first=first, base=base, step=step)
    whole = sum((Fraction(told.of(home.floor) * home.area) for home in homes), Fraction(0))
    if not whole:
        with pytest.raises(Refused):
            share_cost(homes, cost=Decimal(fen) / 100, coefficients=told)
        return
    table = share_cost(homes, cost=Decimal(fen) / 100, coefficients=told)
    assert sum((share.amount for share in table.shares), Decimal(0)) == Decimal(fen) / 100
    assert len([share for share in table.shares if share.rounding]) <= 1
    for share in table.shares:
        exact = Fraction(fen) * Fraction(share.weight) / whole
        assert abs(Fraction(share.amount - share.rounding) * 100 - exact) <= Fraction(1, 2)
        assert abs(share.rounding) * 100 <= Decimal(len(homes)) / 2
        assert (share.amount - share.rounding == 0) or share.weight > 0
